import { login } from '../api.js';
import { element, problemNote } from '../elements.js';

/** Asks for user name and password. Fires `login` with the user. */
class LoginForm extends HTMLElement {
  connectedCallback() {
    this.username = element('input', {
      id: 'username', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false',
      required: true, maxlength: '128',
    });
    this.password = element('input', {
      id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', required: true,
      maxlength: '1024',
    });
    this.submit = element('button', { class: 'primary' }, 'Log in');
    this.message = element('p', { class: 'notice', role: 'status', hidden: true });
    this.problem = element('div');
    this.replaceChildren(element('form', { class: 'card login', onsubmit: (event) => this.send(event) },
      element('h1', {}, 'Log in'),
      this.message,
      element('label', { for: 'username' }, 'User name'), this.username,
      element('label', { for: 'password' }, 'Password'), this.password,
      this.problem,
      this.submit,
      element('p', { class: 'fine' }, 'The first password was printed when the server started for the first time.')));
  }

  /** Starts afresh, with a word on why. */
  ask(message) {
    this.message.textContent = message ?? '';
    this.message.hidden = message === null;
    this.problem.replaceChildren();
    this.password.value = '';
    (this.username.value ? this.password : this.username).focus();
  }

  async send(event) {
    event.preventDefault();
    this.submit.disabled = true;
    this.problem.replaceChildren();
    try {
      const user = await login(this.username.value, this.password.value);
      this.password.value = '';
      this.dispatchEvent(new CustomEvent('login', { detail: user }));
    } catch (error) {
      const note = error.status === 401 ? { title: 'Could not log in', detail: error.detail } : error;
      this.problem.replaceChildren(problemNote(note));
      this.password.select();
    } finally {
      this.submit.disabled = false;
    }
  }
}

customElements.define('login-form', LoginForm);
