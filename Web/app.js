// Wires the parts of the page together; each part knows its own elements and nothing of the others.

import * as api from './api.js';
import { element } from './elements.js';
import { findingsOfAnswer, findingsOfInference } from './findings.js';
import './components/login-form.js';
import './components/password-form.js';
import './components/picture-drop.js';
import './components/result-view.js';
import './components/detections-list.js';
import './components/persons-gallery.js';
import './components/known-plates.js';
import './components/status-line.js';

/** Those who analyse pictures and change what is recognised. */
const OPERATING_ROLES = ['admin', 'operator'];
const READING_ROLES = ['admin', 'operator', 'analyst'];

const part = (selector) => document.querySelector(selector);
const loginForm = part('login-form');
const passwordForm = part('password-form');
const passwordChanged = part('#password-changed');
const workbench = part('#workbench');
const drop = part('picture-drop');
const result = part('result-view');
const list = part('detections-list');
const gallery = { persons: part('persons-gallery'), plates: part('known-plates') };
const views = part('.views');
const status = part('status-line');
const account = part('.account');

let signedIn = null;
let mayOperate = false;
let running = null;

function showLogin(message = null) {
  workbench.hidden = account.hidden = status.hidden = true;
  passwordForm.close();
  passwordChanged.hidden = true;
  status.stop();
  loginForm.hidden = false;
  loginForm.ask(message);
}

function showWorkbench(user) {
  // Another user does not see what the one before was looking at.
  if (signedIn !== user.id) forget();
  signedIn = user.id;
  mayOperate = OPERATING_ROLES.includes(user.role);
  loginForm.hidden = true;
  workbench.hidden = account.hidden = status.hidden = false;
  account.querySelector('.account-name').textContent = `${user.full_name ?? user.username} (${user.role})`;
  drop.forbid(mayOperate ? null : `The role ${user.role} may look at results, not analyse pictures.`);
  list.hidden = views.hidden = !READING_ROLES.includes(user.role);
  if (!list.hidden) list.reload();
  showView(shownView());
  status.start();
  if (user.must_change_password) passwordForm.open('This password was printed. Whoever can read that output can log in too: choose another.');
}

function forget() {
  result.clear();
  for (const view of Object.values(gallery)) view.clear();
  showView('analysis');
}

const shownView = () => part('[data-view][aria-current]').dataset.view;

function showView(name) {
  for (const button of views.children) {
    if (button.dataset.view === name) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
    part(`#view-${button.dataset.view}`).hidden = button.dataset.view !== name;
  }
  gallery[name]?.open(mayOperate);
}

async function analyze({ picture, tasks, features, saveImage }) {
  running?.abort();
  const { signal } = (running = new AbortController());
  drop.busy(true);
  result.expect(picture);
  try {
    const answer = await api.analyze(picture, {
      tasks, features, saveImage, signal, onProgress: (share) => result.progress(share),
    });
    result.show(picture, findingsOfAnswer(answer));
    if (!list.hidden) list.reload();
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    if (signal === running?.signal) drop.busy(false);
  }
}

/** Shows a stored inference in the place of a fresh answer. */
async function open({ inferenceID, hasImage }) {
  running?.abort();
  drop.busy(false);
  result.expect(null);
  result.scrollIntoView({ block: 'start' });
  try {
    const [record, picture] = await Promise.all([
      api.inference(inferenceID), hasImage ? api.storedPicture(inferenceID) : null,
    ]);
    result.show(picture, findingsOfInference(record));
  } catch (error) {
    fail(error);
  }
}

/** After a session has ended there is nothing to explain here: the login form asks, the picture waits to be sent. */
function fail(error) {
  if (error.status === 401) result.clear();
  else result.fail(error);
}

function cancel() {
  running?.abort();
  drop.busy(false);
  result.clear();
}

async function logout() {
  running?.abort();
  try {
    await api.logout();
  } catch {
    // The tokens are forgotten here either way; the server ends the session when it expires.
  }
  signedIn = null;
  forget();
  showLogin();
}

loginForm.addEventListener('login', ({ detail }) => showWorkbench(detail));
drop.addEventListener('analyze', ({ detail }) => analyze(detail));
drop.addEventListener('cancel', cancel);
list.addEventListener('open', ({ detail }) => open(detail));
views.addEventListener('click', ({ target }) => { if (target.dataset.view) showView(target.dataset.view); });
part('#logout').addEventListener('click', logout);
part('#change-password').addEventListener('click', () => { passwordChanged.hidden = true; passwordForm.open(); });
passwordForm.addEventListener('changed', () => { passwordChanged.hidden = false; });
api.session.addEventListener('ended', () => showLogin('Your session has ended. Log in again to go on.'));

try {
  const user = await api.resume();
  if (user) showWorkbench(user);
  else showLogin();
} catch (error) {
  // A session that has ended has already asked for a login; anything else is said here.
  if (error.status !== 401 && error.status !== 422) {
    showLogin();
    loginForm.prepend(element('p', { class: 'notice' }, `${error.title}. ${error.detail}`));
  }
}
