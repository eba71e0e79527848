// Building the page from values. Text always becomes a text node, so nothing the server sends is read as HTML.

/** Makes an element. Attributes whose value is false, null or undefined are left out; `on…` are listeners. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Plain words for the titles that HTTP gives to statuses. */
const PLAIN_TITLES = {
  401: 'Please log in again',
  403: 'Not allowed',
  404: 'Not found',
  408: 'The upload took too long',
  409: 'In conflict with what is there',
  413: 'Too large',
  415: 'Not a picture that the server reads',
  422: 'Not accepted',
  429: 'Too many requests',
  503: 'Not available at the moment',
};

/** A problem as people read it: what happened, what to do, and the identifier to quote. */
export function problemNote(problem) {
  const plain = problem.type === 'about:blank' || problem.status === 422 ? PLAIN_TITLES[problem.status] : null;
  const fields = (problem.errors ?? []).map(({ field, message }) =>
    element('li', {}, element('b', {}, field), ` ${message}`));
  const retry = problem.retryAfter > 0 ? `Try again in ${problem.retryAfter} s.` : null;
  return element('div', { class: 'problem', role: 'alert' },
    element('p', { class: 'problem-title' }, plain ?? problem.title ?? 'Something went wrong on this page'),
    fields.length > 0 ? element('ul', {}, ...fields) : element('p', {}, problem.detail || String(problem.message)),
    retry && element('p', {}, retry),
    problem.requestID && element('p', { class: 'fine' }, `Request ${problem.requestID}`));
}

export const percent = (share) => `${Math.round(share * 100)} %`;
