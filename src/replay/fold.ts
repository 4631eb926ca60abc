/**
 * Folds the noise of a scene: looking around, an agent's tool calls, one file saved again and again. What changed the
 * course (failures, tests, commits, notes, prompts) always stands for itself. Pure; nothing is left out uncounted.
 */
import { onlyLooks } from '../timeline/looking.ts';
import { memberOf, numberOf, textOf } from '../timeline/members.ts';
import { commandPassed, testPassed } from '../timeline/outcome.ts';
import type { EventItem, GapItem, Item } from '../timeline/timeline.ts';
import { counted } from '../timeline/words.ts';

export type Row =
  | { readonly kind: 'event'; readonly item: EventItem }
  | { readonly kind: 'gap'; readonly item: GapItem }
  /** A command and the tests that it ran. */
  | { readonly kind: 'run'; readonly command: EventItem; readonly test: EventItem }
  /** Edits of one file, the first of them giving the time. */
  | { readonly kind: 'edits'; readonly file: string; readonly items: readonly EventItem[] }
  | { readonly kind: 'files'; readonly items: readonly EventItem[]; readonly files: readonly string[] }
  | { readonly kind: 'noise'; readonly items: readonly EventItem[]; readonly summary: string };

/** So many events of little weight in a row stand for themselves; more become one line. */
const FEW = 3;
/** So many files edited in a row have a line each. */
const FILES = 6;

/** Which folding is wanted. */
export interface Folding {
  readonly noise: boolean;
  readonly edits: boolean;
  /** Commands with the tests that they ran. */
  readonly runs: boolean;
  /** How an event that is told as a node is counted among others; null where it stands for itself. */
  readonly nodeOf?: (item: EventItem) => { readonly kind: string; readonly label: string } | null | undefined;
}

/** Folds the items of one scene. */
export function foldScene(items: readonly Item[], what: Folding): Row[] {
  const rows: Row[] = [];
  const places = items.filter((item) => item.kind === 'event').map(({ seq }) => seq);
  // a reversed story falls
  const direction = (places[0] ?? 0) <= (places.at(-1) ?? 0) ? 1 : -1;
  let noise: EventItem[] = [];
  let edits = new Map<string, EventItem[]>();

  const close = (): void => {
    const stretch: Row[] = [];
    if (noise.length > FEW) stretch.push({ kind: 'noise', items: noise, summary: summaryOf(noise, what) });
    else stretch.push(...noise.map((item): Row => ({ kind: 'event', item })));
    const perFile = [...edits].map(([file, of]): Row => {
      const [only] = of;
      return of.length === 1 && only !== undefined ? { kind: 'event', item: only } : { kind: 'edits', file, items: of };
    });
    if (edits.size <= FILES || !what.edits) stretch.push(...perFile);
    else {
      const kept = FILES - 1;
      stretch.push(...perFile.slice(0, kept), {
        kind: 'files',
        items: [...edits.values()].slice(kept).flat(),
        files: [...edits.keys()].slice(kept),
      });
    }
    rows.push(...stretch.sort((a, b) => (placeOf(a) - placeOf(b)) * direction));
    noise = [];
    edits = new Map();
  };

  for (const item of items) {
    if (item.kind === 'gap') {
      close();
      rows.push({ kind: 'gap', item });
      continue;
    }
    const file = item.entry.event.type === 'edit' ? textOf(item.entry.event.payload, 'file') : undefined;
    if (file !== undefined) {
      const key = what.edits ? file : `${item.seq}`;
      const of = edits.get(key);
      if (of === undefined) edits.set(key, [item]);
      else of.push(item);
    } else if (what.noise && isNoise(item, what)) noise.push(item);
    else {
      close();
      const before = what.runs ? rows.at(-1) : undefined;
      if (before?.kind === 'event' && isRunOf(item, before.item)) rows[rows.length - 1] = { kind: 'run', command: before.item, test: item };
      else rows.push({ kind: 'event', item });
    }
  }
  close();
  return rows;
}

/** The events of a row. */
export function eventsOf(row: Row): readonly EventItem[] {
  if (row.kind === 'run') return [row.command, row.test];
  return row.kind === 'event' ? [row.item] : row.kind === 'gap' ? [] : row.items;
}

function placeOf(row: Row): number {
  return eventsOf(row)[0]?.seq ?? 0;
}

/** Whether an event tells the tests that a command ran, and that both ended alike. */
function isRunOf({ entry: { event: test } }: EventItem, { entry: { event: command } }: EventItem): boolean {
  if (test.type !== 'test' || command.type !== 'command' || test.session !== command.session) return false;
  const text = textOf(test.payload, 'command');
  return text !== undefined && text === textOf(command.payload, 'command') && commandPassed(command.payload) === testPassed(test.payload);
}

/** Whether an event only looks around, and went well, or is one of many that did. */
function isNoise(item: EventItem, { nodeOf }: Folding): boolean {
  const { type, payload } = item.entry.event;
  const node = nodeOf?.(item);
  if (node !== undefined) return node !== null;
  if (type === 'navigation' || type === 'environment') return true;
  if (type === 'tool_call') return textOf(payload, 'status') !== 'failed';
  if (type !== 'command' || !commandPassed(payload)) return false;
  return memberOf(payload, 'hidden') === true || onlyLooks(textOf(payload, 'command') ?? '');
}

const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  command: ['quiet command', 'quiet commands'],
  environment: ['environment snapshot', 'environment snapshots'],
  navigation: ['move of the cursor', 'moves of the cursor'],
  tool_call: ['tool call', 'tool calls'],
};

/** Sums quiet events up: `12 tool calls (Read 7, Edit 5), 4 quiet commands (ls, cat)`. */
export function summaryOf(items: readonly EventItem[], { nodeOf }: Pick<Folding, 'nodeOf'> = {}): string {
  const types = new Map<string, Map<string, number>>();
  for (const item of items) {
    const { payload } = item.entry.event;
    const node = nodeOf?.(item);
    const type = node?.kind ?? item.entry.event.type;
    const names = types.get(type) ?? new Map<string, number>();
    const name = node?.label ?? nameOf(type, payload);
    names.set(name, (names.get(name) ?? 0) + 1);
    types.set(type, names);
  }
  return [...types]
    .map(([type, names]) => {
      const [one = `${type} complete`, many = `${type}s complete`] = Object.hasOwn(NAMES, type) ? (NAMES[type] ?? []) : [];
      const total = [...names.values()].reduce((sum, count) => sum + count, 0);
      const listed = [...names].filter(([name]) => name !== '').sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const shown = listed.slice(0, 5).map(([name, count]) => (count > 1 ? `${name} ×${count}` : name));
      const words = counted(total, one, many);
      return shown.length === 0 ? words : `${words} (${shown.join(', ')}${listed.length > shown.length ? ', …' : ''})`;
    })
    .join(', ');
}

function nameOf(type: string, payload: unknown): string {
  if (type === 'tool_call') return textOf(payload, 'tool_name') ?? '';
  if (type !== 'command') return '';
  const words = (textOf(payload, 'command') ?? '').trim().split(/\s+/);
  return words[0] === 'git' ? words.slice(0, 2).join(' ') : (words[0] ?? '');
}

/** Lines that edits added and deleted together. */
export function sumOfEdits(items: readonly EventItem[]): { additions: number; deletions: number } {
  const sum = (name: string): number => items.reduce((total, { entry }) => total + (numberOf(entry.event.payload, name) ?? 0), 0);
  return { additions: sum('additions'), deletions: sum('deletions') };
}
