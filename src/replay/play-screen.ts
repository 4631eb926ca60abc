/** The player's screen: the story up to where it was played, and beneath it where that is. Lines of a terminal; pure. */
import type { Key, ScreenSize } from '../core/screen.ts';
import { dayOf, timeOfDay } from '../timeline/words.ts';
import { clipSpans, paint, type Span, span, widthOfSpans } from './paint.ts';
import { isOver, type Playing, type PlayMessage } from './play.ts';
import type { RowsOptions } from './rows.ts';
import type { ToldStory } from './told-story.ts';

/** What each key does, the ones that are missed most first: as many are named as there is room for. */
const PLAY_KEYS: readonly (readonly [string, string])[] = [
  ['space', 'pause'],
  ['←→', 'step'],
  ['f', 'failure'],
  ['n', 'note'],
  ['c', 'commit'],
  ['+-', 'speed'],
  ['q', 'quit'],
  ['0', 'restart'],
];

const MESSAGES: Readonly<Record<string, PlayMessage>> = {
  ' ': { kind: 'pause' },
  '.': { kind: 'step' },
  right: { kind: 'step' },
  l: { kind: 'step' },
  left: { kind: 'back' },
  h: { kind: 'back' },
  f: { kind: 'next', mark: 'failure' },
  n: { kind: 'next', mark: 'note' },
  c: { kind: 'next', mark: 'commit' },
  '+': { kind: 'faster' },
  '=': { kind: 'faster' },
  '-': { kind: 'slower' },
  '0': { kind: 'restart' },
  home: { kind: 'restart' },
  end: { kind: 'end' },
};

/** What a key means to the player. */
export function playMessage({ name, text, ctrl, alt }: Key): PlayMessage | 'quit' | undefined {
  if (ctrl || alt) return ctrl && (name === 'c' || name === 'd') ? 'quit' : undefined;
  if (name === 'q' || name === 'escape') return 'quit';
  return MESSAGES[text === '' ? name : text];
}

/** All lines of the screen: as many as it has rows. */
export function playLines(story: ToldStory, playing: Playing, { columns, rows }: ScreenSize, options: RowsOptions): string[] {
  const room = Math.max(rows - 2, 1);
  const told = story.endOf(playing.shown, room, options);
  const blank = Array.from({ length: room - told.length }, () => '');
  return [...told, ...blank, ...statusLines(story, playing, columns, options.color)].slice(-rows);
}

function statusLines(story: ToldStory, playing: Playing, columns: number, color: boolean): string[] {
  const { schedule, shown, elapsed, isPaused } = playing;
  const state = isOver(playing) ? '■' : isPaused ? '‖' : '▶';
  const at = story.times[shown - 1];
  const words = [
    `${state} ${shown} of ${schedule.length}`,
    `${clockTime(elapsed)} of ${clockTime(schedule.total)}`,
    `×${Number(schedule.pace.speed.toPrecision(3))}`,
    ...(at === undefined ? [] : [`${dayOf(at)} ${timeOfDay(new Date(at).toISOString())}`]),
  ];
  const status = [span(words.join('  '), 'bold')];
  return [
    paint(barOf(story, playing, columns), columns, color),
    paint([...status, ...hints(columns - widthOfSpans(status))], columns, color),
  ];
}

/** As many hints as there is room for, whole ones. */
function hints(room: number): Span[] {
  const spans: Span[] = [];
  for (const [keys, does] of PLAY_KEYS) {
    const next = span(`  ${keys} ${does}`, 'dim');
    if (widthOfSpans([...spans, next]) > room) break;
    spans.push(next);
  }
  return spans;
}

/** How far it has come, with a mark at each failure, note and commit. */
function barOf({ marks }: ToldStory, { schedule, shown }: Playing, columns: number): Span[] {
  const cells: Span[] = [];
  const { length } = schedule;
  for (let i = 0; i < columns; i++) {
    // an equal share of the events each: in time, most of a story would be one cell
    const [from, to] = [Math.floor((i * length) / columns), Math.max(Math.floor(((i + 1) * length) / columns), 1)];
    const of = marks.slice(from, Math.max(to, from + 1));
    const isPast = from < shown;
    if (of.includes('failure')) cells.push(span('✗', isPast ? 'red' : 'dim'));
    else if (of.includes('note')) cells.push(span('✎', isPast ? 'cyan' : 'dim'));
    else if (of.includes('commit')) cells.push(span('●', isPast ? 'yellow' : 'dim'));
    else cells.push(span(isPast ? '━' : '─', isPast ? 'plain' : 'dim'));
  }
  return clipSpans(cells, columns);
}

/** `1:02`, `1:00:02`. */
function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
