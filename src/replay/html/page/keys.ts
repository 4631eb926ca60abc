/** The keyboard: every key that the page knows, in one table that the help is made of too. */
import { button, el } from './dom.ts';

export interface Key {
  /** As KeyboardEvent.key says it; several mean the same. */
  readonly keys: readonly string[];
  /** How the help writes them. */
  readonly shown: string;
  readonly does: string;
  press(): void;
}

/** Where single keys would be typed, or mean something of their own. A dialog that has just closed still has the focus for a moment. */
const TYPED = 'input:not([type=checkbox]), select, textarea, dialog[open], [contenteditable]';

export class Keyboard {
  readonly dialog: HTMLDialogElement;
  readonly #keys: readonly Key[];
  readonly #single = el('input', { type: 'checkbox', id: 'single-keys' });

  constructor(keys: readonly Key[]) {
    this.#keys = keys;
    this.#single.checked = true;
    const rows = keys.flatMap(({ shown, does }) => [
      el('dt', {}, ...shown.split(' ').map((key) => (key === 'or' ? ' or ' : el('kbd', {}, key)))),
      el('dd', {}, does),
    ]);
    const close = button('Close', () => this.dialog.close());
    this.dialog = el(
      'dialog',
      { id: 'help', aria: { labelledby: 'help-title' } },
      el('h2', { id: 'help-title' }, 'Keys'),
      el('dl', {}, ...rows),
      el('p', {}, el('label', { for: 'single-keys' }, this.#single, ' letters are keys')),
      el('p', { class: 'actions' }, close),
    );
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  toggleHelp(): void {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    if (target instanceof Element && target.closest(TYPED) !== null) return;
    // a button is pressed by these, a slider and a tab are moved by those
    if (target instanceof Element && /^( |Enter)$/.test(key) && target.closest('button, summary, a, [role=tab]') !== null) return;
    if (target instanceof Element && key.startsWith('Arrow') && target.closest('[role=tab], .panel') !== null) return;
    if (!this.#single.checked && key.length === 1 && key !== '?') return;
    const found = this.#keys.find(({ keys }) => keys.includes(key));
    if (found === undefined) return;
    event.preventDefault();
    found.press();
  }
}
