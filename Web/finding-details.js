// What is known of an item beside its label and its place.

import { element, percent } from './elements.js';

const countries = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' });
const LISTS = { allow: 'allowed', deny: 'denied', watch: 'watched' };

/** Points of a body of less confidence are guesses that the picture does not support. */
const POINT_THRESHOLD = 0.3;
export const isSure = ({ confidence }) => confidence >= POINT_THRESHOLD;

const words = (name) => name.replaceAll('_', ' ');
const badge = (kind, ...content) => element('span', { class: `badge ${kind}` }, ...content);
const withShare = (name, share) => (Number.isFinite(share) ? `${name} ${percent(share)}` : name);

/** A country as its two letters, with its name for who asks. */
function country(code) {
  return element('abbr', { class: 'country', title: /^[A-Z]{2}$/.test(code) ? countries.of(code) : null }, code);
}

const BADGES = {
  faces: ({ person, isStranger, liveness }) => [
    person && badge('good', withShare('similarity', person.similarity)),
    isStranger && badge('', 'not in the gallery'),
    liveness && (liveness.live ? badge('good live', withShare('live', liveness.score))
      : badge('alarm live', withShare('not live', liveness.score))),
  ],
  persons: ({ behavior, behaviorConfidence, handsRaised, attributes }) => [
    behavior && badge('behavior',
      behavior === 'unknown' ? 'behaviour unknown' : withShare(words(behavior), behaviorConfidence)),
    handsRaised && badge('behavior', 'hands raised'),
    ...(attributes?.map(({ name, probability }) => badge('attribute', withShare(words(name), probability))) ?? []),
    attributes?.length === 0 && badge('attribute', 'no attributes'),
  ],
  vehicles: ({ color }) => [color && badge('color', withShare(words(color.name), color.confidence))],
  plates: ({ country: code, known, vehicle }) => [
    code && badge('', country(code)),
    vehicle && badge('', [vehicle.color?.name, vehicle.vehicle_type].filter(Boolean).map(words).join(' ')),
    known && badge(`known ${known.list}`, LISTS[known.list] ?? known.list, known.label && ': ',
      known.label && element('bdi', {}, known.label), !known.exact && ` (looks like ${known.plate_number})`),
  ],
  poses: ({ keypoints }) => [
    badge('', `${keypoints.filter(isSure).length} of ${keypoints.length} points`),
  ],
};

/** The readings of a plate in the order of their probability. */
function candidateList(candidates) {
  return element('ol', { class: 'candidates', 'aria-label': 'Possible readings' }, ...candidates.map((candidate) =>
    element('li', { class: 'candidate' },
      element('span', { class: 'reading' }, candidate.plate_number),
      candidate.country_code && country(candidate.country_code),
      element('meter', { min: '0', max: '1', value: String(candidate.probability), 'aria-hidden': 'true' }),
      element('span', { class: 'confidence' }, percent(candidate.probability)))));
}

/** The details of an item, or `null` when there are none. */
export function findingDetails(item) {
  const badges = BADGES[item.task](item).filter(Boolean);
  const readings = item.candidates.length > 0 ? candidateList(item.candidates) : null;
  if (badges.length === 0 && !readings) return null;
  return element('div', { class: 'details', id: `details-${item.id}` },
    badges.length > 0 && element('div', { class: 'badges' }, ...badges), readings);
}
