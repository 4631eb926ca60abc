/** One row of the list: an event in the words of the text view, what failed beneath it, notes and prompts in full. */
import { isClonesOwn } from '../../../timeline/cast.ts';
import { counted, duration, timeOfDay } from '../../../timeline/words.ts';
import { foldScene } from '../../fold.ts';
import type { Span } from '../../paint.ts';
import { tell } from '../../tell.ts';
import type { Told } from '../../told.ts';
import { button, el, shown, unseen } from './dom.ts';
import type { Replay } from './replay.ts';
import type { Row } from './rows.ts';
import { wordsOf } from './search.ts';

/** Columns that words may take before they are cut; the page's own width cuts them before that. */
const COLUMNS = 240;
/** Pixels: a row, a day's heading, an actor's heading, a note. */
const [ROW, OPENING, ACTOR, NOTE] = [31, 52, 38, 64];

/** How high a row will be, about. */
export function guessHeight({ trace }: Replay, row: Row): number {
  const begin = (row.opening === undefined ? 0 : OPENING) + (row.actor === undefined ? 0 : ACTOR);
  const isNote = row.kind === 'event' && trace.weightOf(row.event) === 'note';
  return begin + (isNote ? NOTE : ROW);
}

/** The colour that stands for an actor: its class. */
export function actorColor(replay: Replay, session: string): string {
  return `c${replay.colorOf(session)}`;
}

/** The element of a row. */
export function rowElement(replay: Replay, place: number): HTMLElement {
  const row = replay.rows[place];
  if (row === undefined) return el('article');
  const first = row.kind === 'event' ? row.event : row.kind === 'fold' ? (row.events[0] ?? 0) : undefined;
  const line =
    row.kind === 'event'
      ? eventLine(replay, row.event, place)
      : row.kind === 'fold'
        ? foldLine(replay, row.events)
        : gapLine(replay, row.gap);
  const label = `row-${place}`;
  line[0]?.setAttribute('id', label);
  return el(
    'article',
    {
      class: rowClass(replay, row, first),
      tabindex: -1,
      aria: { posinset: place + 1, setsize: replay.rows.length, labelledby: label },
      data: { row: place, ...(first === undefined ? {} : { event: first }) },
    },
    row.opening !== undefined && el('h2', { class: 'opening' }, el('span', {}, row.opening)),
    row.actor !== undefined && actorHeading(replay, row),
    ...line,
  );
}

function rowClass(replay: Replay, row: Row, first: number | undefined): string {
  if (row.kind === 'gap' || first === undefined) return 'row gap';
  const { trace } = replay;
  const color = actorColor(replay, trace.sessionOf(first));
  if (row.kind === 'fold') return `row fold ${color}`;
  const hit = replay.query !== '' && replay.isHit(first) ? ' hit' : '';
  return `row w-${trace.weightOf(first)} t-${trace.typeOf(first)} ${color}${hit}`;
}

function actorHeading(replay: Replay, { actor }: Row): HTMLElement {
  const { name = '', kind, session } = actor ?? {};
  const said = [
    kind === 'person' && session !== undefined && !isClonesOwn(session.session) ? (session.tool ?? '') : '',
    session?.developer?.os ?? '',
  ].filter((word) => word !== '');
  const status = session?.status ?? '';
  return el(
    'h3',
    { class: `actor ${session === undefined ? '' : actorColor(replay, session.session)}` },
    el('span', { class: 'face', aria: { hidden: true } }, kind === 'agent' ? '\u2726' : kind === 'ci' ? '\u2699' : initials(name)),
    el('span', { class: 'name' }, shown(name)),
    said.length > 0 && el('span', { class: 'said' }, shown(said.join(' \u00b7 '))),
    (status === 'active' || status === 'failed') && el('span', { class: `chip s-${status}` }, status),
  );
}

/** Up to two letters that stand for a person. */
export function initials(name: string): string {
  const letters = shown(name)
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  return letters.length > 2 ? `${letters[0]}${letters.at(-1)}` : letters.join('') || '\u2022';
}

function eventLine(replay: Replay, event: number, place: number): HTMLElement[] {
  const { trace } = replay;
  const type = trace.typeOf(event);
  const payload = trace.payloadOf(event);
  const weight = trace.weightOf(event);
  const told = tell(type, payload, { columns: COLUMNS, patch: false, all: false, testsFollow: testsFollow(replay, place) });
  const text = weight === 'note' && typeof payload['text'] === 'string' ? payload['text'] : undefined;
  const target = typeof payload['target'] === 'string' ? payload['target'] : undefined;
  const words = text === undefined ? told.words : [];
  const line = el(
    'div',
    { class: 'line' },
    time(replay, event),
    el('span', { class: `symbol ${told.style}`, aria: { hidden: true } }, told.symbol),
    unseen(`${weight === 'failure' ? 'failed ' : ''}${type.replaceAll('_', ' ')}: `),
    text === undefined
      ? el('span', { class: 'words' }, ...spans(words, replay.query))
      : el(
          'span',
          { class: 'text' },
          ...marked(shown(text.trim(), true), replay.query),
          target !== undefined && el('span', { class: 'target' }, `on ${shown(target)}`),
        ),
    el('span', { class: 'result' }, ...spans(told.result ?? [], ''), ...green(replay, event), ...clock(replay, event)),
  );
  return [line, ...(text === undefined ? belowOf(told, replay.query) : [])];
}

/** Whether failing tests are told right after: a failed command then needs to give their causes only. */
function testsFollow({ rows, trace }: Replay, place: number): boolean {
  return rows
    .slice(place + 1, place + 4)
    .some((row) => row.kind === 'event' && trace.typeOf(row.event) === 'test' && trace.weightOf(row.event) === 'failure');
}

function belowOf(told: Told, query: string): HTMLElement[] {
  const lines = (told.below ?? []).map((line) => el('div', {}, ...spans(line, query)));
  return lines.length === 0 ? [] : [el('div', { class: 'below code' }, ...lines)];
}

function foldLine(replay: Replay, events: readonly number[]): HTMLElement[] {
  const [first = 0] = events;
  const last = events.at(-1) ?? first;
  const { trace } = replay;
  const [row] = foldScene(
    events.slice(0, 1_000).map((event) => trace.itemOf(event)),
    { noise: true, edits: false, runs: false },
  );
  const words = row?.kind === 'noise' && events.length <= 1_000 ? row.summary : `${events.length} events of little weight`;
  const spent = Math.abs((trace.at[last] ?? 0) - (trace.at[first] ?? 0));
  const line = el(
    'div',
    { class: 'line' },
    time(replay, first),
    el('span', { class: 'symbol dim', aria: { hidden: true } }, '\u22ef'),
    el('span', { class: 'words dim' }, shown(words)),
    el('span', { class: 'result dim' }, spent < 1_000 ? '' : ` in ${duration(spent)}`),
    button(`Show ${events.length} events`, () => replay.unfold(first), { class: 'quiet' }),
  );
  return [line];
}

function gapLine({ trace }: Replay, place: number): HTMLElement[] {
  const gap = trace.tail.gaps[place];
  const which = `event ${gap?.seq} of session ${gap?.session}`;
  const words =
    gap?.kind === 'erased'
      ? `${which} was erased`
      : gap?.kind === 'pruned'
        ? `session ${gap.session} was pruned`
        : `${which} cannot be read: ${gap?.reason ?? 'no reason known'}`;
  return [
    el(
      'div',
      { class: 'line' },
      el('span', { class: 'time' }),
      el(
        'span',
        { class: `symbol ${gap?.kind === 'bad' ? 'yellow' : 'dim'}`, aria: { hidden: true } },
        gap?.kind === 'bad' ? '!' : '\u00b7',
      ),
      el('span', { class: gap?.kind === 'bad' ? 'words yellow' : 'words dim' }, shown(words)),
    ),
  ];
}

function time({ trace }: Replay, event: number): HTMLElement {
  const { ts } = trace.itemOf(event).entry.event;
  const seq = trace.seq[event] ?? 0;
  return el('a', { class: 'time', to: `e${seq}`, title: `${ts}, event ${seq}`, tabindex: -1 }, timeOfDay(ts));
}

/** Says of a test run what became green with it. */
function green({ trace, greens }: Replay, event: number): HTMLElement[] {
  const cycle = greens.get(trace.seq[event] ?? 0);
  return cycle === undefined
    ? []
    : [el('span', { class: 'green' }, `  green after ${duration(cycle.to - cycle.from)}, ${counted(cycle.edits, 'edit')}`)];
}

/** Says of an event whose clock had jumped back how far it stands behind. */
function clock({ trace }: Replay, event: number): HTMLElement[] {
  const behind = trace.behindOf(event);
  return behind < 1_000 ? [] : [el('span', { class: 'yellow' }, `  clock ${duration(behind)} behind`)];
}

/** Spans of the text view: harmless already. */
export function spans(list: readonly Span[], query: string): HTMLElement[] {
  return list.map(({ text, style }) => el('span', { class: style === 'plain' ? '' : style }, ...marked(text, query)));
}

/** A text in which what was searched for is marked. */
export function marked(text: string, query: string): (string | HTMLElement)[] {
  const words = wordsOf(query);
  if (words.length === 0) return [text];
  const pieces: (string | HTMLElement)[] = [];
  const lower = text.toLowerCase();
  // a letter whose lower case is longer would move what is behind it: then nothing is marked
  if (lower.length !== text.length) return [text];
  let at = 0;
  while (at < text.length) {
    const found = words.map((word) => [lower.indexOf(word, at), word.length] as const).filter(([from]) => from >= 0);
    const [from, length] = found.sort((a, b) => a[0] - b[0] || b[1] - a[1])[0] ?? [-1, 0];
    if (from < 0) break;
    if (from > at) pieces.push(text.slice(at, from));
    pieces.push(el('mark', {}, text.slice(from, from + length)));
    at = from + length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}
