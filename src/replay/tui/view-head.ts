/** The lines above and below the body: what the trace is, the tabs, what is left out, which keys help. Pure. */
import { describeTrace } from '../../core/trace-name.ts';
import { counted } from '../../timeline/words.ts';
import { clipSpans, type Span, span, widthOfSpans } from '../paint.ts';
import { changed } from '../told.ts';
import { type Layout, tabPlaces } from './layout.ts';
import { tabCounts, tracesLeft } from './lists.ts';
import { type Model, type OpenTrace, SPEEDS } from './model.ts';
import { narrows } from './rows.ts';

/** Left and right of a line; the left gives way. */
function apart(left: readonly Span[], right: readonly Span[], columns: number): Span[] {
  const room = columns - widthOfSpans(right) - 1;
  const shown = clipSpans(left, Math.max(room, 0));
  return [...shown, span(' '.repeat(Math.max(room - widthOfSpans(shown), 0) + 1)), ...right];
}

/** The lines above the tabs. */
export function headLines(model: Model, { columns, isSmall }: Layout): Span[][] {
  const { open, now } = model;
  const { telling } = open;
  const { pr, repo } = telling.head(now);
  const left = [span(` ${describeTrace(open.trace)}`, 'bold'), span(pr.title === null ? '' : ` · ${pr.title}`, 'bold')];
  const status = pr.pr_id === null ? [] : [span(`${pr.status} `, pr.status === 'open' ? 'green' : 'magenta')];
  const first = apart(left, [...status, ...liveSpans(model), span(' ')], columns);
  if (isSmall) return [first];
  const place = pr.pr_id !== null && pr.pr_id !== describeTrace(open.trace) ? pr.pr_id : repo.name;
  const who = telling.cast.summary();
  const second = [span(` ${[place, who].filter((words) => words !== null && words !== '').join(' · ')}`, 'dim')];
  return [first, apart(second, [...sumSpans(open), span(' ')], columns)];
}

function liveSpans({ open, speed }: Model): Span[] {
  const { state, follows, play, telling, seen } = open;
  if (state === 'opening') return [span('opening…', 'yellow')];
  if (state === 'failed') return [span('cannot be read', 'red')];
  if (telling.isBusy && telling.share < 1) return [span(`reading ${Math.floor(telling.share * 100)} %`, 'yellow')];
  if (play !== undefined) return [span(`▶ replay ×${SPEEDS[speed] ?? 1}`, 'green')];
  const fresh = telling.story.frames.length - seen;
  if (!follows && seen > 0 && fresh > 0) return [span(`${fresh} new, G goes there`, 'yellow')];
  return [follows ? span('● live', 'green') : span('‖ paused', 'yellow')];
}

/** What the trace adds up to: failures, commits, cycles. */
function sumSpans({ telling }: OpenTrace): Span[] {
  const { counts, story } = telling;
  const green = story.cycles.filter((cycle) => cycle.green !== undefined).length;
  const red = story.cycles.length - green;
  const parts: Span[][] = [];
  if (counts.commits > 0) parts.push([span(`${counted(counts.commits, 'commit')} `), ...changed(counts.additions, counts.deletions)]);
  if (counts.tests > 0) parts.push([span(counted(counts.tests, 'test run'))]);
  if (green > 0) parts.push([span(`${green}× `), span('red', 'red'), span('→'), span('green', 'green')]);
  if (red > 0) parts.push([span('still red', 'red')]);
  return parts.flatMap((part, i) => (i === 0 ? part : [span(' · ', 'dim'), ...part]));
}

/** The line with the tabs, and what is left out of the list below. */
export function tabLine(model: Model, { columns, isSmall }: Layout): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const { tab, words, from } of tabPlaces(columns, tabCounts(model))) {
    const isShown = tab === model.tab;
    const text = isShown && !model.color ? `[${words.slice(1, -1)}]` : words;
    spans.push(span(' '.repeat(Math.max(from - at, 0))), span(text, isShown ? 'inverse' : 'plain'));
    at = from + words.length;
  }
  if (isSmall) return spans;
  const room = columns - widthOfSpans(spans) - 3;
  return apart(spans, [...clipSpans(leftSpans(model), Math.max(room, 0)), span(' ')], columns);
}

/** Readers take what is hidden for lost: what a filter leaves out is counted, on every tab. */
export function leftSpans(model: Model): Span[] {
  const { open, tab, traces, tracesText } = model;
  if (tab === 'traces')
    return traces !== undefined && tracesText !== '' ? [span(`showing ${tracesLeft(model).length} of ${traces.length}`, 'yellow')] : [];
  const { rows, story } = open.telling;
  const { filter, events } = rows;
  const said: string[] = [];
  if (filter.types.size > 0) said.push([...filter.types].join(', '));
  if (filter.session !== undefined) said.push(`session ${open.telling.cast.of(filter.session).name}`);
  if (filter.wanted !== undefined) said.push(`"${filter.wanted.text}"`);
  if (narrows(filter)) return [span(`showing ${events} of ${story.frames.length}`, 'yellow'), span(`: ${said.join(' · ')}`, 'yellow')];
  const { search } = open;
  if (search === undefined) return rows.silent > 0 && tab === 'story' ? [span(`${rows.silent} quiet (z)`, 'dim')] : [];
  const isDone = search.looked >= story.frames.length;
  return [span(`${search.hits.length}${isDone ? '' : '…'} × "${search.text}"`, 'yellow')];
}

const PROMPTS = { search: '/', filter: '& ', traces: 'search all traces: ' } as const;

/** The last line: what is typed, what is told, or which keys help. */
export function footLine(model: Model, { columns, isSmall }: Layout): Span[] {
  const { prompt, notice } = model;
  if (prompt !== undefined) {
    const left = [span(` ${PROMPTS[prompt.kind]}`, 'bold'), span(ending(prompt.text, columns - 24)), span('█', 'bold')];
    return apart(left, isSmall ? [] : [...leftSpans(model), span('  Enter Esc ', 'dim')], columns);
  }
  if (notice !== undefined) return [span(` ${notice}`, 'yellow')];
  const keys = keysOf(model);
  const spans: Span[] = [];
  for (const [key, does] of keys) {
    const next = [span(` ${key}`, 'bold'), span(` ${does} `, 'dim')];
    if (widthOfSpans(spans) + widthOfSpans(next) > columns) break;
    spans.push(...next);
  }
  return spans;
}

/** The end of a line that is typed, which is where it is typed. */
function ending(text: string, columns: number): string {
  return text.length <= columns ? text : `…${text.slice(1 - columns).toWellFormed()}`;
}

function keysOf({ help, menu, tab, open, tracesText }: Model): readonly (readonly [string, string])[] {
  if (help !== undefined)
    return [
      ['↑↓', 'scroll'],
      ['any other key', 'closes'],
    ];
  if (menu !== undefined)
    return [
      ['Space', 'choose'],
      ['Enter', 'only this'],
      ['x', 'all'],
      ['Esc', 'close'],
    ];
  if (tab === 'story' && open.detail !== undefined)
    return [
      ['Esc', 'back'],
      ['↑↓', 'scroll'],
      ['←→', 'step'],
      ['f', 'failure'],
      ['?', 'help'],
    ];
  const end = [
    ['?', 'help'],
    ['q', 'quit'],
  ] as const;
  switch (tab) {
    case 'story':
      return [
        ['?', 'help'],
        ['Enter', 'open'],
        open.play === undefined ? ['Space', 'replay'] : ['Space', 'stop'],
        ['/', 'find'],
        ['f', 'failure'],
        ...(narrows(open.telling.rows.filter) ? [['x', 'show all'] as const] : [['t', 'types'] as const, ['s', 'session'] as const]),
        ['z', open.telling.rows.filter.folds ? 'unfold' : 'fold'],
        ['4', 'traces'],
        ['q', 'quit'],
      ];
    case 'sessions':
      return [['Enter', 'only this session'], ['Esc', 'story'], ...end];
    case 'progress':
      return [['Enter', 'go to the event'], ['←→', 'step in time'], ['Space', 'replay'], ['Esc', 'story'], ...end];
    case 'traces':
      return [
        ['Enter', 'open'],
        ['/', 'search all traces'],
        ['r', 'read again'],
        ['Esc', tracesText === '' ? 'story' : 'end the search'],
        ...end,
      ];
  }
}
