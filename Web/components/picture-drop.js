import { element } from '../elements.js';
import { TASKS } from '../findings.js';
import { ACCEPTED, acceptDrops } from '../pictures.js';

/** Not looked for unless asked: a skeleton over every person hides a busy picture. */
const UNCHECKED = ['poses'];
/** What more can be told of an item, by the task that finds it. */
const FEATURES = {
  recognize: { title: 'Recognise faces', task: 'faces' },
  behavior: { title: 'Behaviour of persons', task: 'persons' },
  attributes: { title: 'Attributes of persons', task: 'persons' },
};

/**
 * Takes a picture by drop, choice, camera or paste. Fires `analyze` with {picture, tasks, features, saveImage}, and
 * `cancel`.
 */
class PictureDrop extends HTMLElement {
  picture = null;
  forbidden = false;

  connectedCallback() {
    this.choose = this.fileInput('choose-picture');
    this.photograph = this.fileInput('take-photo', { capture: 'environment' });
    this.tasks = Object.entries(TASKS).map(([task, { title }]) =>
      this.checkbox(`task-${task}`, title, !UNCHECKED.includes(task), task));
    this.features = Object.entries(FEATURES).map(([feature, { title }]) =>
      this.checkbox(`feature-${feature}`, title, false, feature));
    this.save = this.checkbox('save-image', 'Keep the picture on the server', false);
    this.again = element('button', { class: 'primary', type: 'button', disabled: true, onclick: () => this.send() },
      'Analyse again');
    this.stop = element('button', { type: 'button', hidden: true, onclick: () => this.dispatchEvent(new Event('cancel')) },
      'Cancel');
    this.reason = element('p', { class: 'notice', hidden: true });
    this.hint = element('p', { class: 'fine', role: 'status' });
    this.replaceChildren(this.reason, element('section', { class: 'card', 'aria-label': 'Picture' },
      element('div', { class: 'drop' },
        element('p', { class: 'drop-title' }, 'Drop a picture here'),
        element('p', { class: 'fine pointer-only' }, 'or paste one from the clipboard'),
        element('div', { class: 'actions' },
          this.choose, element('label', { class: 'button', for: 'choose-picture' }, 'Choose a picture'),
          element('span', { class: 'touch-only' },
            this.photograph, element('label', { class: 'button', for: 'take-photo' }, 'Take a photo')))),
      element('fieldset', { onchange: () => this.offerFeatures() }, element('legend', {}, 'Look for'),
        element('div', { class: 'tasks' }, ...this.tasks.map(({ label }) => label))),
      element('fieldset', {}, element('legend', {}, 'Tell more'),
        element('div', { class: 'features' }, ...this.features.map(({ label }) => label))),
      this.save.label,
      element('div', { class: 'actions' }, this.again, this.stop),
      this.hint));
    acceptDrops(this.querySelector('.drop'), (files) => this.take(files));
    // A picture dropped beside the zone is taken too; the browser would leave the page for it.
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
    document.addEventListener('paste', (event) => this.take(event.clipboardData?.files));
  }

  /** Bars the user, with the reason; `null` lets them. */
  forbid(reason) {
    this.forbidden = reason !== null;
    this.reason.textContent = reason ?? '';
    this.reason.hidden = !this.forbidden;
    this.querySelector('.card').hidden = this.forbidden;
  }

  busy(busy) {
    this.stop.hidden = !busy;
    this.again.hidden = busy;
    this.again.disabled = this.picture === null;
  }

  fileInput(id, attributes = {}) {
    const input = element('input', {
      id, type: 'file', accept: ACCEPTED, class: 'visually-hidden', ...attributes,
      onchange: () => {
        this.take(input.files);
        input.value = '';  // so that the same file can be chosen again
      },
    });
    return input;
  }

  checkbox(id, title, checked, value = id) {
    const input = element('input', { type: 'checkbox', id, value, checked });
    return { input, label: element('label', { class: 'check', for: id }, input, element('span', {}, title)) };
  }

  /** What can be told of items that are not looked for is not offered. */
  offerFeatures() {
    const wanted = this.checked(this.tasks);
    for (const { input } of this.features) input.disabled = !wanted.includes(FEATURES[input.value].task);
  }

  checked(boxes) {
    return boxes.filter(({ input }) => input.checked && !input.disabled).map(({ input }) => input.value);
  }

  take(files) {
    if (!files?.length || this.forbidden || this.closest('[hidden]')) return;
    this.picture = files[0];
    this.send();
  }

  send() {
    const tasks = this.checked(this.tasks);
    this.hint.textContent = tasks.length === 0 ? 'Choose at least one thing to look for.' : '';
    this.again.disabled = false;
    if (tasks.length === 0) return;
    const features = this.checked(this.features);
    const detail = { picture: this.picture, tasks, features, saveImage: this.save.input.checked };
    this.dispatchEvent(new CustomEvent('analyze', { detail }));
  }
}

customElements.define('picture-drop', PictureDrop);
