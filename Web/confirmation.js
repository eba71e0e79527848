import { element } from './elements.js';

/**
 * Asks before something is lost. The keyboard starts on the harmless answer and Escape gives it.
 * @param {string} question @param {string} consequence @param {string} action what the button that does it says
 * @returns {Promise<boolean>}
 */
export function confirmed(question, consequence, action) {
  return new Promise((resolve) => {
    const dialog = element('dialog', {
      class: 'card', 'aria-labelledby': 'confirmation-title',
      onclose: () => {
        dialog.remove();
        resolve(dialog.returnValue === 'yes');
      },
    },
    element('h2', { id: 'confirmation-title', dir: 'auto' }, question),
    element('p', {}, consequence),
    element('div', { class: 'actions' },
      element('button', { type: 'button', autofocus: true, onclick: () => dialog.close('no') }, 'Keep'),
      element('button', { type: 'button', class: 'danger', onclick: () => dialog.close('yes') }, action)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
