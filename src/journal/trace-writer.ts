/**
 * Stage 3, one trace of one flush: drops events the trace knows, gives the others their session and place, and turns
 * them into objects and the commit that the ref is to name. Swaps nothing itself.
 */
import type { JsonObject } from '../core/canonical.ts';
import { isTraceError } from '../core/errors.ts';
import { HOST_FACTS } from '../core/host.ts';
import { formatLine, parseLine, type TraceEvent } from '../core/line.ts';
import type { GitObjects, Identity, ObjectBatch, Oid } from '../core/ports.ts';
import { FORMAT, FORMAT_FILE } from '../core/segment.ts';
import { agentSession, shellSession } from '../core/session.ts';
import { millis } from '../core/time.ts';
import type { SessionFacts } from '../spool/record.ts';
import { commitObject, flushSubject } from './commit.ts';
import type { KnownIds } from './known-ids.ts';
import type { Prepared } from './prepare.ts';
import { formatOf, loadRoot, refuseNewer } from './read.ts';
import { SessionWriter } from './session-writer.ts';
import { Tree } from './tree.ts';

/** Idle time after which the clone's own session ends and the next event begins a new one. */
export const IDLE_MS = 30 * 60_000;

/** What this clone says of itself at the beginning of a session. */
export interface Origin {
  readonly writer: string;
  readonly tool: string;
  readonly developer: JsonObject;
  readonly environment: JsonObject;
}

/** An event for this trace, with the session its producer named. */
export interface Incoming {
  readonly prepared: Prepared;
  readonly session: SessionFacts | undefined;
}

export interface WrittenTrace {
  /** The new commit; `undefined` when every event was known. */
  readonly tip: Oid | undefined;
  /** Whether each incoming event was new, in the given order. */
  readonly accepted: readonly boolean[];
  /** Lines written, also those that begin and end sessions. */
  readonly lines: number;
}

export interface TraceWriterOptions {
  readonly objects: GitObjects;
  readonly batch: ObjectBatch;
  readonly known: KnownIds;
  readonly origin: Origin;
  readonly identity: Identity;
  readonly ref: string;
  readonly before: Oid | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Adds events to a trace's journal, in memory and in the batch.
 *
 * @throws newer-format, unreadable-segment
 */
export async function writeTrace(incoming: readonly Incoming[], options: TraceWriterOptions): Promise<WrittenTrace> {
  const { objects, batch, known, before } = options;
  const accepted = incoming.map(({ prepared }) => {
    // who erases what a host says cannot keep the host from saying it
    if (known.has(prepared.id, HOST_FACTS.has(prepared.event.type))) return false;
    known.add(prepared.id);
    return true;
  });
  if (!accepted.includes(true)) return { tip: undefined, accepted, lines: 0 };

  const root = before === undefined ? new Tree(objects) : await loadRoot(objects, before);
  refuseNewer(await formatOf(objects, root), options.ref);
  const sessions = new Sessions(root, options);
  for (const [i, item] of incoming.entries()) {
    if (accepted[i]) await sessions.add(item);
  }
  await sessions.write();
  if (root.file(FORMAT_FILE) === undefined) await root.put(FORMAT_FILE, batch.add('blob', Buffer.from(`${FORMAT}\n`)));
  const subject = flushSubject(sessions.types);
  const commit = commitObject(root.write(batch), before, options.identity, Math.floor(options.now / 1000), subject);
  return { tip: batch.add('commit', commit), accepted, lines: [...sessions.types.values()].reduce((sum, count) => sum + count, 0) };
}

/** The sessions that a flush writes to, opened when first needed. */
class Sessions {
  /** Lines written, by type. */
  readonly types = new Map<string, number>();
  readonly #open = new Map<string, SessionWriter>();
  readonly #root: Tree;
  readonly #options: TraceWriterOptions;
  /** The clone's own session and the time of its last event. */
  #own: { writer: SessionWriter; last: number } | undefined;

  constructor(root: Tree, options: TraceWriterOptions) {
    this.#root = root;
    this.#options = options;
  }

  async add({ prepared, session }: Incoming): Promise<void> {
    const { event, line } = prepared;
    if (session === undefined || line === undefined) {
      const writer = await this.#ownSession(event.ts);
      this.#append(writer, { ...event, session: writer.session });
      return;
    }
    const writer = await this.#session(session.id);
    if (writer.isNew && event.type !== 'session_started') {
      const known = shellSession(session.id) ?? agentSession(session.id);
      const [kind, tool] = [session.kind ?? known?.kind ?? 'api', session.tool ?? known?.tool ?? this.#options.origin.tool];
      this.#append(writer, this.#started(session.id, event.ts, kind, tool, session));
    }
    this.#count(event.type);
    writer.append(line);
  }

  async write(): Promise<void> {
    for (const writer of this.#open.values()) await writer.write(this.#root, this.#options.batch);
  }

  async #session(id: string): Promise<SessionWriter> {
    const found = this.#open.get(id);
    if (found !== undefined) return found;
    const opened = await SessionWriter.open(this.#options.objects, this.#root, this.#options.origin.writer, id);
    this.#open.set(id, opened);
    return opened;
  }

  /** The clone's own session as of that time: the newest one, unless it has ended or been idle for long. */
  async #ownSession(ts: string): Promise<SessionWriter> {
    const at = millis(ts);
    if (this.#own === undefined) {
      const folder = await this.#root.folder(this.#options.origin.writer);
      const newest = folder
        ?.names()
        .filter(({ name, kind }) => kind === 'folder' && name.startsWith('local-'))
        .at(-1)?.name;
      const writer = newest === undefined ? undefined : await this.#session(newest).catch(unlessUnreadable);
      const last = writer?.lastLine === undefined ? undefined : lastEvent(writer.lastLine);
      if (writer !== undefined && last !== undefined && last.type !== 'session_ended') this.#own = { writer, last: millis(last.ts) };
    }
    if (this.#own !== undefined && at - this.#own.last > IDLE_MS) {
      const { writer, last } = this.#own;
      this.#append(writer, {
        payload: { reason: 'idle', status: 'completed' },
        session: writer.session,
        ts: new Date(last).toISOString(),
        type: 'session_ended',
      });
      this.#own = undefined;
    }
    if (this.#own === undefined) {
      const writer = await this.#session(await this.#freeName(ts));
      this.#append(writer, this.#started(writer.session, ts, 'shell', this.#options.origin.tool, undefined));
      this.#own = { writer, last: at };
    }
    this.#own.last = Math.max(this.#own.last, at);
    return this.#own.writer;
  }

  async #freeName(ts: string): Promise<string> {
    const folder = await this.#root.folder(this.#options.origin.writer);
    const taken = new Set([...(folder?.names() ?? []).map(({ name }) => name), ...this.#open.keys()]);
    const base = `local-${ts.replace(/[-:]/g, '')}`;
    for (let n = 1; ; n++) {
      const name = n === 1 ? base : `${base}-${n}`;
      if (!taken.has(name)) return name;
    }
  }

  #started(session: string, ts: string, kind: string, tool: string, facts: SessionFacts | undefined): TraceEvent {
    const { origin } = this.#options;
    const model = facts?.model === undefined ? {} : { model: facts.model };
    return {
      payload: { developer: facts?.developer ?? origin.developer, environment: origin.environment, kind, ...model, tool },
      session,
      ts,
      type: 'session_started',
    };
  }

  #append(writer: SessionWriter, event: TraceEvent): void {
    this.#count(event.type);
    writer.append(formatLine(event));
  }

  #count(type: string): void {
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
  }
}

/** A session that cannot be read cannot be continued: the next event begins another one. */
function unlessUnreadable(error: unknown): undefined {
  if (!isTraceError(error) || error.code !== 'unreadable-segment') throw error;
}

function lastEvent(line: string): TraceEvent | undefined {
  try {
    return parseLine(line);
  } catch {
    return undefined; // an erased line: begin a new session rather than guess
  }
}
