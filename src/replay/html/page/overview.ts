/** What a reviewer wants to know first: who, how much, how often red, which commits, and what of it cannot be shown. */

import { textOf } from '../../../timeline/members.ts';
import { counted, duration, period } from '../../../timeline/words.ts';
import { type Child, el, fill, shown } from './dom.ts';
import type { Replay } from './replay.ts';
import { actorColor, initials } from './row.ts';

/** Rows of a table that are shown. */
const MOST = 100;

/** Fills the overview, once. */
export function fillOverview(panel: HTMLElement, replay: Replay): void {
  const { trace } = replay;
  const { document, made, program } = trace.head;
  fill(
    panel,
    el('h3', {}, 'At a glance'),
    el('dl', { class: 'glance' }, ...glance(replay)),
    ...unreadable(replay),
    ...cycles(replay),
    el('h3', {}, 'Who did what'),
    who(replay),
    ...commits(replay),
    el('h3', {}, 'Signs'),
    legend(),
    el(
      'p',
      { class: 'dim made' },
      `Sessions are told as they stood at ${new Date(made).toISOString().slice(0, 16).replace('T', ' ')} UTC. Written by ${shown(program)}; trace ${shown(document.trace_id)}.`,
    ),
  );
}

function glance({ trace }: Replay): Child[] {
  const { counts, cycles } = trace.tail;
  const { document } = trace.head;
  const rows: [string, Child[]][] = [];
  if (counts.first !== undefined) rows.push(['When', [`${period(counts.first, counts.last)} UTC`]]);
  if (counts.first !== undefined && counts.last > counts.first)
    rows.push(['Worked', [`${duration(counts.worked)} in ${duration(counts.last - counts.first)}`]]);
  rows.push(['Events', [`${counts.events} in ${counted(document.sessions.length, 'session')}`]]);
  if (counts.events > trace.count) rows.push(['Here', [`${trace.count} of ${counts.events}: a filter left the others out`]]);
  if (counts.commits > 0)
    rows.push([
      'Commits',
      [
        `${counts.commits} `,
        el('span', { class: 'green' }, `+${counts.additions}`),
        ' ',
        el('span', { class: 'red' }, `\u2212${counts.deletions}`),
      ],
    ]);
  if (counts.commands > 0)
    rows.push([
      'Commands',
      [`${counts.commands}`, counts.failedCommands > 0 && el('span', { class: 'red' }, `, ${counts.failedCommands} failed`)],
    ]);
  if (counts.tests > 0)
    rows.push([
      'Test runs',
      [
        `${counts.tests}`,
        counts.failedTests > 0 && el('span', { class: 'red' }, `, ${counts.failedTests} failed`),
        counts.lastTest === 'passed' ? el('span', { class: 'green' }, ', the last passed') : ', the last failed',
      ],
    ]);
  if (cycles.length > 0)
    rows.push([
      'Red to green',
      [
        `${counted(cycles.filter(({ green }) => green !== undefined).length, 'time')}, the longest ${duration(Math.max(...cycles.map(({ from, to }) => to - from)))}`,
      ],
    ]);
  return rows.flatMap(([name, words]) => [el('dt', {}, name), el('dd', {}, ...words)]);
}

/** Readers take what is hidden for lost: what cannot be shown is counted and named, with the reason. */
function unreadable({ trace }: Replay): Child[] {
  const { unread } = trace.head;
  const { counts, gaps } = trace.tail;
  const bad = gaps.filter(({ kind }) => kind === 'bad');
  const gone = [
    ...(counts.erased > 0 ? [`${counted(counts.erased, 'event was', 'events were')} erased`] : []),
    ...(counts.pruned > 0 ? [`${counted(counts.pruned, 'session was', 'sessions were')} pruned`] : []),
  ];
  const list = [
    ...unread.map(({ path, reason }) => el('li', {}, el('code', {}, shown(path)), `: ${shown(reason)}`)),
    ...bad.map(({ session, seq, reason }) =>
      el('li', {}, `event ${seq} of session `, el('code', {}, shown(session)), `: ${shown(reason ?? 'no reason known')}`),
    ),
  ];
  const rest = list.length - MOST;
  return [
    list.length > 0 &&
      el(
        'h3',
        { class: 'yellow' },
        `Cannot be read: ${[...(unread.length > 0 ? [counted(unread.length, 'file')] : []), ...(bad.length > 0 ? [counted(bad.length, 'line')] : [])].join(', ')}`,
      ),
    list.length > 0 && el('ul', { class: 'broken' }, ...list.slice(0, MOST), rest > 0 && el('li', {}, `\u2026 and ${rest} more`)),
    gone.length > 0 && el('p', { class: 'dim' }, `${gone.join('; ')}.`),
  ];
}

function cycles({ trace }: Replay): Child[] {
  const { cycles: all } = trace.tail;
  if (all.length === 0) return [];
  return [
    el('h3', {}, 'Red phases'),
    el(
      'ol',
      { class: 'cycles' },
      ...all
        .slice(0, MOST)
        .map(({ red, green, from, to, edits, commands }) =>
          el(
            'li',
            {},
            el('a', { to: `e${red}`, class: 'red' }, `red #${red}`),
            ' \u2192 ',
            green === undefined
              ? el('span', { class: 'yellow' }, 'still red')
              : el('a', { to: `e${green}`, class: 'green' }, `green #${green}`),
            el('span', { class: 'dim' }, ` ${duration(to - from)}, ${counted(edits, 'edit')}, ${counted(commands, 'command')}`),
          ),
        ),
      all.length > MOST && el('li', { class: 'dim' }, `\u2026 and ${all.length - MOST} more`),
    ),
  ];
}

interface Deeds {
  readonly session: string;
  readonly counts: Map<string, number>;
  events: number;
}

const TOLD: readonly (readonly [string, string])[] = [
  ['command', 'command'],
  ['tool_call', 'tool call'],
  ['edit', 'edit'],
  ['test', 'test run'],
  ['commit', 'commit'],
  ['push', 'push'],
  ['annotation', 'note'],
  ['prompt', 'prompt'],
  ['ci_run', 'CI job'],
];

function who(replay: Replay): HTMLElement {
  const { trace, cast } = replay;
  const actors = new Map<string, Deeds>();
  for (let i = 0; i < trace.count; i++) {
    const session = trace.sessionOf(i);
    const { key, kind, name } = cast.of(session);
    // jobs of one server are told together
    const own = kind === 'ci' ? name : key;
    const deeds = actors.get(own) ?? { session, counts: new Map<string, number>(), events: 0 };
    deeds.events++;
    deeds.counts.set(trace.typeOf(i), (deeds.counts.get(trace.typeOf(i)) ?? 0) + 1);
    actors.set(own, deeds);
  }
  const rows = [...actors.values()].sort((a, b) => b.events - a.events).slice(0, MOST);
  return el(
    'ul',
    { class: 'who' },
    ...rows.map(({ session, counts, events }) => {
      const actor = cast.of(session);
      const told = TOLD.flatMap(([type, one]) =>
        counts.has(type) ? [counted(counts.get(type) ?? 0, one, one === 'push' ? 'pushes' : `${one}s`)] : [],
      );
      return el(
        'li',
        { class: actorColor(replay, session) },
        el(
          'span',
          { class: 'face', aria: { hidden: true } },
          actor.kind === 'person' ? initials(actor.name) : actor.kind === 'agent' ? '\u2726' : '\u2699',
        ),
        el(
          'span',
          {},
          el('strong', {}, shown(actor.name)),
          el('span', { class: 'dim' }, ` ${told.length === 0 ? counted(events, 'event') : told.join(', ')}`),
        ),
      );
    }),
  );
}

function commits({ trace }: Replay): Child[] {
  const found: number[] = [];
  for (let i = 0; i < trace.count; i++) if (trace.typeOf(i) === 'commit') found.push(i);
  if (found.length === 0) return [];
  return [
    el('h3', {}, 'Commits'),
    el(
      'ol',
      { class: 'commits' },
      ...found.slice(0, MOST).map((i) => {
        const payload = trace.payloadOf(i);
        const [subject = ''] = (textOf(payload, 'message') ?? '').trim().split('\n');
        return el(
          'li',
          {},
          el(
            'a',
            { to: `e${trace.seq[i]}` },
            el('code', { class: 'yellow' }, shown((textOf(payload, 'sha') ?? '?').slice(0, 7))),
            ` ${shown(subject) || '(no message)'}`,
          ),
        );
      }),
      found.length > MOST && el('li', { class: 'dim' }, `\u2026 and ${found.length - MOST} more`),
    ),
  ];
}

const SIGNS: readonly (readonly [string, string, string])[] = [
  ['\u2717', 'red', 'failed'],
  ['\u2713', 'green', 'passed'],
  ['\u25cf', 'yellow', 'commit'],
  ['\u00b1', '', 'edit'],
  ['$', 'dim', 'command'],
  ['\u270e', 'cyan', 'note'],
  ['\u276f', 'magenta', 'prompt'],
  ['\u25c6', 'magenta', 'pull request'],
  ['\u2191', 'blue', 'push'],
  ['\u21bb', 'blue', 'rewrite'],
];

function legend(): HTMLElement {
  return el(
    'ul',
    { class: 'legend' },
    ...SIGNS.map(([sign, style, word]) => el('li', {}, el('span', { class: `symbol ${style}`, aria: { hidden: true } }, sign), word)),
  );
}
