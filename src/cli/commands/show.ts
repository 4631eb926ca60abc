/** `git trace show`: replays a trace, as text, as the document, or as events; brings it from the remote if it is not here. */
import { page } from '../../adapters/terminal/pager.ts';
import { fail } from '../../core/errors.ts';
import { mergeSessions } from '../../core/order.ts';
import { type ReadFault, readRoot } from '../../journal/read.ts';
import { filterItems, parseWhen } from '../../replay/filter.ts';
import { ndjson } from '../../replay/ndjson.ts';
import { jsonForTerminal, terminalText } from '../../replay/terminal-text.ts';
import { traceText } from '../../replay/text.ts';
import { documentJson, foldHead } from '../../timeline/document.ts';
import { timelineOf } from '../../timeline/timeline.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { LargeTrace } from '../large-trace.ts';
import { findTrace } from '../open-trace.ts';

export const show: Command = {
  name: 'show',
  summary: 'replay a trace',
  usage: ['show [<options>] [<pr>]'],
  description:
    'Shows how a pull request came to be: sessions, commands, tests, commits and notes in the order in which they happened.\n' +
    'A trace that is not here is fetched by its name. Without an argument: the trace of the current branch.',
  options: {
    json: { type: 'boolean', summary: 'print the trace document as JSON' },
    ndjson: { type: 'boolean', summary: 'print one event a line as JSON, with id and seq' },
    html: { type: 'boolean', summary: 'print one HTML page that needs nothing else' },
    web: { type: 'boolean', summary: 'open that page in a browser' },
    output: { type: 'string', value: '<file>', short: 'o', summary: "write that page into a file; '-' for standard output" },
    type: { type: 'string', value: '<type>', multiple: true, summary: 'only events of this type' },
    session: { type: 'string', value: '<session>', multiple: true, summary: 'only events of this session' },
    since: { type: 'string', value: '<time>', summary: 'only events since then, e.g. 2026-11-21, "2 hours ago"' },
    until: { type: 'string', value: '<time>', summary: 'only events until then' },
    limit: { type: 'string', value: '<n>', short: 'n', summary: 'only the newest n events' },
    reverse: { type: 'boolean', summary: 'newest first' },
    patch: { type: 'boolean', short: 'p', summary: 'show what edits and commits changed' },
    events: { type: 'boolean', summary: 'show every event, fold nothing' },
    remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote if the trace is not here' },
    follow: { type: 'boolean', short: 'f', summary: 'go on with each event as it is recorded, until ctrl+c' },
    play: { type: 'boolean', summary: 'play it in time: about a minute, or as --speed says' },
    speed: { type: 'string', value: '<n>', summary: 'with --play: n times as fast as it happened' },
    'idle-limit': { type: 'string', value: '<seconds>', summary: 'with --play: the longest pause, by default 2 seconds' },
    cast: { type: 'string', value: '<file>', summary: "write it as an asciicast v3 file; '-' for standard output" },
    'no-pager': { type: 'boolean', summary: 'do not start a pager' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace show 42', 'pull request 42'],
    ['git trace show --type test --type commit', 'tests and commits of the current branch'],
    ['git trace show 42 --json', 'the document, for a program'],
    ['git trace show --follow', 'the current branch, live'],
    ['git trace show 42 --play --speed 60', 'a minute in a second'],
    ['git trace show 42 --web', 'the whole story in a browser'],
  ],
  async run(context, input) {
    const now = context.clock.now();
    const when = (edge: 'since' | 'until'): number | undefined => {
      const text = input.text(edge);
      return text === undefined ? undefined : parseWhen(text, edge, now);
    };
    const filter = {
      types: input.texts('type'),
      sessions: input.texts('session'),
      since: when('since'),
      until: when('until'),
      limit: input.number('limit', 0),
      reverse: input.flag('reverse'),
    };
    const isPlayed = input.flag('play') || input.text('cast') !== undefined;
    if (isPlayed) refuse(input, ['json', 'ndjson', 'reverse', 'follow'], 'played');
    const isPage = input.flag('html') || input.flag('web') || input.text('output') !== undefined;
    if (isPage) refuse(input, ['json', 'ndjson', 'reverse', 'follow', 'play', 'cast'], 'made a page');
    if (input.flag('follow')) {
      refuse(input, ['json', 'reverse'], 'followed');
      // while git tells where we are, what is needed next is loaded and started
      const loading = import('../follow.ts');
      const { objects } = await context.repository();
      objects.read('HEAD').catch(() => {}); // starts the process that reads objects; what it says is not wanted
      const trace = await context.trace(input.positionals[0]);
      return (await loading).followTrace(context, input, trace, filter);
    }
    const trace = await context.trace(input.positionals[0]);
    const found = await findTrace(context, trace, { remote: input.text('remote'), boundary: 'show' });
    const form = input.flag('json') ? 'json' : input.flag('ndjson') ? 'ndjson' : 'text';
    const large = await LargeTrace.of({ sha256: context.sha256, files: await context.files() }, trace, found);
    if (isPage) {
      const { showHtml } = await import('../show-html.ts');
      const tell = (faults: readonly ReadFault[]): void => tellFaults(context, faults, input.positionals[0]);
      return showHtml(context, input, { trace, found, large, filter, now, tell });
    }
    if (large !== undefined && !isPlayed) {
      const { viewLarge } = await import('../show-large.ts');
      const view = await viewLarge(context, trace, large, { form, filter, patch: input.flag('patch'), all: input.flag('events'), now });
      if (view !== undefined) {
        tellFaults(context, view.faults, input.positionals[0]);
        const isText = form === 'text';
        const command = isText && context.output.isTerminal && !input.flag('no-pager') ? await pagerCommand(context) : undefined;
        const isSafe = isText || !context.output.isTerminal;
        await page(isSafe ? view.pieces : harmlessStream(view.pieces), { command, env: context.env });
        return 0;
      }
    }
    const journal = await readRoot(found.objects, found.root);
    const ordered = mergeSessions(journal.parts, context.sha256);
    const whole = timelineOf(ordered);
    const items = filterItems(whole, filter);
    tellFaults(context, journal.faults, input.positionals[0]);
    if (isPlayed) {
      const { runPlay } = await import('../play.ts');
      const head = foldHead(trace, ordered, context.sha256, now);
      await runPlay(context, input, { trace, head, items });
    } else if (form === 'json') {
      const pieces = documentJson(foldHead(trace, ordered, context.sha256), items);
      await page(context.output.isTerminal ? harmless(pieces) : pieces, { command: undefined, env: context.env });
    } else if (form === 'ndjson') {
      await page(context.output.isTerminal ? harmless(ndjson(items)) : ndjson(items), { command: undefined, env: context.env });
    } else {
      const { output } = context;
      const head = foldHead(trace, ordered, context.sha256, now);
      const lines = traceText(trace, head, whole, {
        columns: output.columns,
        color: output.color,
        patch: input.flag('patch'),
        all: input.flag('events'),
        items,
        unread: journal.faults,
        now,
      });
      const command = output.isTerminal && !input.flag('no-pager') ? await pagerCommand(context) : undefined;
      await page(withNewlines(lines), { command, env: context.env });
    }
    return 0;
  },
};

/** Refuses options that make no sense with what is asked for. @throws usage */
function refuse(input: Input, options: readonly string[], what: 'played' | 'followed' | 'made a page'): void {
  const other = options.find((name) => input.flag(name) || input.text(name) !== undefined);
  if (other === undefined) return;
  const hint = what === 'followed' && other === 'json' ? "'--ndjson --follow' prints one event a line" : `leave '--${other}' out`;
  throw fail('usage', `'--${other}' cannot be ${what}`, [hint]);
}

function tellFaults(context: Context, faults: readonly ReadFault[], asked: string | undefined): void {
  for (const { path, reason } of faults) context.output.say(`warning: '${terminalText(path)}' cannot be read: ${terminalText(reason)}`);
  if (faults.length > 0) context.output.say(`hint: the rest is shown; 'git trace verify ${asked ?? ''}' tells more`);
}

async function* harmlessStream(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield jsonForTerminal(piece);
}

/** JSON that says the same and holds nothing a terminal would act on. */
function* harmless(pieces: Iterable<string>): Generator<string> {
  for (const piece of pieces) yield jsonForTerminal(piece);
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

/** The person's pager, as git finds it: GIT_PAGER, core.pager, PAGER, less. */
async function pagerCommand(context: Context): Promise<string | undefined> {
  const { config } = await context.repository();
  const own = config.get('pager.trace');
  if (own !== undefined && config.flag('pager.trace') === false) return undefined;
  return context.env['GIT_PAGER'] ?? config.get('core.pager') ?? context.env['PAGER'] ?? 'less';
}
