import { element, percent, problemNote } from '../elements.js';
import { findingDetails } from '../finding-details.js';
import { TASKS } from '../findings.js';
import { drawFindings } from '../overlay.js';

const STAGES = {
  decode_ms: 'decode', preprocess_ms: 'prepare', queue_ms: 'wait', inference_ms: 'inference',
  postprocess_ms: 'finish', store_ms: 'store',
};

const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** One picture with what was found in it: boxes over the picture, a list, the timing. */
class ResultView extends HTMLElement {
  findings = null;
  highlighted = null;

  connectedCallback() {
    this.image = element('img', { alt: '', onload: () => this.draw(), onerror: () => this.hidePicture() });
    this.canvas = element('canvas', { role: 'img', 'aria-label': 'Nothing marked yet' });
    this.figure = element('figure', { class: 'picture', hidden: true }, this.image, this.canvas);
    this.empty = element('p', { class: 'empty' }, 'Results appear here.');
    this.bar = element('progress', { max: '1', 'aria-label': 'Progress' });
    this.stage = element('span', { role: 'status' });
    this.activity = element('div', { class: 'activity', hidden: true }, this.bar, this.stage);
    this.summary = element('h2', { tabindex: '-1' });
    this.report = element('div', { class: 'report' });
    this.replaceChildren(element('section', { class: 'card', 'aria-label': 'Result' },
      element('div', { class: 'stage' }, this.empty, this.figure), this.activity, this.report));
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  clear() {
    this.reset(null);
    this.empty.textContent = 'Results appear here.';
  }

  /** A picture is on its way; `null` when it is a stored one. */
  expect(picture) {
    this.reset(picture);
    this.empty.textContent = 'Loading';
    this.activity.hidden = false;
    this.bar.removeAttribute('value');
    this.stage.textContent = picture ? 'Uploading' : 'Loading';
    // On a phone the result lies below what was just touched.
    if (this.getBoundingClientRect().top > window.innerHeight / 2) this.scrollIntoView({ block: 'start' });
  }

  progress(share) {
    if (share < 1) this.bar.value = share;
    else this.bar.removeAttribute('value');
    this.stage.textContent = share < 1 ? `Uploading, ${percent(share)}` : 'Analysing';
  }

  show(picture, findings) {
    if (picture !== this.picture) this.setPicture(picture);
    if (!picture) this.empty.textContent = 'The picture was not kept.';
    this.findings = findings;
    this.activity.hidden = true;
    this.summary.textContent = this.sentence();
    this.canvas.setAttribute('aria-label', `The picture with boxes: ${this.sentence()}`);
    this.report.replaceChildren(this.summary, this.lists(), this.timing());
    this.draw();
  }

  fail(problem) {
    this.activity.hidden = true;
    this.empty.textContent = 'No result';
    this.report.replaceChildren(problemNote(problem));
  }

  reset(picture) {
    this.findings = this.highlighted = null;
    this.activity.hidden = true;
    this.report.replaceChildren();
    this.setPicture(picture);
    this.draw();
  }

  setPicture(picture) {
    if (this.image.src) URL.revokeObjectURL(this.image.src);
    this.picture = picture;
    this.figure.hidden = picture === null;
    this.empty.hidden = picture !== null;
    if (picture) this.image.src = URL.createObjectURL(picture);
    else this.image.removeAttribute('src');
  }

  /** The browser cannot show the file: the server may still have read it, so the list stays. */
  hidePicture() {
    this.figure.hidden = true;
    this.empty.hidden = false;
    this.empty.textContent = 'This browser cannot show the picture.';
  }

  draw() {
    if (this.figure.hidden) return;
    const size = this.findings?.image ?? { width: 1, height: 1 };
    drawFindings(this.canvas, size, this.findings?.items ?? [], this.highlighted);
    this.canvas.dataset.drawn = String(this.findings?.items.length ?? 0);
  }

  sentence() {
    const { items, tasks } = this.findings;
    if (items.length === 0) return 'Nothing found';
    const counts = tasks.map((task) => [TASKS[task], items.filter((item) => item.task === task).length]);
    return counts.filter(([, count]) => count > 0)
      .map(([{ title, one }, count]) => `${count} ${(count === 1 ? one : title).toLowerCase()}`).join(', ');
  }

  lists() {
    const { items, tasks } = this.findings;
    return element('div', { class: 'findings' }, ...tasks.map((task) => {
      const rows = items.filter((item) => item.task === task).map((item) => this.row(item));
      return element('section', { class: 'finding-group', 'data-task': task },
        element('h3', {}, TASKS[task].title, element('span', { class: 'count' }, String(rows.length))),
        rows.length > 0 ? element('ul', {}, ...rows) : element('p', { class: 'fine' }, 'None found'));
    }));
  }

  row(item) {
    const highlight = (on) => {
      this.highlighted = on ? item.id : null;
      this.draw();
    };
    const details = findingDetails(item);
    // A button, so that the keyboard and a finger can point at a box as well as the mouse.
    return element('li', {}, element('button', {
      type: 'button', class: 'finding', 'data-id': item.id, 'aria-describedby': details?.id,
      onmouseenter: () => highlight(true), onmouseleave: () => highlight(false), onfocus: () => highlight(true),
      onblur: () => highlight(false),
    },
    element('span', { class: `finding-label ${item.task}` }, element('bdi', {}, item.label)),
    element('meter', { min: '0', max: '1', value: String(item.confidence), 'aria-hidden': 'true' }),
    element('span', { class: 'confidence' }, element('span', { class: 'visually-hidden' }, 'confidence '),
      percent(item.confidence))), details);
  }

  timing() {
    const { timing, total, models, stored, capturedAt, image } = this.findings;
    const stages = Object.entries(STAGES).map(([key, name]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, milliseconds(timing[key]))));
    const remarks = [
      `${image.width} × ${image.height} pixels`,
      stored ? 'stored' : 'not stored',
      capturedAt && `taken ${new Date(capturedAt).toLocaleString()}`,
      ...models.map(({ name, version, engine, measured }) =>
        `${name}@${version} on ${engine}${measured === false ? ' (accuracy not measured)' : ''}`),
    ];
    return element('div', { class: 'timing' },
      element('p', {}, total === null ? 'Time of each stage' : element('span', {}, 'Answered in ',
        element('strong', { class: 'total' }, milliseconds(total)))),
      element('dl', {}, ...stages),
      element('p', { class: 'fine' }, remarks.filter(Boolean).join(' · ')));
  }
}

customElements.define('result-view', ResultView);
