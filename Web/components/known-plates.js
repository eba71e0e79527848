import { addKnownPlate, deleteKnownPlate, knownPlates } from '../api.js';
import { confirmed } from '../confirmation.js';
import { element, problemNote } from '../elements.js';
import { Paging } from '../paging.js';

const LISTS = { watch: 'Watched', allow: 'Allowed', deny: 'Denied' };

/** The plates that mean something: a form that adds one, and the list. */
class KnownPlates extends HTMLElement {
  mayChange = false;

  connectedCallback() {
    this.filter = this.choice('filter-plates', { '': 'All lists', ...LISTS }, () => this.reload());
    this.paging = new Paging({
      label: 'Pages of known plates', back: 'Previous', forward: 'Next', turn: () => this.load(),
    });
    this.body = element('div');
    this.replaceChildren(this.form(), element('section', { class: 'card', 'aria-labelledby': 'plates-title' },
      element('div', { class: 'section-head' }, element('h2', { id: 'plates-title', tabindex: '-1' }, 'Known plates'),
        element('label', { class: 'visually-hidden', for: 'filter-plates' }, 'List'), this.filter),
      this.body, this.paging.nav));
  }

  form() {
    this.number = this.field('plate-number', { required: true, maxlength: '32', autocapitalize: 'characters' });
    this.label = this.field('plate-label', { maxlength: '255', dir: 'auto' });
    this.kind = this.choice('plate-list', LISTS);
    this.notes = this.field('plate-notes', { maxlength: '1000', dir: 'auto' });
    this.submit = element('button', { class: 'primary' }, 'Add the plate');
    this.problem = element('div');
    this.adding = element('form', { class: 'card adding', onsubmit: (event) => this.add(event) },
      element('h2', {}, 'Add a plate'),
      element('label', { for: 'plate-number' }, 'Plate number'), this.number,
      element('label', { for: 'plate-label' }, 'Label (may be left empty)'), this.label,
      element('label', { for: 'plate-list' }, 'List'), this.kind,
      element('label', { for: 'plate-notes' }, 'Notes (may be left empty)'), this.notes,
      this.problem, this.submit);
    return this.adding;
  }

  field(id, attributes) {
    return element('input', { id, autocomplete: 'off', spellcheck: 'false', ...attributes });
  }

  choice(id, options, onchange = () => {}) {
    return element('select', { id, onchange },
      ...Object.entries(options).map(([value, words]) => element('option', { value }, words)));
  }

  /** Shows the plates to somebody who may change them, or may not. */
  open(mayChange) {
    this.mayChange = mayChange;
    this.adding.hidden = !mayChange;
    return this.reload();
  }

  /** Nothing of it is left for who comes next. */
  clear() {
    this.paging.drop();
    this.adding.reset();
    this.body.replaceChildren();
    this.problem.replaceChildren();
  }

  async add(event) {
    event.preventDefault();
    this.submit.disabled = true;
    this.problem.replaceChildren();
    const notes = this.notes.value.trim();
    const plate = { plate_number: this.number.value.trim(), label: this.label.value.trim(), list: this.kind.value };
    try {
      await addKnownPlate(notes ? { ...plate, notes } : plate);
      this.adding.reset();
      await this.reload();
      this.number.focus();
    } catch (error) {
      this.problem.replaceChildren(problemNote(error));
    } finally {
      this.submit.disabled = false;
    }
  }

  async remove(plate) {
    const question = `Remove ${plate.plate_number}?`;
    if (!await confirmed(question, 'It is no longer marked when it is read.', 'Remove the plate')) return;
    try {
      await deleteKnownPlate(plate.id);
      this.querySelector('#plates-title').focus();
      await this.reload();
    } catch (error) {
      this.body.prepend(problemNote(error));
    }
  }

  /** Back to the first page. */
  reload() {
    this.paging.restart();
    return this.load();
  }

  load() {
    return this.paging.load(
      (cursor) => knownPlates({ list: this.filter.value, cursor }),
      (items) => this.body.replaceChildren(this.table(items)),
      (error) => this.body.replaceChildren(problemNote(error)));
  }

  table(plates) {
    if (plates.length === 0) return element('p', { class: 'empty' }, 'No plate is known yet.');
    const heads = ['Plate', 'List', 'Label', 'Notes', ...(this.mayChange ? ['Change'] : [])];
    return element('table', {},
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...plates.map((plate) => this.row(plate))));
  }

  row(plate) {
    return element('tr', { 'data-id': plate.id },
      element('th', { scope: 'row' }, element('span', { class: 'reading' }, plate.plate_number)),
      element('td', { 'data-head': 'List' },
        element('span', { class: `badge known ${plate.list}` }, LISTS[plate.list] ?? plate.list)),
      element('td', { 'data-head': 'Label', class: !plate.label && 'none' }, element('bdi', {}, plate.label || '–')),
      element('td', { 'data-head': 'Notes', class: !plate.notes && 'none' }, element('bdi', {}, plate.notes ?? '–')),
      this.mayChange && element('td', {},
        element('button', { type: 'button', class: 'quiet danger', onclick: () => this.remove(plate) }, 'Remove',
          element('span', { class: 'visually-hidden' }, ` the plate ${plate.plate_number}`))));
  }
}

customElements.define('known-plates', KnownPlates);
