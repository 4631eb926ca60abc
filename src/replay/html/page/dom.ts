/**
 * The one way into the document: elements made of a tag, attributes that are named here, and children. A text becomes a
 * text node and nothing else; no attribute here can run or load anything.
 */
import { visibleText } from '../../../timeline/visible-text.ts';

export type Child = Node | string | undefined | false;

export interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly role?: string;
  readonly type?: string;
  readonly title?: string;
  readonly for?: string;
  readonly tabindex?: number;
  readonly placeholder?: string;
  readonly value?: string;
  /** A place in this page: `#e12`. Nothing else is ever linked. */
  readonly to?: string;
  /** A link to this page as it was opened first. */
  readonly isHome?: boolean;
  readonly aria?: Readonly<Record<string, string | number | boolean>>;
  readonly data?: Readonly<Record<string, string | number>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
}

/** Makes an element. Texts from events must have passed {@link shown}. */
export function el<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  const { class: names, to, isHome, aria = {}, data = {}, on = {}, ...plain } = attributes;
  if (names !== undefined && names !== '') element.className = names;
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) element.setAttribute(name, String(value));
  if (to !== undefined) element.setAttribute('href', `#${to.replaceAll(/[^0-9A-Za-z-]/g, '')}`);
  if (isHome === true) element.setAttribute('href', '');
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, String(value));
  for (const [name, value] of Object.entries(data)) element.dataset[name] = String(value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** A text from an event as a reader may see it: what is invisible made visible. @param lines keep newlines and tabs */
export function shown(text: string, lines: boolean = false): string {
  return visibleText(text, lines);
}

/** A button that says what it does. */
export function button(label: string, press: () => void, attributes: Attributes = {}, ...children: Child[]): HTMLButtonElement {
  const own = children.length === 0 ? [label] : children;
  const aria = children.length === 0 ? {} : { label };
  return el('button', { type: 'button', ...attributes, aria: { ...aria, ...attributes.aria }, on: { click: press } }, ...own);
}

/** Words for screen readers alone. */
export function unseen(text: string): HTMLElement {
  return el('span', { class: 'unseen' }, text);
}

/** Puts children in the place of those that were there. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== undefined && child !== false));
}
