import { detections } from '../api.js';
import { element, percent, problemNote } from '../elements.js';
import { TASKS, itemLabel } from '../findings.js';

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** The latest stored items, page by page. Fires `open` with {inferenceID, hasImage}. */
class DetectionsList extends HTMLElement {
  /** Cursors of the pages up to the one shown; the first page has none. */
  trail = [null];
  next = null;
  turn = 0;

  connectedCallback() {
    this.task = element('select', { id: 'filter-task', onchange: () => this.reload() },
      element('option', { value: '' }, 'All kinds'),
      ...Object.entries(TASKS).map(([task, { title }]) => element('option', { value: task }, title)));
    this.body = element('div');
    this.newer = element('button', { type: 'button', disabled: true, onclick: () => this.back() }, 'Newer');
    this.older = element('button', { type: 'button', disabled: true, onclick: () => this.forward() }, 'Older');
    this.page = element('span', { class: 'fine', role: 'status' });
    this.replaceChildren(element('section', { class: 'card', 'aria-labelledby': 'detections-title' },
      element('div', { class: 'section-head' },
        element('h2', { id: 'detections-title' }, 'Latest detections'),
        element('label', { class: 'visually-hidden', for: 'filter-task' }, 'Kind'), this.task),
      this.body,
      element('nav', { class: 'paging', 'aria-label': 'Pages of detections' }, this.newer, this.page, this.older)));
  }

  /** Back to the newest. */
  reload() {
    this.trail = [null];
    return this.load();
  }

  forward() {
    this.trail.push(this.next);
    this.load();
  }

  back() {
    this.trail.pop();
    this.load();
  }

  async load() {
    const turn = ++this.turn;
    this.newer.disabled = this.older.disabled = true;
    try {
      const page = await detections({ task: this.task.value, cursor: this.trail.at(-1) });
      if (turn !== this.turn) return;  // a later request has been made meanwhile
      this.next = page.next_cursor;
      this.body.replaceChildren(this.table(page.items));
    } catch (error) {
      if (turn !== this.turn) return;
      this.next = null;
      this.body.replaceChildren(problemNote(error));
    }
    this.newer.disabled = this.trail.length === 1;
    this.older.disabled = this.next === null;
    this.page.textContent = `Page ${this.trail.length}`;
  }

  table(items) {
    if (items.length === 0) return element('p', { class: 'empty' }, 'Nothing stored yet.');
    const heads = ['Item', 'Confidence', 'Taken', 'Source', 'Picture'];
    return element('table', {},
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...items.map((item) => this.row(item))));
  }

  row(item) {
    const label = itemLabel(item.task, item);
    const source = item.camera_id ?? item.device_id;
    const open = () => this.dispatchEvent(new CustomEvent('open', {
      detail: { inferenceID: item.inference_id, hasImage: item.has_image },
    }));
    return element('tr', { 'data-id': item.id },
      element('th', { scope: 'row' }, element('span', { class: `finding-label ${item.task}` }, label)),
      element('td', { 'data-head': 'Confidence' }, percent(item.confidence)),
      element('td', { 'data-head': 'Taken' },
        element('time', { datetime: item.captured_at }, dates.format(new Date(item.captured_at)))),
      element('td', { 'data-head': 'Source', class: !source && 'none' }, source ?? '–'),
      element('td', {}, element('button', { type: 'button', class: 'quiet', onclick: open },
        'Open', element('span', { class: 'visually-hidden' }, ` the picture with ${label}`))));
  }
}

customElements.define('detections-list', DetectionsList);
