/** All of one event: what it says in the form that its type deserves, and beneath that every member as it is. */
import { listOf, memberOf, numberOf, textOf } from '../../../timeline/members.ts';
import { counted, dayOf, duration, timeOfDay } from '../../../timeline/words.ts';
import { allLines } from '../../output-lines.ts';
import { tell } from '../../tell.ts';
import { button, type Child, el, fill, shown } from './dom.ts';
import type { Replay } from './replay.ts';
import { actorColor, initials, marked, spans } from './row.ts';

/** Lines of a diff or of an output that are shown at once. */
const LINES = 2_000;

/** Fills the panel with the event that is looked at. */
export function fillDetail(panel: HTMLElement, replay: Replay, say: (text: string) => void): void {
  const { current, trace } = replay;
  if (current === undefined) {
    fill(panel, el('p', { class: 'nothing' }, 'No event is picked. Click one, press j or k, or drag along the timeline.'));
    return;
  }
  const { event } = trace.itemOf(current).entry;
  const { payload, type, session } = event;
  const actor = replay.cast.of(session);
  const seq = trace.seq[current] ?? 0;
  const told = tell(type, payload, { columns: 400, patch: false, all: false });
  fill(
    panel,
    el(
      'header',
      { class: 'event-head' },
      el(
        'h3',
        {},
        el('span', { class: `symbol ${told.style}`, aria: { hidden: true } }, told.symbol),
        ` ${type.replaceAll('_', ' ')} `,
        el('span', { class: 'dim' }, `#${seq}`),
      ),
      el(
        'p',
        { class: `by ${actorColor(replay, session)}` },
        el(
          'span',
          { class: 'face', aria: { hidden: true } },
          actor.kind === 'person' ? initials(actor.name) : actor.kind === 'agent' ? '\u2726' : '\u2699',
        ),
        el('span', {}, shown(actor.name)),
        el('span', { class: 'dim' }, ` \u00b7 ${dayOf(trace.at[current] ?? 0)} ${timeOfDay(event.ts)} UTC`),
      ),
      trace.behindOf(current) >= 1_000 && el('p', { class: 'yellow' }, `Its clock stood ${duration(trace.behindOf(current))} behind.`),
    ),
    el('div', { class: 'event-body' }, ...body(type, payload, replay)),
    ...around(replay, current),
    el('details', { class: 'members' }, el('summary', {}, 'All members'), members({ ...payload }), origin(replay, current)),
    el('p', { class: 'actions' }, copyLink(trace.idOf(current), seq, say)),
  );
}

function body(type: string, payload: object, replay: Replay): Child[] {
  const { query } = replay;
  const dropped = textOf(payload, 'dropped');
  if (dropped !== undefined) return [el('p', { class: 'yellow' }, `Its content was left out: ${shown(dropped)}`)];
  switch (type) {
    case 'command':
      return command(payload, query);
    case 'edit':
      return [
        el('p', { class: 'path' }, shown(textOf(payload, 'file') ?? '?')),
        sums(payload),
        diff(textOf(payload, 'diff_snippet') ?? '', query),
      ];
    case 'commit':
    case 'edits':
    case 'merge':
      return commit(payload, query);
    case 'test':
      return test(payload, query);
    case 'annotation':
    case 'prompt':
      return [
        el('p', { class: `full ${type}` }, ...marked(shown(textOf(payload, 'text') ?? '', true), query)),
        textOf(payload, 'target') !== undefined && el('p', { class: 'dim' }, `on ${shown(textOf(payload, 'target') ?? '')}`),
      ];
    default: {
      const { words, result = [], below = [] } = tell(type, { ...payload }, { columns: 400, patch: true, all: true });
      return [
        el('p', {}, ...spans(words, query), ...spans(result, query)),
        ...below.map((line) => el('p', {}, ...spans(line, query))),
        members(payload),
      ];
    }
  }
}

function command(payload: object, query: string): Child[] {
  const hidden = memberOf(payload, 'hidden') === true;
  const code = numberOf(payload, 'exit_code');
  const signal = textOf(payload, 'signal');
  const ms = numberOf(payload, 'duration_ms');
  const facts = [
    signal !== undefined ? `killed by ${shown(signal)}` : code === undefined ? 'no exit status' : `exit ${code}`,
    ...(ms === undefined ? [] : [duration(ms)]),
    ...(textOf(payload, 'cwd') === undefined ? [] : [`in ${shown(textOf(payload, 'cwd') ?? '')}`]),
  ];
  const text = hidden ? '(a private command)' : (textOf(payload, 'command') ?? '(no command)');
  return [
    el('pre', { class: 'command', tabindex: 0, role: 'region', aria: { label: 'Command' } }, ...marked(shown(text, true), query)),
    el('p', { class: code === 0 ? 'dim' : 'red' }, facts.join(' \u00b7 ')),
    ...['stdout_sample', 'stderr_sample'].map((name) =>
      output(name === 'stdout_sample' ? 'Output' : 'Errors', textOf(payload, name), query),
    ),
  ];
}

function output(label: string, text: string | undefined, query: string): Child {
  if (text === undefined) return undefined;
  const lines = allLines(text);
  return el(
    'section',
    {},
    el('h4', {}, label),
    el(
      'pre',
      { class: 'output', tabindex: 0, role: 'region', aria: { label } },
      ...marked(lines.slice(0, LINES).join('\n'), query),
      more(lines.length),
    ),
  );
}

function more(lines: number): Child {
  return lines > LINES && el('span', { class: 'dim' }, `\n\u2026 and ${lines - LINES} more lines`);
}

/** A diff in colours; signs stay, so that it reads without them. */
function diff(text: string, query: string): Child {
  if (text === '') return el('p', { class: 'dim' }, 'No diff was recorded.');
  const lines = shown(text.replace(/\n$/, ''), true).split('\n');
  const kind = (line: string): string => {
    if (/^(?:diff |index |--- |\+\+\+ |new file|deleted file|similarity|rename |old mode|new mode)/.test(line)) return 'meta';
    return line.startsWith('@@') ? 'hunk' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : 'same';
  };
  return el(
    'pre',
    { class: 'diff', tabindex: 0, role: 'region', aria: { label: 'Diff' } },
    ...lines.slice(0, LINES).map((line) => el('span', { class: kind(line) }, ...marked(line, query), '\n')),
    more(lines.length),
  );
}

function sums(payload: object): Child {
  const [more, less] = [numberOf(payload, 'additions'), numberOf(payload, 'deletions')];
  if (more === undefined && less === undefined) return el('p', { class: 'dim' }, shown(textOf(payload, 'change_summary') ?? ''));
  return el(
    'p',
    {},
    el('span', { class: 'green' }, `+${more ?? 0}`),
    ' ',
    el('span', { class: 'red' }, `\u2212${less ?? 0}`),
    ' ',
    el('span', { class: 'dim' }, shown(textOf(payload, 'status') ?? '')),
  );
}

function commit(payload: object, query: string): Child[] {
  const sha = textOf(payload, 'sha');
  const [subject = '', ...rest] = (textOf(payload, 'message') ?? '').trim().split('\n');
  const files = listOf(payload, 'files');
  return [
    sha !== undefined && el('p', { class: 'sha yellow' }, shown(sha)),
    subject !== '' && el('p', { class: 'subject' }, ...marked(shown(subject), query)),
    rest.length > 0 && el('p', { class: 'full' }, ...marked(shown(rest.join('\n').trim(), true), query)),
    sums(payload),
    files.length > 0 &&
      el(
        'ul',
        { class: 'files' },
        ...files
          .slice(0, LINES)
          .map((file) =>
            el(
              'li',
              {},
              el('span', { class: 'green' }, `+${numberOf(file, 'additions') ?? '?'}`),
              el('span', { class: 'red' }, `\u2212${numberOf(file, 'deletions') ?? '?'}`),
              el('span', {}, ...marked(shown(textOf(file, 'path') ?? '?'), query)),
            ),
          ),
      ),
  ];
}

function test(payload: object, query: string): Child[] {
  const { words, result = [] } = tell('test', { ...payload }, { columns: 400, patch: false, all: true });
  const failures = listOf(payload, 'failures');
  const ran = textOf(payload, 'command');
  const warning = textOf(payload, 'warning');
  return [
    el('p', { class: 'subject' }, ...spans(words, query), ...spans(result, query)),
    ran !== undefined &&
      el('pre', { class: 'command', tabindex: 0, role: 'region', aria: { label: 'Command' } }, ...marked(shown(ran, true), query)),
    warning !== undefined && el('p', { class: 'yellow' }, shown(warning)),
    failures.length > 0 && el('h4', {}, 'Failed'),
    ...failures.map((failure) => {
      const name = typeof failure === 'string' ? failure : (textOf(failure, 'name') ?? '?');
      const message = textOf(failure, 'message');
      return el(
        'div',
        { class: 'failure' },
        el('p', { class: 'red' }, ...marked(shown(name), query)),
        textOf(failure, 'file') !== undefined && el('p', { class: 'dim' }, shown(textOf(failure, 'file') ?? '')),
        message !== undefined &&
          el('pre', { class: 'output', tabindex: 0, role: 'region', aria: { label: 'Message' } }, allLines(message).join('\n')),
      );
    }),
  ];
}

/** What it belongs to: the red phase, the step of progress. */
function around(replay: Replay, current: number): Child[] {
  const { trace } = replay;
  const seq = trace.seq[current] ?? 0;
  const cycle = trace.tail.cycles.find(({ red, green }) => red <= seq && seq <= (green ?? Number.POSITIVE_INFINITY));
  const nodes = replay.nodesOf(seq).slice(0, 4);
  const facts = [
    ...(cycle === undefined
      ? []
      : [
          el(
            'p',
            {},
            'Tests were red here: from ',
            el('a', { to: `e${cycle.red}` }, `#${cycle.red}`),
            cycle.green === undefined ? ', and did not become green' : ' to ',
            cycle.green !== undefined && el('a', { to: `e${cycle.green}` }, `#${cycle.green}`),
            `, ${duration(cycle.to - cycle.from)}, ${counted(cycle.edits, 'edit')}, ${counted(cycle.commands, 'command')}`,
          ),
        ]),
    ...nodes.map(({ kind, label, state, opened, closed, message }) =>
      el(
        'p',
        {},
        `${shown(`${kind.replaceAll('_', ' ')} ${label}`.trim())}: ${state}`,
        message !== undefined && `, ${shown(message)}`,
        ' (',
        el('a', { to: `e${opened}` }, `#${opened}`),
        closed !== undefined && closed !== opened && el('a', { to: `e${closed}` }, ` to #${closed}`),
        ')',
      ),
    ),
  ];
  return facts.length === 0 ? [] : [el('section', { class: 'around' }, ...facts)];
}

function origin(replay: Replay, current: number): HTMLElement {
  const { trace } = replay;
  return members({
    id: trace.idOf(current),
    ts: trace.itemOf(current).entry.event.ts,
    session: trace.sessionOf(current),
    writer: trace.writerOf(current),
  });
}

/** Every member of an object, whatever it is. */
function members(value: object): HTMLElement {
  const rows = Object.entries(value).flatMap(([name, member]) => [el('dt', {}, shown(name)), el('dd', {}, ...memberValue(member))]);
  return el('dl', {}, ...rows);
}

function memberValue(member: unknown): Child[] {
  if (typeof member === 'string') return [el('span', { class: 'full' }, shown(member.slice(0, 20_000), true))];
  if (typeof member !== 'object' || member === null) return [String(member)];
  return [el('span', { class: 'full' }, shown(JSON.stringify(member, null, 2).slice(0, 20_000), true))];
}

function copyLink(id: string, seq: number, say: (text: string) => void): HTMLElement {
  const link = `${location.href.split('#')[0]}#${id.slice(0, 12)}`;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      say('The link was copied.');
    } catch {
      // not every place lets a page copy; the address line has the link too
      say('Copy it from the address line, please.');
    }
  };
  return el(
    'span',
    {},
    button('Copy a link to this event', () => void copy(), { class: 'quiet' }),
    ' ',
    el('a', { to: `e${seq}`, class: 'dim' }, `#e${seq}`),
    ' ',
    el('code', { class: 'dim' }, id.slice(0, 12)),
  );
}
