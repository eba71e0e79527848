// The only module that talks to the server: paths, credentials, problems.

// Where the refresh token waits for a reload of the page. sessionStorage rather than localStorage: it ends with the
// tab and no other tab reads it. Not a cookie: the API takes no ambient credential, so there is nothing for a
// cross-site request to ride on. The access token never leaves this module's memory.
const REFRESH_TOKEN = 'aibox.refresh-token';

/** What the server said went wrong (RFC 9457), or what kept us from asking it. */
export class Problem extends Error {
  constructor({ type = '', title, status = 0, detail = '', errors = [], request_id = null, retry_after = null }) {
    super(title);
    this.name = 'Problem';
    this.type = type;
    this.title = title;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestID = request_id;
    this.retryAfter = retry_after;
  }
}

/** Fires `ended` when the session is over and nobody asked for it. */
export const session = new EventTarget();

let accessToken = null;
let refreshing = null;

// A duplicated tab starts with a copy of the refresh token, which is good once: whoever exchanges it tells the others.
const tabs = new BroadcastChannel('aibox.session');
tabs.addEventListener('message', ({ data }) => {
  if (sessionStorage.getItem(REFRESH_TOKEN) === data.spent) sessionStorage.setItem(REFRESH_TOKEN, data.successor);
});

// Tabs take turns where the browser offers it (it does on https and on localhost).
const inTurn = (work) => (navigator.locks ? navigator.locks.request('aibox.refresh', work) : work());

function keep(answer) {
  accessToken = answer.access_token;
  sessionStorage.setItem(REFRESH_TOKEN, answer.refresh_token);
  return answer.user;
}

function forget() {
  accessToken = null;
  sessionStorage.removeItem(REFRESH_TOKEN);
}

/** Logs in and returns the user. */
export async function login(username, password) {
  return keep(await json(await send('auth/login', post({ username, password }))));
}

/** The user of a session that a reload interrupted, or `null`. */
export async function resume() {
  return sessionStorage.getItem(REFRESH_TOKEN) ? refresh() : null;
}

export async function logout() {
  try {
    await call('auth/logout', { method: 'POST' });
  } finally {
    forget();
  }
}

/** Ends the user's other sessions; this one goes on. */
export async function changePassword(current, chosen) {
  await call('auth/password', post({ current_password: current, new_password: chosen }));
}

/**
 * Looks for `tasks` in a picture.
 * @param {Blob} picture the encoded picture
 * @param {{tasks: string[], features: string[], saveImage: boolean, signal: AbortSignal,
 *   onProgress: (share: number) => void}} options `features`: `recognize`, `behavior`, `attributes`; `onProgress` gets
 *   0 to 1 while the picture travels
 */
export async function analyze(picture, { tasks, features, saveImage, signal, onProgress }) {
  const query = new URLSearchParams({ tasks: tasks.join(','), save_image: String(saveImage) });
  for (const feature of features) query.set(feature, 'true');
  const form = pictureForm(picture);
  return json(await authorized((token) => upload(`analyze?${query}`, form, { token, signal, onProgress })));
}

/** One page of stored items, newest first. */
export async function detections({ task, cursor, limit = 10 } = {}) {
  return json(await call(`analytics/detections?${pageQuery({ task, cursor, limit })}`));
}

/** One analysed picture with everything that was found in it. */
export async function inference(id) {
  return json(await call(`analytics/detections/${encodeURIComponent(id)}`));
}

/** The picture of a stored inference as a Blob. */
export async function storedPicture(id) {
  return (await call(`analytics/detections/${encodeURIComponent(id)}/image`)).blob();
}

/** One page of the gallery; `name` is the beginning of the names wanted. */
export async function persons({ name, cursor, limit = 20 } = {}) {
  return json(await call(`human-analysis/persons?${pageQuery({ name, cursor, limit })}`));
}

/** Adds a person without faces and returns it. `externalID` may be empty. */
export async function createPerson(name, externalID) {
  const person = externalID ? { name, external_id: externalID } : { name };
  return json(await call('human-analysis/persons', post(person)));
}

/** Deletes a person with the faces. */
export async function deletePerson(id) {
  await call(personPath(id), { method: 'DELETE' });
}

/** The faces by which a person is recognised. */
export async function faces(personID) {
  return (await json(await call(`${personPath(personID)}/faces`))).items;
}

/** Enrols the face of a picture. The problem of a picture that does not suit says why. */
export async function enrolFace(personID, picture, { saveImage }) {
  const form = pictureForm(picture);
  form.append('save_image', String(saveImage));
  return json(await call(`${personPath(personID)}/faces`, { method: 'POST', body: form }));
}

/** The aligned crop that was kept of a face, as a Blob. */
export async function faceCrop(personID, faceID) {
  return (await call(`${personPath(personID)}/faces/${encodeURIComponent(faceID)}/image`)).blob();
}

export async function deleteFace(personID, faceID) {
  await call(`${personPath(personID)}/faces/${encodeURIComponent(faceID)}`, { method: 'DELETE' });
}

/** One page of the plates that mean something. */
export async function knownPlates({ list, cursor, limit = 20 } = {}) {
  return json(await call(`vehicle-analysis/known-plates?${pageQuery({ list, cursor, limit })}`));
}

/** @param {{plate_number: string, label: string, list: string, notes?: string}} plate */
export async function addKnownPlate(plate) {
  return json(await call('vehicle-analysis/known-plates', post(plate)));
}

export async function deleteKnownPlate(id) {
  await call(`vehicle-analysis/known-plates/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function systemHealth() {
  return json(await call('system/health'));
}

const personPath = (id) => `human-analysis/persons/${encodeURIComponent(id)}`;

/** The query of a page; what is empty is not asked for. */
function pageQuery(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value));
}

function pictureForm(picture) {
  const form = new FormData();
  form.append('image', picture, 'picture');
  return form;
}

function call(path, options = {}) {
  return authorized((token) =>
    send(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } }));
}

/** Runs a request with the access token; after a 401 once more with a fresh one. */
async function authorized(request) {
  try {
    if (accessToken) return await request(accessToken);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  await refresh();
  return request(accessToken);
}

/** Exchanges the refresh token. Calls that fail together share one exchange, since the token is good once. */
function refresh() {
  refreshing ??= inTurn(exchange).finally(() => { refreshing = null; });
  return refreshing;
}

async function exchange() {
  const spent = sessionStorage.getItem(REFRESH_TOKEN);
  try {
    if (!spent) throw new Problem({ title: 'Not logged in', status: 401 });
    const answer = await json(await send('auth/refresh', post({ refresh_token: spent })));
    tabs.postMessage({ spent, successor: answer.refresh_token });
    return keep(answer);
  } catch (error) {
    if (error.status === 401 || error.status === 422) {
      forget();
      session.dispatchEvent(new Event('ended'));
    }
    throw error;
  }
}

function post(value) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', credentials: 'omit', ...options });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problem(response);
  return response;
}

/** Like `send`, by XMLHttpRequest: fetch does not tell how much of a body has left. */
function upload(path, body, { token, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const cancel = () => request.abort();
    request.open('POST', path);
    request.responseType = 'text';
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener('load', async () => {
      const response = new Response(request.responseText || null, { status: request.status });
      if (response.ok) resolve(response);
      else reject(await problem(response));
    });
    request.addEventListener('error', () => reject(unreachable()));
    request.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
    request.addEventListener('loadend', () => signal.removeEventListener('abort', cancel));
    signal.addEventListener('abort', cancel);
    request.send(body);
  });
}

async function json(response) {
  try {
    return await response.json();
  } catch {
    throw new Problem({
      title: 'The answer cannot be read',
      status: response.status,
      detail: 'Something between this page and the server changed it. Reload the page, or ask who runs the server.',
    });
  }
}

async function problem(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({
      title: `The server answered ${response.status}`,
      status: response.status,
      detail: 'It gave no reason. Try again, or ask who runs the server.',
    });
  }
}

function unreachable() {
  return new Problem({
    title: 'The server does not answer',
    detail: 'Check that it is running and that this device is connected, then try again.',
  });
}
