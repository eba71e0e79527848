// A list that comes page by page, with the server's cursors.

import { element } from './elements.js';

/** The buttons below such a list, and the cursors of the pages up to the one shown. */
export class Paging {
  /** The first page has no cursor. */
  trail = [null];
  next = null;
  /** Counts the requests. */
  loads = 0;

  /** @param {() => void} turn loads the page of `cursor` */
  constructor({ label, back, forward, turn }) {
    this.back = this.button(back, () => { this.trail.pop(); turn(); });
    this.forward = this.button(forward, () => { this.trail.push(this.next); turn(); });
    this.page = element('span', { class: 'fine', role: 'status' });
    this.nav = element('nav', { class: 'paging', 'aria-label': label }, this.back, this.page, this.forward);
  }

  button(words, onclick) { return element('button', { type: 'button', disabled: true, onclick }, words); }

  get cursor() { return this.trail.at(-1); }

  restart() { this.trail = [null]; }

  /** What is on its way is not to be shown any more. */
  drop() { this.loads += 1; }

  /**
   * Loads the page of the present cursor. An answer that a later request has overtaken is dropped.
   * @param {(cursor: string|null) => Promise<{items: object[], next_cursor: string|null}>} fetch
   * @param {(items: object[]) => void} show
   * @param {(error: Error) => void} fail
   */
  async load(fetch, show, fail) {
    const load = ++this.loads;
    this.back.disabled = this.forward.disabled = true;
    let next = null;
    try {
      const page = await fetch(this.cursor);
      if (load !== this.loads) return;
      next = page.next_cursor;
      show(page.items);
    } catch (error) {
      if (load !== this.loads) return;
      fail(error);
    }
    this.turned(next);
  }

  /** A page has come; `next` is the cursor of the one after it, or `null`. */
  turned(next) {
    this.next = next;
    this.back.disabled = this.trail.length === 1;
    this.forward.disabled = next === null;
    this.page.textContent = `Page ${this.trail.length}`;
  }
}
