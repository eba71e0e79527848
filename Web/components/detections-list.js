import { detections } from '../api.js';
import { element, percent, problemNote } from '../elements.js';
import { TASKS, itemLabel } from '../findings.js';
import { Paging } from '../paging.js';

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** The latest stored items, page by page. Fires `open` with {inferenceID, hasImage}. */
class DetectionsList extends HTMLElement {

  connectedCallback() {
    this.task = element('select', { id: 'filter-task', onchange: () => this.reload() },
      element('option', { value: '' }, 'All kinds'),
      ...Object.entries(TASKS).map(([task, { title }]) => element('option', { value: task }, title)));
    this.body = element('div');
    this.paging = new Paging({
      label: 'Pages of detections', back: 'Newer', forward: 'Older', turn: () => this.load(),
    });
    this.replaceChildren(element('section', { class: 'card', 'aria-labelledby': 'detections-title' },
      element('div', { class: 'section-head' },
        element('h2', { id: 'detections-title' }, 'Latest detections'),
        element('label', { class: 'visually-hidden', for: 'filter-task' }, 'Kind'), this.task),
      this.body,
      this.paging.nav));
  }

  /** Back to the newest. */
  reload() {
    this.paging.restart();
    return this.load();
  }

  load() {
    return this.paging.load(
      (cursor) => detections({ task: this.task.value, cursor }),
      (items) => this.body.replaceChildren(this.table(items)),
      (error) => this.body.replaceChildren(problemNote(error)));
  }

  table(items) {
    if (items.length === 0) return element('p', { class: 'empty' }, 'Nothing stored yet.');
    const heads = ['Item', 'Confidence', 'Taken', 'Source', 'Picture'];
    return element('table', {},
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...items.map((item) => this.row(item))));
  }

  row(item) {
    const label = itemLabel(item.task, item, item.details);
    const source = item.camera_id ?? item.device_id;
    const open = () => this.dispatchEvent(new CustomEvent('open', {
      detail: { inferenceID: item.inference_id, hasImage: item.has_image },
    }));
    return element('tr', { 'data-id': item.id },
      element('th', { scope: 'row' }, element('span', { class: `finding-label ${item.task}` },
        element('bdi', {}, label))),
      element('td', { 'data-head': 'Confidence' }, percent(item.confidence)),
      element('td', { 'data-head': 'Taken' },
        element('time', { datetime: item.captured_at }, dates.format(new Date(item.captured_at)))),
      element('td', { 'data-head': 'Source', class: !source && 'none' }, source ?? '–'),
      element('td', {}, element('button', { type: 'button', class: 'quiet', onclick: open },
        'Open', element('span', { class: 'visually-hidden' }, ' the picture with ', element('bdi', {}, label)))));
  }
}

customElements.define('detections-list', DetectionsList);
