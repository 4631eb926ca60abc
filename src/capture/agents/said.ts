/**
 * Stage 1, agents: looks into what an agent said. Its shape is the agent's to change, so a member of another kind than
 * expected counts as missing, and JSON that was cut is read as far as it goes. Pure.
 */

/** What an agent said, as JSON; anything may be in it. */
export type Said = Readonly<Record<string, unknown>>;

/** Tells whether a value is an object, and no list. */
export function isSaid(value: unknown): value is Said {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is an object; an empty one where it is none. A text that holds one is read. */
export function saidIn(value: unknown, name: string): Said {
  if (!isSaid(value) || !Object.hasOwn(value, name)) return {};
  const member = value[name];
  if (typeof member === 'string' && member.startsWith('{')) return readSaid(member) ?? {};
  return isSaid(member) ? member : {};
}

/** A member that is a text and not empty; the first of several names that has one. */
export function textIn(value: unknown, ...names: readonly string[]): string | undefined {
  if (!isSaid(value)) return undefined;
  for (const name of names) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof member === 'string' && member !== '') return member;
  }
  return undefined;
}

/** A member that is a finite number and not negative; the first of several names that has one. */
export function numberIn(value: unknown, ...names: readonly string[]): number | undefined {
  if (!isSaid(value)) return undefined;
  for (const name of names) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof member === 'number' && Number.isFinite(member) && member >= 0) return member;
  }
  return undefined;
}

/** A member that is a list; empty where there is none. */
export function listIn(value: unknown, name: string): readonly unknown[] {
  const member = isSaid(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return Array.isArray(member) ? member : [];
}

/** Characters that are tried as an end, one after the other, where the last member was cut in the middle. */
const CUTS = 64;

/**
 * Reads a JSON object, also one whose end was cut: what is left of it is closed. `undefined` where it is no object at all.
 *
 * @example
 * readSaid('{"tool":"Write","input":{"path":"a","content":"lorem ip') // { tool: 'Write', input: { path: 'a', content: 'lorem ip' } }
 */
export function readSaid(text: string): Said | undefined {
  const whole = parsed(text);
  if (whole !== undefined || !/^\s{0,100}\{/.test(text)) return whole;
  const { open, inText, ends } = outline(text);
  if (open.length === 0) return undefined;
  const close = (count: number): string => open.slice(0, count).toReversed().join('');
  // an escape may have been cut; the text before it stands
  const cut = text.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '');
  const begun = inText ? parsed(`${cut}"${close(open.length)}`) : parsed(text + close(open.length));
  if (begun !== undefined) return begun;
  for (const { at, depth } of ends.slice(-CUTS).toReversed()) {
    const rest = parsed(text.slice(0, at) + close(depth));
    if (rest !== undefined) return rest;
  }
  return undefined;
}

function parsed(text: string): Said | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSaid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Outline {
  /** What would close each container that is open at the end. */
  readonly open: readonly string[];
  readonly inText: boolean;
  /** Where a member could end, and how many containers are open there. */
  readonly ends: readonly { readonly at: number; readonly depth: number }[];
}

function outline(text: string): Outline {
  const open: string[] = [];
  const ends: { at: number; depth: number }[] = [];
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inText) {
      if (char === '\\') at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === '{') open.push('}');
    else if (char === '[') open.push(']');
    else if (char === '}' || char === ']') open.pop();
    else if (char === ',') {
      ends.push({ at, depth: open.length });
      if (ends.length > 2 * CUTS) ends.splice(0, CUTS);
    }
  }
  return { open, inText, ends };
}
