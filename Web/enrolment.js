// Pictures of a person on their way into the gallery.

import { enrolFace } from './api.js';
import { element, percent, problemNote } from './elements.js';
import { ACCEPTED, acceptDrops } from './pictures.js';

/**
 * A place for pictures of one person: several at a time, by choice or by drop.
 * @param {string} id of the input, unique on the page
 * @param {string} title what the place asks for
 * @param {(pictures: File[]) => void} take
 */
export function pictureSlot(id, title, take) {
  const input = element('input', {
    id, type: 'file', accept: ACCEPTED, multiple: true, class: 'visually-hidden',
    onchange: () => {
      take([...input.files]);
      input.value = '';  // so that the same file can be chosen again
    },
  });
  const zone = element('div', { class: 'drop small' },
    element('p', { class: 'drop-title' }, title),
    element('div', { class: 'actions' }, input, element('label', { class: 'button', for: id }, 'Choose pictures')));
  acceptDrops(zone, take);
  return zone;
}

/** The outcomes of an enrolment, read aloud as they come. */
export function outcomeList() {
  return element('ul', { class: 'outcomes', 'aria-live': 'polite', 'aria-label': 'Pictures sent' });
}

/**
 * Enrols pictures one after the other, since each is the work of several models, and tells of each in `list`.
 * @returns {Promise<number>} how many faces the person gained
 */
export async function enrolAll(personID, pictures, list) {
  let gained = 0;
  for (const picture of pictures) {
    const outcome = element('span', { class: 'fine' }, 'sending');
    list.append(element('li', {}, element('bdi', { class: 'file' }, picture.name), ' ', outcome));
    try {
      outcome.replaceWith(enrolled(await enrolFace(personID, picture, { saveImage: true })));
      gained += 1;
    } catch (error) {
      outcome.replaceWith(refused(error));
      if (error.status === 401 || error.status === 404) break;  // the same would be said of all that follow
    }
  }
  return gained;
}

function enrolled({ quality, duplicates }) {
  return element('span', {}, element('span', { class: 'badge good' }, `enrolled, quality ${percent(quality)}`),
    ...duplicates.map(({ name, similarity }) => element('span', { class: 'badge alarm duplicate' },
      'may be enrolled twice: looks like ', element('bdi', {}, name), ` (${percent(similarity)})`)));
}

/** A picture that does not suit is no failure of the server's: its reason stands in the line of the picture. */
function refused(problem) {
  if (problem.status !== 422) return problemNote(problem);
  const reasons = problem.errors.map(({ field, message }) => (field === 'image' ? message : `${field} ${message}`));
  return element('span', { class: 'refusal' }, element('span', { class: 'badge alarm' }, 'refused'),
    ` The picture ${reasons.join('; ')}.`);
}
