import { element } from '../elements.js';
import { TASKS } from '../findings.js';

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/bmp,image/gif';

/** Takes a picture by drop, choice, camera or paste. Fires `analyze` with {picture, tasks, saveImage}, and `cancel`. */
class PictureDrop extends HTMLElement {
  picture = null;
  forbidden = false;

  connectedCallback() {
    this.choose = this.fileInput('choose-picture');
    this.photograph = this.fileInput('take-photo', { capture: 'environment' });
    this.tasks = Object.entries(TASKS).map(([task, { title }]) => this.checkbox(`task-${task}`, title, true, task));
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
      element('fieldset', {}, element('legend', {}, 'Look for'),
        element('div', { class: 'tasks' }, ...this.tasks.map(({ label }) => label))),
      this.save.label,
      element('div', { class: 'actions' }, this.again, this.stop),
      this.hint));
    this.acceptDrops(this.querySelector('.drop'));
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

  acceptDrops(zone) {
    const mark = (event, over) => {
      event.preventDefault();
      zone.classList.toggle('over', over);
    };
    zone.addEventListener('dragenter', (event) => mark(event, true));
    zone.addEventListener('dragover', (event) => mark(event, true));
    zone.addEventListener('dragleave', (event) => mark(event, false));
    zone.addEventListener('drop', (event) => {
      mark(event, false);
      this.take(event.dataTransfer.files);
    });
    // A picture dropped beside the zone is taken too; the browser would leave the page for it.
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    if (!files?.length || this.forbidden || this.closest('[hidden]')) return;
    this.picture = files[0];
    this.send();
  }

  send() {
    const tasks = this.tasks.filter(({ input }) => input.checked).map(({ input }) => input.value);
    this.hint.textContent = tasks.length === 0 ? 'Choose at least one thing to look for.' : '';
    this.again.disabled = false;
    if (tasks.length === 0) return;
    const detail = { picture: this.picture, tasks, saveImage: this.save.input.checked };
    this.dispatchEvent(new CustomEvent('analyze', { detail }));
  }
}

customElements.define('picture-drop', PictureDrop);
