import { createPerson, persons } from '../api.js';
import { element, problemNote } from '../elements.js';
import { enrolAll, outcomeList, pictureSlot } from '../enrolment.js';
import { Paging } from '../paging.js';
import './person-entry.js';

/** Milliseconds without a key before a name is looked for. */
const TYPING_PAUSE = 250;

/** The persons whom the box recognises: a form that adds one, and the list. */
class PersonsGallery extends HTMLElement {
  mayChange = false;
  pictures = [];
  pause = null;

  connectedCallback() {
    this.search = element('input', {
      id: 'search-person', type: 'search', placeholder: 'Name begins with', maxlength: '255', dir: 'auto',
      autocomplete: 'off', oninput: () => this.searchSoon(),
    });
    this.paging = new Paging({
      label: 'Pages of persons', back: 'Previous', forward: 'Next', turn: () => this.load(),
    });
    this.list = element('ul', { class: 'persons' });
    this.message = element('div', { role: 'status' });
    this.replaceChildren(this.form(), element('section', { class: 'card', 'aria-labelledby': 'persons-title' },
      element('div', { class: 'section-head' }, element('h2', { id: 'persons-title', tabindex: '-1' }, 'Persons'),
        element('label', { class: 'visually-hidden', for: 'search-person' }, 'Beginning of the name'), this.search),
      this.message, this.list, this.paging.nav));
  }

  form() {
    this.name = element('input', {
      id: 'person-name', required: true, maxlength: '255', dir: 'auto', autocomplete: 'off', spellcheck: 'false',
    });
    this.key = element('input', { id: 'person-key', maxlength: '255', autocomplete: 'off', spellcheck: 'false' });
    this.chosen = element('ul', { class: 'chosen', 'aria-live': 'polite', 'aria-label': 'Pictures chosen' });
    this.submit = element('button', { class: 'primary' }, 'Add the person');
    this.outcomes = outcomeList();
    this.problem = element('div');
    this.adding = element('form', { class: 'card adding', onsubmit: (event) => this.add(event) },
      element('h2', {}, 'Add a person'),
      element('label', { for: 'person-name' }, 'Name'), this.name,
      element('label', { for: 'person-key' }, 'Own key (may be left empty)'), this.key,
      pictureSlot('person-pictures', 'Drop pictures of the person here', (pictures) => this.choose(pictures)),
      element('p', { class: 'fine' }, 'One face a picture, from the front; several pictures recognise best. '
        + 'The faces that are cut out of them are kept.'),
      this.chosen, this.problem, this.submit, this.outcomes);
    return this.adding;
  }

  /** Shows the gallery to somebody who may change it, or may not. */
  open(mayChange) {
    this.mayChange = mayChange;
    this.adding.hidden = !mayChange;
    return this.reload();
  }

  /** Nothing of it is left for who comes next. */
  clear() {
    this.paging.drop();
    this.adding.reset();
    this.search.value = '';
    this.choose([], []);
    for (const part of [this.list, this.outcomes, this.problem, this.message]) part.replaceChildren();
  }

  choose(pictures, before = this.pictures) {
    this.pictures = [...before, ...pictures];
    this.chosen.replaceChildren(...this.pictures.map((picture) => element('li', {},
      element('bdi', { class: 'file' }, picture.name),
      element('button', {
        type: 'button', class: 'quiet', onclick: () => {
          this.choose([], this.pictures.filter((other) => other !== picture));
          this.name.focus();
        },
      }, 'Remove', element('span', { class: 'visually-hidden' }, ' ', picture.name)))));
  }

  async add(event) {
    event.preventDefault();
    this.submit.disabled = true;
    this.problem.replaceChildren();
    this.outcomes.replaceChildren();
    try {
      const person = await createPerson(this.name.value.trim(), this.key.value.trim());
      const { pictures } = this;
      this.adding.reset();
      this.choose([], []);
      const gained = await enrolAll(person.id, pictures, this.outcomes);
      this.outcomes.prepend(element('li', {}, element('bdi', { class: 'person-name' }, person.name),
        gained > 0 ? ' has been added.' : ' has been added, but has no face to be recognised by yet.'));
      await this.reload();
    } catch (error) {
      this.problem.replaceChildren(problemNote(error));
    } finally {
      this.submit.disabled = false;
    }
  }

  searchSoon() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.reload(), TYPING_PAUSE);
  }

  /** Back to the first page. */
  reload() {
    this.paging.restart();
    return this.load();
  }

  load() {
    return this.paging.load(
      (cursor) => persons({ name: this.search.value, cursor }),
      (items) => {
        this.list.replaceChildren(...items.map((person) => this.row(person)));
        this.message.replaceChildren(items.length > 0 ? '' : element('p', { class: 'empty' },
          this.search.value ? 'Nobody has such a name.' : 'Nobody is in the gallery yet.'));
      },
      (error) => {
        this.list.replaceChildren();
        this.message.replaceChildren(problemNote(error));
      });
  }

  row(person) {
    const entry = element('person-entry', { ongone: () => this.drop(entry) });
    entry.show(person, this.mayChange);
    return element('li', {}, entry);
  }

  async drop(entry) {
    entry.parentElement.remove();
    this.querySelector('#persons-title').focus();
    await (this.list.childElementCount > 0 ? this.load() : this.reload());
  }
}

customElements.define('persons-gallery', PersonsGallery);
