import { deleteFace, deletePerson, faceCrop, faces } from '../api.js';
import { confirmed } from '../confirmation.js';
import { element, percent, problemNote } from '../elements.js';
import { enrolAll, outcomeList, pictureSlot } from '../enrolment.js';

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const counted = (count) => `${count} ${count === 1 ? 'face' : 'faces'}`;

/** A person of the gallery with the faces. Fires `gone` when the person has been deleted. */
class PersonEntry extends HTMLElement {
  /** @param {boolean} mayChange whether whoever is logged in may enrol and delete */
  show(person, mayChange) {
    this.person = person;
    this.mayChange = mayChange;
    this.count = element('span', { class: 'fine' }, counted(person.face_count));
    this.toggle = element('button', {
      type: 'button', class: 'quiet', 'aria-expanded': 'false', 'aria-controls': `faces-${person.id}`,
      onclick: () => this.open(this.panel.hidden),
    }, 'Faces', this.ofPerson());
    this.crops = element('ul', { class: 'crops' });
    this.outcomes = outcomeList();
    this.problem = element('div');
    this.panel = element('div', { class: 'person-faces', id: `faces-${person.id}`, hidden: true }, this.crops,
      mayChange && pictureSlot(`pictures-${person.id}`, 'Drop more pictures of this person here',
        (pictures) => this.enrol(pictures)),
      this.outcomes);
    this.dataset.id = person.id;
    this.replaceChildren(element('div', { class: 'person-head' },
      element('div', { class: 'person-words' }, element('bdi', { class: 'person-name' }, person.name),
        person.external_id && element('span', { class: 'fine' }, 'key ', element('bdi', {}, person.external_id)),
        this.count,
        element('span', { class: 'fine' }, 'since ',
          element('time', { datetime: person.created_at }, dates.format(new Date(person.created_at))))),
      element('div', { class: 'actions' }, this.toggle,
        mayChange && element('button', { type: 'button', class: 'quiet danger', onclick: () => this.delete() },
          'Delete', this.ofPerson()))), this.problem, this.panel);
  }

  /** Tells one button from its like in the rows around it. */
  ofPerson() {
    return element('span', { class: 'visually-hidden' }, ' of ', element('bdi', {}, this.person.name));
  }

  async open(wanted) {
    this.panel.hidden = !wanted;
    this.toggle.setAttribute('aria-expanded', String(wanted));
    if (wanted) await this.load();
  }

  async load() {
    try {
      const items = await faces(this.person.id);
      this.count.textContent = counted(items.filter(({ kind }) => kind === 'face').length);
      this.crops.replaceChildren(...items.map((face) => this.crop(face)));
      this.problem.replaceChildren();
    } catch (error) {
      this.fail(error);
    }
  }

  crop(face) {
    const kind = face.kind === 'face' ? 'Face' : 'Not this person';
    const words = `${kind}, enrolled ${dates.format(new Date(face.created_at))}`;
    const picture = face.has_image ? element('img', { alt: words, width: '112', height: '112' })
      : element('span', { class: 'no-crop fine' }, 'no picture kept');
    if (face.has_image) this.loadCrop(face, picture);
    return element('li', { class: 'crop', 'data-id': face.id }, picture,
      element('span', { class: 'fine' }, face.kind === 'face' ? `quality ${percent(face.quality)}` : 'not this person'),
      this.mayChange && element('button', {
        type: 'button', class: 'quiet danger', onclick: () => this.deleteFace(face),
      }, 'Delete', element('span', { class: 'visually-hidden' }, ` the face with quality ${percent(face.quality)}`)));
  }

  async loadCrop(face, image) {
    try {
      const address = URL.createObjectURL(await faceCrop(this.person.id, face.id));
      image.addEventListener('load', () => URL.revokeObjectURL(address), { once: true });
      image.src = address;
    } catch (error) {
      this.fail(error);
    }
  }

  async enrol(pictures) {
    if (pictures.length === 0) return;
    this.outcomes.replaceChildren();
    if (await enrolAll(this.person.id, pictures, this.outcomes) > 0) await this.load();
  }

  async deleteFace(face) {
    if (!await confirmed('Delete this face?', 'The person is no longer recognised by it.', 'Delete the face')) return;
    try {
      await deleteFace(this.person.id, face.id);
      await this.load();
      this.toggle.focus();
    } catch (error) {
      this.fail(error);
    }
  }

  async delete() {
    const consequence = 'All faces go with the person, and stored detections forget the name. This cannot be undone.';
    if (!await confirmed(`Delete \u2068${this.person.name}\u2069?`, consequence, 'Delete the person')) return;
    try {
      await deletePerson(this.person.id);
      this.dispatchEvent(new CustomEvent('gone'));
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    this.problem.replaceChildren(problemNote(error));
  }
}

customElements.define('person-entry', PersonEntry);
