/** One repository as `git trace serve` holds it: its ports, opened anew when its configuration changed, and its ingester. */
import { join } from 'node:path';
import { packagePath } from '../adapters/fs/package-files.ts';
import { stampOf } from '../adapters/fs/policy-file.ts';
import { SpoolLog } from '../adapters/fs/spool-log.ts';
import { watchFolders } from '../adapters/fs/watch-folder.ts';
import { runOwn } from '../adapters/own-command.ts';
import { fail, isTraceError } from '../core/errors.ts';
import type { Meter } from '../core/http.ts';
import { mergeSessions } from '../core/order.ts';
import { POLICY_FILE } from '../core/policy.ts';
import type { Lock, TraceFiles } from '../core/ports.ts';
import { ARCHIVE, isTraceName, journalRef, type TraceName } from '../core/trace-name.ts';
import { flush } from '../journal/flush.ts';
import { readRoot } from '../journal/read.ts';
import type { IngestAnswer } from '../serve/api.schema.ts';
import type { Flushed } from '../serve/flusher.ts';
import { Ingester, type IngestLimits, type IngestPorts } from '../serve/ingest.ts';
import { type Listener, News } from '../serve/news.ts';
import { type Cursor, type Page, Pages } from '../serve/pages.ts';
import type { ServedRepository } from '../serve/routes.ts';
import { SPOOL } from '../spool/read.ts';
import { wholeTrace } from '../sync/whole.ts';
import { documentJson, foldHead } from '../timeline/document.ts';
import { timelineOf } from '../timeline/timeline.ts';
import { Context } from './context.ts';
import { LargeTrace } from './large-trace.ts';
import { outsideHooks } from './recorder.ts';
import { SERVE_LOCK, SERVE_STATE } from './server-state.ts';
import { viewLarge } from './show-large.ts';
import { listTraces } from './trace-list.ts';

/** Milliseconds between two looks where the system's watch is not to be trusted alone. */
const LOOK = 250;

/** Milliseconds that a repository is believed to be configured as it was read, while its own files stay as they are. */
const BELIEVED = 30_000;
/** Records that are flushed in this process; more go to one of their own, so that nobody waits for them. */
const FEW = 256;
/** How far a flush that nobody waits for stands back where processors are scarce, as nice(1) counts. */
const BACKGROUND = 5;
/** Records that wait, above which it stands back no more: before too many wait, and what comes is refused. */
const BEHIND = 50_000;

export interface OpenServedOptions {
  readonly meter: Meter;
  readonly limits: IngestLimits;
  /** The repository must be at the path itself, not around it. */
  readonly exact: boolean;
}

/** A context with what a server asks of it, and how the files looked that it was made of. */
interface Opened {
  readonly context: Context;
  readonly ports: IngestPorts;
  readonly since: number;
  readonly stamp: string;
}

export class OpenRepository implements ServedRepository {
  readonly #base: Context;
  readonly #path: string;
  readonly #files: TraceFiles;
  readonly #lock: Lock;
  readonly #ingester: Ingester;
  readonly #pages = new Pages();
  readonly #news: News;
  #opened: Promise<Opened>;
  /** Files of the spool that were begun. */
  #spooled = 0;
  /** The spool as it was when somebody last wanted all of it. */
  #settled = '';

  private constructor(base: Context, path: string, first: Opened, lock: Lock, options: OpenServedOptions) {
    this.#base = base;
    this.#path = path;
    this.#files = first.ports.files;
    this.#lock = lock;
    this.#opened = Promise.resolve(first);
    this.#ingester = new Ingester({
      ports: async () => (await this.#current()).ports,
      // numbered, for the spool is read in the order of its names
      log: new SpoolLog(
        this.#files.path,
        () => `${SPOOL}/serve-${process.pid}-${++this.#spooled}-${base.random.hex(6)}.ndjson`,
        options.limits.file,
      ),
      flush: (records, isAwaited) => this.#flush(records, isAwaited),
      meter: options.meter,
      now: () => performance.now(),
      limits: options.limits,
    });
    this.#news = new News({
      watch: () => {
        // the spool changes when anybody records, and when a flush has taken it
        const watch = watchFolders([join(this.#files.path, SPOOL)], LOOK);
        return { changed: () => watch.changed(LOOK), close: () => watch.close() };
      },
      settle: () => this.settle(),
      stamp: (trace) => this.#stamp(trace),
    });
  }

  /**
   * Opens the repository at a path, and takes what an earlier server left in the spool into the journal.
   *
   * @throws not-a-repository, git-missing, bad-policy; locked where another server serves it
   */
  static async open(base: Context, path: string, options: OpenServedOptions): Promise<OpenRepository> {
    const first = await openContext(base, path);
    const { files, repository } = first.ports;
    if (options.exact && repository.commonDir !== path && repository.commonDir !== join(path, '.git')) {
      await first.context.close();
      throw fail('not-a-repository', 'there is no repository at that path');
    }
    const lock = await files.lock(SERVE_LOCK, 0);
    if (lock === undefined) {
      await first.context.close();
      const pid = files.holder(SERVE_LOCK);
      throw fail('locked', `another server${pid === undefined ? '' : ` (process ${pid})`} serves this repository`, [
        "'git trace status' tells where",
      ]);
    }
    const opened = new OpenRepository(base, path, first, lock, options);
    await opened.settle();
    return opened;
  }

  get isWell(): boolean {
    return this.#ingester.flusher.error === undefined;
  }

  /** Events that are durable in the spool and not in a journal yet. */
  get waiting(): number {
    return this.#ingester.waiting;
  }

  /** Says in `trace/` where the server listens, for `status` and for clients. */
  announce(url: string): void {
    this.#files.replace(SERVE_STATE, `${JSON.stringify({ url, pid: process.pid })}\n`);
  }

  take(body: Buffer): Promise<IngestAnswer> {
    return this.#take(body);
  }

  async takeTelemetry(kind: 'logs' | 'traces', body: Buffer, isJson: boolean): Promise<IngestAnswer> {
    const { readOtlp } = await import('./otlp.ts');
    return this.#take(async (options) => (await readOtlp(kind, body, isJson, options)).records);
  }

  async #take(source: Parameters<Ingester['take']>[0]): Promise<IngestAnswer> {
    const answer = await this.#ingester.take(source).catch((error) => this.#refused(error));
    // somebody watches: what came shows soon
    if (this.#news.isHeard && answer.accepted > 0) void this.settle();
    return answer;
  }

  async settle(): Promise<void> {
    // what hooks, shells and other commands have recorded since is wanted, too
    const spool = this.#spool();
    if (spool !== this.#settled) {
      this.#settled = spool;
      this.#ingester.flusher.noted(1);
    }
    await this.#ingester.flusher.flushed().catch(() => {}); // it is counted, and tried again
  }

  async trace(argument: string): Promise<TraceName> {
    if (isTraceName(argument)) return argument;
    return (await this.#current()).context.trace(argument);
  }

  async list(): Promise<readonly object[]> {
    return listTraces((await this.#current()).context);
  }

  async document(trace: TraceName): Promise<Iterable<string> | AsyncIterable<string> | undefined> {
    const { context, ports } = await this.#current();
    const { sha256, files } = ports;
    const whole = await wholeTrace(ports, trace);
    if (whole === undefined) return undefined;
    const large = await LargeTrace.of({ sha256, files }, trace, whole);
    const filter = { types: [], sessions: [] };
    const view = large && (await viewLarge(context, trace, large, { form: 'json', filter, patch: false, all: false, now: 0 }));
    if (view !== undefined) return view.pieces;
    const ordered = mergeSessions((await readRoot(whole.objects, whole.root)).parts, sha256);
    return documentJson(foldHead(trace, ordered, sha256), timelineOf(ordered));
  }

  async page(trace: TraceName, after: Cursor, limit: number): Promise<Page | undefined> {
    return this.#pages.read((await this.#current()).ports, trace, after, limit);
  }

  listen(trace: TraceName): Listener {
    return this.#news.listen(trace);
  }

  /** Flushes what is left and lets go of the repository. @throws what the flush throws; all of it is in the spool then */
  async close(): Promise<void> {
    try {
      await this.#news.ended();
      await this.#ingester.close();
    } finally {
      if (this.#files.holder(SERVE_LOCK) === process.pid) this.#files.remove(SERVE_STATE);
      await (await this.#opened).context.close();
      this.#lock.release();
    }
  }

  /** What is wrong with a batch may quote it; clients keep the answer. @throws the error, redacted */
  async #refused(error: unknown): Promise<never> {
    if (!isTraceError(error)) throw error;
    const { redactor } = (await this.#current()).ports;
    throw fail(error.code, redactor.text(error.message).text, error.hints, { cause: error });
  }

  /** Changes with the journal of a trace, and with any archive. */
  async #stamp(trace: TraceName): Promise<string> {
    const { commonDir, refs } = (await this.#current()).ports.repository;
    return `${await refs.get(journalRef(trace))} ${stampOf([join(commonDir, ARCHIVE), join(commonDir, 'packed-refs')])}`;
  }

  /** Changes when anybody records. */
  #spool(): string {
    return this.#files
      .list(SPOOL)
      .map((name) => `${name} ${this.#files.stat(`${SPOOL}/${name}`)?.size}`)
      .join();
  }

  async #flush(records: number, isAwaited: boolean): Promise<Flushed> {
    const { ports } = await this.#current();
    if (records <= FEW) {
      const { held } = await flush(ports, { wait: 30_000 });
      return { held: Object.fromEntries([...held].map(([trace, { error }]) => [trace, error.message])) };
    }
    const command = [process.execPath, packagePath('bin/git-trace.js'), 'flush', '--no-edits', '--json'];
    const { status, stdout, stderr } = await runOwn(
      command,
      this.#path,
      environmentOf(this.#base),
      isAwaited || records > BEHIND ? 0 : BACKGROUND,
    );
    const told = heldIn(stdout);
    if (told === undefined) throw fail('git-failed', `the flush ended with ${status ?? 'a signal'}: ${messageIn(stderr)}`);
    return { held: told };
  }

  /** The repository as it is configured now. */
  async #current(): Promise<Opened> {
    const known = await this.#opened;
    if (performance.now() < known.since + BELIEVED && known.stamp === stampAt(known.ports, this.#path)) return known;
    const again = openContext(this.#base, this.#path);
    this.#opened = again.catch(() => known); // whoever asked is told what is wrong with it, and the next one asks anew
    const opened = await again;
    // requests that began with the old one may still read through it
    setTimeout(() => void known.context.close(), BELIEVED).unref();
    return opened;
  }
}

async function openContext(base: Context, path: string): Promise<Opened> {
  const context = new Context({ cwd: path, env: environmentOf(base), output: base.output, interactive: false });
  const since = performance.now();
  const ports = await context.flushPorts();
  const [place, developer] = [await context.place(), await context.developer()];
  return { context, ports: { ...ports, place, developer }, since, stamp: stampAt(ports, path) };
}

function stampAt({ repository }: Pick<IngestPorts, 'repository'>, path: string): string {
  return stampOf([join(repository.commonDir, 'config'), join(repository.gitDir, 'HEAD'), join(repository.workTree ?? path, POLICY_FILE)]);
}

/** What this server was started with concerns one repository and one shell; the others are found by their paths. */
function environmentOf(base: Context): Record<string, string | undefined> {
  return { ...outsideHooks(base.env), GITTRACE_SESSION: undefined };
}

function heldIn(stdout: string): Record<string, string> | undefined {
  try {
    const told: unknown = JSON.parse(stdout);
    // what our own command prints
    if (typeof told === 'object' && told !== null && 'held' in told) return told.held as Record<string, string>;
  } catch {
    // it ended before it had said anything
  }
  return undefined;
}

function messageIn(stderr: string): string {
  return (/^error: (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
