/**
 * What an event of the progress model is about: which members of its payload tie a beginning to its end and a part to
 * its whole (docs/progress.md). Members may be missing or of any kind; what is neither text nor number is no name. Pure.
 */
import { memberOf } from './members.ts';

/** A name that a thing has: in which class of names, and which. Names of one class are compared with each other. */
export interface Name {
  readonly class: NameClass;
  readonly value: string;
}

/** `id`: for this thing alone. `about`: of the thing that it is done for. `name`: what it is called. */
export type NameClass = 'id' | 'about' | 'name';

/** The classes as bits, so that a set of them is a number. */
const CLASS_BITS: Readonly<Record<NameClass, number>> = { id: 1, about: 2, name: 4 };
/** So many sets of classes there are. */
export const CLASS_SETS = 8;

/** Characters of a name that are compared and shown. */
const LONGEST = 200;

const IDS = ['id', 'call_id', 'correlation_id', 'tool_use_id'];
const ABOUT = ['node_id', 'node'];
const NAMES = ['name', 'label', 'title', 'key', 'path', 'file', 'url'];

/** The members that may name a thing of one kind; made once for each kind. */
interface Members {
  readonly ids: readonly string[];
  readonly about: readonly string[];
  readonly names: readonly string[];
}

const known = new Map<string, Members>();
const MOST_KNOWN = 4096;

function membersOf(kind: string): Members {
  let members = known.get(kind);
  if (members === undefined) {
    const last = kind.slice(kind.lastIndexOf('_') + 1);
    // what a thing is called and its id are the same where things are counted, as levels are
    const isCounted = kind === 'level';
    const own = [...new Set([`${kind}_id`, `${last}_id`])];
    members = {
      ids: [...own, ...IDS, ...(isCounted ? ['level', 'index', 'number', 'depth', 'name', 'label'] : [])],
      about: last === 'node' ? [] : ABOUT,
      names: isCounted ? [] : [...new Set([kind, last, `${kind}_name`]), ...NAMES],
    };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(kind, members);
  }
  return members;
}

/** A member's value as a name; `undefined` for what is none. */
export function nameIn(payload: unknown, member: string): string | undefined {
  const value = memberOf(payload, member);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : undefined;
}

function first(payload: unknown, members: readonly string[]): string | undefined {
  for (const member of members) {
    const name = nameIn(payload, member);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The names that a payload gives to a thing of a kind, the most certain first; at most one of each class. */
export function namesOf(kind: string, payload: unknown): Name[] {
  const { ids, about, names } = membersOf(kind);
  const found: Name[] = [];
  const add = (name: NameClass, value: string | undefined): void => {
    if (value !== undefined) found.push({ class: name, value });
  };
  add('id', first(payload, ids));
  add('about', first(payload, about));
  add('name', first(payload, names));
  return found;
}

/** The set of the classes that names are of. */
export function classesOf(names: readonly Name[]): number {
  return names.reduce((set, name) => set | CLASS_BITS[name.class], 0);
}

/** What a thing is shown as: its name, what it is about, its id, or nothing. */
export function labelOf(kind: string, payload: unknown, names: readonly Name[]): string {
  for (const wanted of ['name', 'about', 'id'] as const) {
    const name = names.find((one) => one.class === wanted);
    if (name !== undefined && (wanted !== 'about' || !names.some((one) => one.class === 'id') || kind.endsWith('request')))
      return name.value;
  }
  return first(payload, ['provider', 'command', 'tool_name']) ?? '';
}
