/**
 * Tells one event in words: a symbol, a line, its result, and what belongs beneath. Symbols carry the meaning, colour
 * only repeats it. Never trusts a payload: what does not fit its type is told generically.
 */
import type { EventPayload } from '../core/line.ts';
import { listOf, memberOf, numberOf, textOf } from '../timeline/members.ts';
import { counted } from '../timeline/words.ts';
import { clipPath, wrap } from './display-width.ts';
import { type Span, type Style, span } from './paint.ts';
import { tellStep } from './tell-progress.ts';
import { tellCiRun, tellCommand, tellTest } from './tell-runs.ts';
import { terminalText } from './terminal-text.ts';
import { changed, marksOf, quiet, short, type Told, type View } from './told.ts';

type Teller = (payload: EventPayload, view: View) => Told | undefined;

const REVIEWS: Readonly<Record<string, string>> = {
  approved: 'approved',
  changes_requested: 'asked for changes',
  commented: 'commented',
  dismissed: 'had a review dismissed',
};

const TELLERS: Readonly<Record<string, Teller>> = {
  annotation: tellAnnotation,
  checkout: (payload) => {
    const to = textOf(payload, 'branch') ?? short(textOf(payload, 'to'));
    return to === undefined ? undefined : { symbol: '→', style: 'blue', words: [span('on '), span(to, 'bold')] };
  },
  ci_run: tellCiRun,
  command: tellCommand,
  commit: tellCommit,
  edit: tellEdit,
  edits: tellEdits,
  environment: (payload) => quiet(`environment ${members(payload)}`),
  merge: tellMerge,
  navigation: (payload) => quiet(`at ${textOf(payload, 'file') ?? '?'}:${numberOf(payload, 'line') ?? '?'}`),
  pr_linked: (payload) => ({
    symbol: '◆',
    style: 'magenta',
    words: [span('pull request '), span(textOf(payload, 'pr_id') ?? '?', 'bold'), span(branches(payload))],
  }),
  pr_updated: (payload) => ({
    symbol: '◆',
    style: 'magenta',
    words: [
      span('pull request '),
      span(textOf(payload, 'status') === 'open' ? 'is open' : (textOf(payload, 'status') ?? 'updated'), 'bold'),
      span(textOf(payload, 'title') === undefined ? '' : `: ${textOf(payload, 'title')}`),
    ],
  }),
  pr_reviewed: (payload) => ({
    symbol: '◆',
    style: 'magenta',
    words: [
      span(textOf(payload, 'reviewer') ?? 'a reviewer', 'bold'),
      span(` ${REVIEWS[textOf(payload, 'state') ?? ''] ?? 'reviewed'}`),
      span(textOf(payload, 'sha') === undefined ? '' : ` ${short(textOf(payload, 'sha'))}`, 'dim'),
    ],
  }),
  prompt: tellPrompt,
  push: tellPush,
  rewrite: tellRewrite,
  session_ended: (payload) => {
    const reason = textOf(payload, 'reason');
    return quiet(`session ${textOf(payload, 'status') ?? 'ended'}${reason === undefined ? '' : ` (${reason})`}`);
  },
  session_started: () => quiet('session began'),
  test: tellTest,
  tool_call: (payload) => {
    const failed = textOf(payload, 'status') === 'failed';
    const preview = textOf(payload, 'command_preview');
    const words = [span(textOf(payload, 'tool_name') ?? 'a tool'), span(preview === undefined ? '' : ` ${preview}`, 'dim')];
    return failed ? { symbol: '✗', style: 'red', words, result: [span('  failed', 'red')] } : { symbol: '›', style: 'dim', words };
  },
};

/** Tells an event. */
export function tell(type: string, payload: EventPayload, view: View): Told {
  const dropped = textOf(payload, 'dropped');
  if (dropped !== undefined) return quiet(`${type}: its content was left out (${dropped})`);
  const own = Object.hasOwn(TELLERS, type) ? TELLERS[type]?.(payload, view) : view.all ? undefined : tellStep(type, payload);
  const told = own ?? quiet(`${type} ${members(payload)}`);
  const marks = marksOf(payload);
  return marks.length === 0 ? told : { ...told, result: [...(told.result ?? []), ...marks] };
}

function tellAnnotation(payload: EventPayload, { columns }: View): Told | undefined {
  const text = textOf(payload, 'text');
  if (text === undefined) return undefined;
  const [first = '', ...rest] = wrap(terminalText(text, true), columns);
  const target = textOf(payload, 'target');
  const below = rest.map((line) => [span(line, 'cyan')]);
  if (target !== undefined) below.push([span(`on ${target}`, 'dim')]);
  return { symbol: '✎', style: 'cyan', words: [span(first, 'cyan')], below };
}

/** Lines of a prompt that are shown. */
const PROMPT_LINES = 3;

function tellPrompt(payload: EventPayload, { columns, all }: View): Told | undefined {
  const text = textOf(payload, 'text');
  if (text === undefined) return undefined;
  const lines = wrap(terminalText(text.trim(), true), columns);
  const kept = all || lines.length <= PROMPT_LINES + 1 ? lines : lines.slice(0, PROMPT_LINES);
  const below = kept.slice(1).map((line) => [span(line)]);
  if (kept.length < lines.length) below.push([span(`… ${counted(lines.length - kept.length, 'more line')}`, 'dim')]);
  return { symbol: '❯', style: 'magenta', words: [span(kept[0] ?? '')], below };
}

function tellCommit(payload: EventPayload, view: View): Told | undefined {
  const sha = textOf(payload, 'sha');
  if (sha === undefined) return undefined;
  const [subject = ''] = (textOf(payload, 'message') ?? '').trim().split('\n');
  const count = numberOf(payload, 'files_changed');
  const sums = changed(numberOf(payload, 'additions'), numberOf(payload, 'deletions'));
  const isGone = memberOf(payload, 'missing') === true;
  const words = [span(`${short(sha)} `, 'yellow'), isGone ? span('(its object was gone)', 'dim') : span(subject, 'bold')];
  const files = count === undefined || isGone ? [] : [span(`${sums.length === 0 ? '' : ' '}in ${counted(count, 'file')}`, 'dim')];
  const below = view.patch ? listOf(payload, 'files').map((file) => fileLine(file)) : [];
  return { symbol: '●', style: 'yellow', words, result: [span('  '), ...(isGone ? [] : sums), ...files], below };
}

function fileLine(file: unknown): Span[] {
  const sums = changed(numberOf(file, 'additions'), numberOf(file, 'deletions'));
  return [...(sums.length === 0 ? [span('binary', 'dim')] : sums), span(`  ${textOf(file, 'path') ?? '?'}`)];
}

function tellEdit(payload: EventPayload, { columns, patch }: View): Told | undefined {
  const file = textOf(payload, 'file');
  if (file === undefined) return undefined;
  const old = textOf(payload, 'old_file');
  const counts = changed(numberOf(payload, 'additions'), numberOf(payload, 'deletions'));
  const status = textOf(payload, 'status');
  const summary = counts.length > 0 ? counts : [span(editSummary(payload))];
  const isMode = status === 'mode';
  const what = status === undefined || status === 'modified' ? '' : isMode ? `mode ${textOf(payload, 'mode') ?? ''}` : status;
  const result = [
    span('  '),
    ...(isMode ? [] : summary),
    span(isMode || summary[0]?.text === '' || what === '' ? what : `  ${what}`, 'dim'),
  ];
  const words = [span(old === undefined || old === file ? clipPath(terminalText(file), columns - 20) : `${old} → ${file}`)];
  return { symbol: '±', style: 'plain', words, result, below: patch ? diffLines(textOf(payload, 'diff_snippet') ?? '') : [] };
}

function editSummary(payload: EventPayload): string {
  const summary = textOf(payload, 'change_summary') ?? '';
  return summary === '+0/-0' ? '' : summary;
}

/** Paths of a change of many files that are shown. */
const EDITS_SHOWN = 5;

function tellEdits(payload: EventPayload, { columns, patch, all }: View): Told {
  const files = listOf(payload, 'files');
  const count = numberOf(payload, 'files_changed') ?? files.length;
  const byGit = textOf(payload, 'origin') === 'vcs';
  const shown = patch || all ? files : files.slice(0, count > EDITS_SHOWN ? 0 : EDITS_SHOWN);
  const below = shown.map((file) => [...fileLine(file)]);
  const words = [span(byGit ? `git changed ${counted(count, 'file')}` : counted(count, 'file'), byGit ? 'dim' : 'plain')];
  const names =
    below.length > 0
      ? ''
      : `  ${files
          .slice(0, 3)
          .map((file) => textOf(file, 'path') ?? '?')
          .join(', ')}${count > 3 ? ', …' : ''}`;
  const result = [
    span('  '),
    ...changed(numberOf(payload, 'additions'), numberOf(payload, 'deletions')),
    span(clipPath(terminalText(names), columns - 40), 'dim'),
  ];
  return { symbol: '±', style: byGit ? 'dim' : 'plain', words, result, below };
}

/** A diff in git's colours, from its first hunk on: the line above it names the file. */
function diffLines(diff: string): Span[][] {
  const hunk = /^@@/m.exec(diff)?.index;
  const from = diff.startsWith('diff --git ') ? (hunk ?? diff.length) : 0;
  const text = terminalText(diff.slice(from).replace(/\n$/, ''), true).replaceAll('\t', '    ');
  if (text === '') return [];
  const styleOf = (line: string): Style =>
    line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : line.startsWith('@@') ? 'cyan' : 'plain';
  return text.split('\n').map((line) => [span(line, styleOf(line))]);
}

function tellPush(payload: EventPayload): Told {
  const names = listOf(payload, 'refs').map((ref) => {
    const name = (textOf(ref, 'ref') ?? '?').replace(/^refs\/heads\//, '');
    const [before, after] = [textOf(ref, 'old'), textOf(ref, 'new')];
    if (after === undefined) return `${name} (deleted)`;
    return before === undefined ? `${name} (new)` : `${name} ${short(before)}..${short(after)}`;
  });
  return {
    symbol: '↑',
    style: 'blue',
    words: [span('pushed '), span(names.join(', '), 'bold'), span(` to ${textOf(payload, 'remote') ?? '?'}`)],
  };
}

function tellMerge(payload: EventPayload): Told {
  const is = (name: string): boolean => memberOf(payload, name) === true;
  const what = is('squash') ? 'squash-merged' : is('fast_forward') ? 'went forward to' : 'merged';
  const [subject = ''] = (textOf(payload, 'message') ?? '').trim().split('\n');
  const words = [span(what), span(` ${short(textOf(payload, 'sha')) ?? ''}`, 'yellow')];
  const command = textOf(payload, 'command');
  if (subject !== '') words.push(span(` ${subject}`, 'bold'));
  else if (command !== undefined) words.push(span(` (${command})`, 'dim'));
  return { symbol: '⋈', style: 'blue', words };
}

function tellRewrite(payload: EventPayload): Told {
  const map = listOf(payload, 'map');
  const [first] = map;
  const command = textOf(payload, 'command') ?? 'rewrite';
  const what =
    map.length === 1
      ? `${short(textOf(first, 'old')) ?? '?'} → ${short(textOf(first, 'new')) ?? '?'}`
      : counted(numberOf(payload, 'count') ?? map.length, 'commit');
  return { symbol: '↻', style: 'blue', words: [span(`${command}: `), span(what, 'yellow')] };
}

function branches(payload: EventPayload): string {
  const [head, base] = [textOf(payload, 'head'), textOf(payload, 'base')];
  return head === undefined || base === undefined ? ' linked' : ` linked: ${head} → ${base}`;
}

/** The first members of a payload, for types that nobody here knows. */
function members(payload: EventPayload): string {
  const entries = Object.entries(payload);
  const shown = entries.slice(0, 4).map(([name, value]) => `${name}: ${brief(value)}`);
  return `{${shown.join(', ')}${entries.length > shown.length ? ', …' : ''}}`;
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return counted(value.length, 'item');
  if (typeof value === 'object' && value !== null) return '{…}';
  const text = String(JSON.stringify(value));
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
