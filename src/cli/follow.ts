/** `git trace show --follow`: the story so far, then each event as it comes, until somebody has seen enough. */
import { isTraceError } from '../core/errors.ts';
import { isNumbered, type TraceName } from '../core/trace-name.ts';
import { type Filter, filterItems, matcher } from '../replay/filter.ts';
import { ndjson } from '../replay/ndjson.ts';
import { Rows } from '../replay/rows.ts';
import { jsonForTerminal, terminalText } from '../replay/terminal-text.ts';
import { traceText } from '../replay/text.ts';
import { Cast } from '../timeline/cast.ts';
import { HeadFold } from '../timeline/document.ts';
import type { LiveChange } from '../timeline/live-order.ts';
import type { Item } from '../timeline/timeline.ts';
import type { Input } from './command.ts';
import type { Context } from './context.ts';
import { type LiveTrace, openLive } from './live-trace.ts';
import { findTrace } from './open-trace.ts';

/** Items that are held: what comes late is put in order among them. */
const HELD = 512;

/** Characters of the story so far that are written at once: about a screen of them. */
const PIECE = 4_096;

/** How a command ends that was interrupted: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** Follows a trace. @returns the exit status, once it was interrupted @throws no-such-trace */
export async function followTrace(context: Context, input: Input, trace: TraceName, filter: Filter): Promise<number> {
  const live = await opened(context, input, trace);
  const told = new Set<string>();
  const warn = (): void => {
    for (const { path, reason } of live.faults) {
      const text = `warning: '${terminalText(path)}' cannot be read: ${terminalText(reason)}`;
      if (!told.has(text)) context.output.say(text);
      told.add(text);
    }
  };
  const follower = input.flag('ndjson') ? new LineFollower(context) : new TextFollower(context, trace, input);
  const matches = matcher(filter);
  live.onChange((change: LiveChange) => {
    follower.add(change.added, matches);
    warn();
  });
  follower.begin(live.items, filter);
  warn();
  await interrupted();
  await live.close();
  return INTERRUPTED;
}

/** The trace; one that is a pull request's and not here is brought first. */
async function opened(context: Context, input: Input, trace: TraceName): Promise<LiveTrace> {
  const live = await openLive(context, trace, { keep: HELD });
  if (live.items.length > 0 || live.faults.length > 0 || !isNumbered(trace)) return live;
  await live.close();
  try {
    await findTrace(context, trace, { remote: input.text('remote'), boundary: 'show' });
  } catch (error) {
    // nothing of the current branch's pull request is here yet: it may come
    if (input.positionals.length > 0 || !isTraceError(error) || error.code !== 'no-such-trace') throw error;
  }
  return openLive(context, trace, { keep: HELD });
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
  });
}

/** Prints events as JSON, one a line. */
class LineFollower {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  begin(items: readonly Item[], filter: Filter): void {
    this.#print(filterItems(items, filter));
  }

  add(items: readonly Item[], matches: (item: Item) => boolean): void {
    this.#print(items.filter(matches));
  }

  #print(items: readonly Item[]): void {
    const { output } = this.#context;
    for (const line of ndjson(items)) output.out(output.isTerminal ? jsonForTerminal(line) : line);
  }
}

/** Prints the text view, then rows of it. */
class TextFollower {
  readonly #context: Context;
  readonly #trace: TraceName;
  readonly #flags: { readonly patch: boolean; readonly all: boolean };
  readonly #fold = new HeadFold();
  readonly #sessions = new Set<string>();
  readonly #rows: Rows;
  #cast: Cast;

  constructor(context: Context, trace: TraceName, input: Input) {
    this.#context = context;
    this.#trace = trace;
    this.#flags = { patch: input.flag('patch'), all: input.flag('events') };
    const { color, isTerminal } = context.output;
    // a window may be made wider or narrower meanwhile
    const columns = (): number => (isTerminal ? process.stdout.columns : context.output.columns);
    this.#rows = new Rows({
      ...this.#flags,
      color,
      get columns() {
        return columns();
      },
    });
    this.#cast = this.#castNow();
  }

  begin(items: readonly Item[], filter: Filter): void {
    const { output, clock } = this.#context;
    for (const item of items) this.#learn(item);
    this.#cast = this.#castNow();
    const head = this.#fold.head(this.#trace, this.#context.sha256, clock.now());
    const options = { ...this.#flags, color: output.color, columns: output.columns, items: filterItems(items, filter) };
    let text = '';
    for (const line of traceText(this.#trace, head, items, options)) {
      text += `${line}\n`;
      // what is told can be read while the rest is
      if (text.length < PIECE) continue;
      output.out(text);
      text = '';
    }
    output.out(text);
    for (const item of options.items) this.#rows.noteTold(item, this.#cast);
  }

  add(items: readonly Item[], matches: (item: Item) => boolean): void {
    const isNobodyNew = items.map((item) => this.#learn(item)).every((isNew) => !isNew);
    if (!isNobodyNew) this.#cast = this.#castNow();
    let text = '';
    for (const item of items) if (matches(item)) for (const line of this.#rows.tell(item, this.#cast)) text += `${line}\n`;
    if (text !== '') this.#context.output.out(text);
  }

  /** Takes note of who acts. @returns whether that is somebody new */
  #learn(item: Item): boolean {
    if (item.kind === 'gap') return false;
    this.#fold.add(item.entry, item.at);
    const { session, type } = item.entry.event;
    const before = this.#sessions.size;
    return this.#sessions.add(session).size > before || type === 'session_started';
  }

  #castNow(): Cast {
    return new Cast(this.#fold.head(this.#trace, this.#context.sha256, this.#context.clock.now()), terminalText);
  }
}
