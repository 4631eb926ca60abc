/**
 * Stage 1, installing: puts our hooks into the text of an agent's settings, and takes them out again. What stood there
 * stays as it was, byte for byte, comments and all. Pure: from text to text.
 */
import { type Item, type Node, readTree, valueAt } from './settings-tree.ts';

/** Something to be put in: an item at the end of the list at `path`, which is made if it is not there; or a value. */
export interface Addition {
  readonly path: readonly string[];
  readonly item?: unknown;
  /** Set only where nothing stands. */
  readonly value?: unknown;
}

export interface Added {
  readonly text: string;
  /** What was put in, piece by piece. */
  readonly pieces: readonly string[];
}

/** What all our commands hold, as JSON writes it. */
export const MARK = '/trace/agent.sh\\" ';

/**
 * The settings with our hooks. `undefined` where the text is not understood, and so better left alone.
 *
 * @param text `undefined` where there is no file
 */
export function withAdditions(text: string | undefined, additions: readonly Addition[]): Added | undefined {
  if (text === undefined || text.trim() === '') {
    const made = `${JSON.stringify(additions.reduce(put, {}), null, 2)}\n`;
    return { text: `${text ?? ''}${made}`, pieces: [made] };
  }
  let now = text;
  const pieces: string[] = [];
  // what is missing is put in level by level: all hooks of a file without any are one piece
  for (const group of grouped(text, additions)) {
    const added = addGroup(now, group);
    if (added === undefined) return undefined;
    now = added.text;
    pieces.push(added.piece);
  }
  return { text: now, pieces };
}

/** The settings without our hooks: by the pieces that were put in or, where these were touched, by our mark. */
export function withoutAdditions(text: string, pieces: readonly string[]): string {
  let rest = text;
  for (const piece of pieces.toReversed()) {
    const at = rest.indexOf(piece);
    if (at < 0 || rest.indexOf(piece, at + 1) >= 0) return withoutMarked(text);
    rest = rest.slice(0, at) + rest.slice(at + piece.length);
  }
  return rest;
}

/** Takes out every item of a list that holds our mark, and what is empty without it. */
export function withoutMarked(text: string): string {
  let rest = text;
  for (let root = readTree(rest); root !== undefined; root = readTree(rest)) {
    const found = marked(rest, root, []);
    if (found === undefined) return rest;
    rest = cut(rest, found);
  }
  return rest;
}

interface Found {
  readonly holder: Node;
  readonly item: Item;
}

/** The outermost item that holds nothing but our hook. */
function marked(text: string, node: Node, above: readonly Found[]): Found | undefined {
  for (const item of node.items) {
    const { value } = item;
    if (!text.slice(value.start, value.end).includes(MARK)) continue;
    const steps = [...above, { holder: node, item }];
    // an object in a list is an entry: one of ours, or one with ours among others
    if (node.kind === 'list' && entriesIn(text, value) <= 1) return outermost(steps);
    const inner = marked(text, value, steps);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** How many commands an entry holds. */
function entriesIn(text: string, node: Node): number {
  const hooks = valueAt(node, 'hooks');
  return hooks === undefined ? (text.slice(node.start, node.end).includes(MARK) ? 1 : 0) : hooks.items.length;
}

/** Of steps from the outside to ours, the first whose item would hold nothing without ours. */
function outermost(steps: readonly Found[]): Found | undefined {
  let at = steps.length - 1;
  while (at > 0 && steps[at]?.holder.items.length === 1) at--;
  return steps[at];
}

/** Takes an item out, with the comma and the blanks that it needed. */
function cut(text: string, { holder, item }: Found): string {
  const index = holder.items.indexOf(item);
  const [before, after] = [holder.items[index - 1], holder.items[index + 1]];
  if (before !== undefined) return text.slice(0, before.value.end) + text.slice(item.value.end);
  if (after !== undefined) return text.slice(0, item.start) + text.slice(after.start);
  return text.slice(0, holder.start + 1) + text.slice(holder.end - 1);
}

interface Group {
  /** The object or list that is there. */
  readonly path: readonly string[];
  /** Its new item; an object's has a name. */
  readonly name: string | undefined;
  readonly value: unknown;
}

/** What is to be put where, given what is there. */
function grouped(text: string, additions: readonly Addition[]): Group[] {
  const root = readTree(text);
  const groups = new Map<string, Group>();
  for (const addition of additions) {
    const { path, item } = addition;
    let depth = 0;
    while (depth < path.length && valueAt(root, ...path.slice(0, depth + 1)) !== undefined) depth++;
    if (depth === path.length) {
      if (item !== undefined) groups.set(JSON.stringify(path), { path, name: undefined, value: item });
      continue;
    }
    const [there, name] = [path.slice(0, depth), path[depth] ?? ''];
    const key = JSON.stringify([...there, name]);
    const before = groups.get(key)?.value;
    const holder = put(before === undefined ? {} : { [name]: before }, { ...addition, path: path.slice(depth) });
    groups.set(key, { path: there, name, value: holder[name] });
  }
  return [...groups.values()];
}

/** A value with an addition in it. */
function put(value: Record<string, unknown>, { path, item, value: set }: Addition): Record<string, unknown> {
  const [name = '', ...rest] = path;
  const before = value[name];
  if (rest.length > 0) return { ...value, [name]: put((before ?? {}) as Record<string, unknown>, { path: rest, item, value: set }) }; // made here
  if (item === undefined) return { ...value, [name]: before ?? set };
  return { ...value, [name]: [...(Array.isArray(before) ? before : []), item] };
}

function addGroup(text: string, { path, name, value }: Group): { text: string; piece: string } | undefined {
  const holder = valueAt(readTree(text), ...path);
  if (holder === undefined || holder.kind !== (name === undefined ? 'list' : 'object')) return undefined;
  const isLong = text.slice(holder.start, holder.end).includes('\n') || holder.items.length === 0;
  const outer = indentAt(text, holder.start);
  const first = holder.items[0];
  const own = first === undefined ? undefined : ownLine(text, first.start);
  const unit = unitOf(text);
  const inner = own ?? outer + unit;
  const label = name === undefined ? '' : `${JSON.stringify(name)}: `;
  const body = label + (isLong ? JSON.stringify(value, null, unit).replaceAll('\n', `\n${inner}`) : JSON.stringify(value));
  const last = holder.items.at(-1);
  const at = last === undefined ? holder.start + 1 : last.value.end;
  const made = last === undefined ? `\n${inner}${body}\n${outer}` : isLong ? `,\n${inner}${body}` : `, ${body}`;
  const piece = text.includes('\r\n') ? made.replaceAll('\n', '\r\n') : made;
  return { text: text.slice(0, at) + piece + text.slice(at), piece };
}

/** What a line begins with, the one that holds this place. */
function indentAt(text: string, at: number): string {
  const begin = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(begin, at))?.[0] ?? '';
}

/** The indentation of what stands first on its line; `undefined` where something stands before it. */
function ownLine(text: string, at: number): string | undefined {
  const begin = text.lastIndexOf('\n', at - 1) + 1;
  const before = text.slice(begin, at);
  return begin > 0 && before.trim() === '' ? before : undefined;
}

function unitOf(text: string): string {
  const first = readTree(text)?.items[0];
  const own = first === undefined ? undefined : ownLine(text, first.start);
  return own === undefined || own === '' ? '  ' : own;
}
