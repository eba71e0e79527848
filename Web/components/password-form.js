import { changePassword } from '../api.js';
import { element, problemNote } from '../elements.js';

const SHORTEST = 8;

/** Changes the password of whoever is logged in. Fires `changed`; hides itself when it is done or put off. */
class PasswordForm extends HTMLElement {
  connectedCallback() {
    this.reason = element('p', { class: 'notice', role: 'status', hidden: true });
    this.current = this.field('current-password');
    this.chosen = this.field('new-password', SHORTEST);
    this.repeated = this.field('repeated-password', SHORTEST);
    this.submit = element('button', { class: 'primary' }, 'Change password');
    this.problem = element('div');
    this.replaceChildren(element('form', { class: 'card login', onsubmit: (event) => this.send(event) },
      element('h2', {}, 'Change the password'),
      this.reason,
      element('label', { for: 'current-password' }, 'Current password'), this.current,
      element('label', { for: 'new-password' }, `New password (at least ${SHORTEST} characters)`), this.chosen,
      element('label', { for: 'repeated-password' }, 'New password again'), this.repeated,
      this.problem,
      this.submit,
      element('button', { type: 'button', class: 'quiet', id: 'password-later', onclick: () => this.close() }, 'Not now'),
      element('p', { class: 'fine' }, 'Other devices that are logged in as this user have to log in again.')));
  }

  field(id, minlength) {
    return element('input', {
      id, type: 'password', required: true, minlength, maxlength: '1024', oninput: () => this.compare(),
      autocomplete: minlength ? 'new-password' : 'current-password',
    });
  }

  /** Shows the form, with a word on why it is there unless it was asked for. */
  open(reason = null) {
    this.reason.textContent = reason ?? '';
    this.reason.hidden = reason === null;
    this.clear();
    this.hidden = false;
    this.scrollIntoView({ block: 'nearest' });
    this.current.focus();
  }

  close() {
    this.clear();
    this.hidden = true;
  }

  clear() {
    for (const field of [this.current, this.chosen, this.repeated]) field.value = '';
    this.compare();
    this.problem.replaceChildren();
  }

  compare() {
    this.repeated.setCustomValidity(this.repeated.value === this.chosen.value ? '' : 'The two are not the same.');
  }

  async send(event) {
    event.preventDefault();
    this.submit.disabled = true;
    this.problem.replaceChildren();
    try {
      await changePassword(this.current.value, this.chosen.value);
      this.close();
      this.dispatchEvent(new CustomEvent('changed'));
    } catch (error) {
      const note = error.status === 403 ? { title: 'Could not change the password', detail: error.detail } : error;
      this.problem.replaceChildren(problemNote(note));
      this.current.select();
    } finally {
      this.submit.disabled = false;
    }
  }
}

customElements.define('password-form', PasswordForm);
