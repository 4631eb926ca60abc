/** The panel beside the list: overview, event, progress; each is filled when it is first looked at. */
import { button, el } from './dom.ts';

export interface Tab {
  readonly name: string;
  readonly label: string;
  fill(panel: HTMLElement): void;
}

export class Panel {
  readonly element: HTMLElement;
  readonly #tabs: readonly { readonly tab: Tab; readonly button: HTMLElement; readonly panel: HTMLElement; isStale: boolean }[];
  #open = '';

  constructor(tabs: readonly Tab[], { close, step }: { readonly close: () => void; readonly step: (by: 1 | -1) => void }) {
    this.#tabs = tabs.map((tab) => ({
      tab,
      button: button(tab.label, () => this.open(tab.name), { role: 'tab', id: `tab-${tab.name}`, aria: { controls: `panel-${tab.name}` } }),
      panel: el('div', {
        class: 'tabpanel',
        role: 'tabpanel',
        id: `panel-${tab.name}`,
        tabindex: 0,
        aria: { labelledby: `tab-${tab.name}` },
      }),
      isStale: true,
    }));
    const list = el('div', { class: 'tabs', role: 'tablist', aria: { label: 'About the trace' } }, ...this.#tabs.map((tab) => tab.button));
    list.addEventListener('keydown', (event) => this.#moved(event));
    const back = button('Previous event', () => step(-1), { class: 'icon shut' }, '\u2039');
    const on = button('Next event', () => step(1), { class: 'icon shut' }, '\u203a');
    const shut = button('Close the panel', close, { class: 'icon shut' }, '\u00d7');
    this.element = el(
      'aside',
      { class: 'panel', aria: { label: 'About the trace' } },
      el('div', { class: 'tab-row' }, list, back, on, shut),
      ...this.#tabs.map(({ panel }) => panel),
    );
    const [first] = tabs;
    if (first !== undefined) this.open(first.name);
  }

  get opened(): string {
    return this.#open;
  }

  open(name: string): void {
    this.#open = name;
    for (const entry of this.#tabs) {
      const isOpen = entry.tab.name === name;
      entry.panel.hidden = !isOpen;
      entry.button.setAttribute('aria-selected', String(isOpen));
      entry.button.setAttribute('tabindex', isOpen ? '0' : '-1');
      if (isOpen && entry.isStale) this.#fill(entry);
    }
  }

  /** Says that what a tab shows has changed. */
  renew(name: string): void {
    const entry = this.#tabs.find(({ tab }) => tab.name === name);
    if (entry === undefined) return;
    entry.isStale = true;
    if (this.#open === name) this.#fill(entry);
  }

  #fill(entry: { readonly tab: Tab; readonly panel: HTMLElement; isStale: boolean }): void {
    entry.isStale = false;
    entry.tab.fill(entry.panel);
    entry.panel.scrollTop = 0;
  }

  #moved(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = this.#tabs.findIndex(({ tab }) => tab.name === this.#open);
    const next = this.#tabs[(at + by + this.#tabs.length) % this.#tabs.length];
    if (next === undefined) return;
    this.open(next.tab.name);
    next.button.focus();
  }
}
