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
  const store = new TreeSessions(root, options);
  const sessions = new Sessions(store, options.origin);
  for (const [i, item] of incoming.entries()) {
    if (accepted[i]) await sessions.add(item);
  }
  await store.write();
  if (root.file(FORMAT_FILE) === undefined) await root.put(FORMAT_FILE, batch.add('blob', Buffer.from(`${FORMAT}\n`)));
  const subject = flushSubject(sessions.types);
  const commit = commitObject(root.write(batch), before, options.identity, Math.floor(options.now / 1000), subject);
  return { tip: batch.add('commit', commit), accepted, lines: [...sessions.types.values()].reduce((sum, count) => sum + count, 0) };
}

/** A session that lines can be added to. */
export interface OpenSession {
  readonly session: string;
  /** Nothing says yet who works in it. */
  readonly isNew: boolean;
  /** Its last line before anything was added. */
  readonly lastLine: string | undefined;
  append(line: string): void;
}

/** Where sessions of this clone are found. */
export interface SessionStore {
  /** Opens a session, or begins it; the same one each time. @throws unreadable-segment */
  open(session: string): Promise<OpenSession>;
  /** Names of those that are in the journal, in the order of its tree. */
  names(): Promise<readonly string[]>;
}

/** The sessions of a journal's tree, opened when first needed. */
class TreeSessions implements SessionStore {
  readonly #open = new Map<string, SessionWriter>();
  readonly #root: Tree;
  readonly #options: TraceWriterOptions;

  constructor(root: Tree, options: TraceWriterOptions) {
    this.#root = root;
    this.#options = options;
  }

  async open(session: string): Promise<SessionWriter> {
    const { objects, origin } = this.#options;
    const opened = this.#open.get(session) ?? (await SessionWriter.open(objects, this.#root, origin.writer, session));
    this.#open.set(session, opened);
    return opened;
  }

  async names(): Promise<readonly string[]> {
    const folder = await this.#root.folder(this.#options.origin.writer);
    return folder?.names().flatMap(({ name, kind }) => (kind === 'folder' ? name : [])) ?? [];
  }

  async write(): Promise<void> {
    for (const writer of this.#open.values()) await writer.write(this.#root, this.#options.batch);
  }
}

/** Puts events into sessions, with the lines that begin and end these: what a flush writes, and what a preview of it shows. */
export class Sessions {
  /** Lines added, by type. */
  readonly types = new Map<string, number>();
  readonly #store: SessionStore;
  readonly #origin: Origin;
  readonly #opened = new Set<string>();
  /** The clone's own session and the time of its last event. */
  #own: { writer: OpenSession; last: number } | undefined;

  constructor(store: SessionStore, origin: Origin) {
    this.#store = store;
    this.#origin = origin;
  }

  async add({ prepared, session }: Incoming): Promise<void> {
    const { event, line } = prepared;
    if (session === undefined || line === undefined) {
      const writer = await this.#ownSession(event.ts);
      this.#append(writer, { ...event, session: writer.session });
      return;
    }
    const writer = await this.#open(session.id);
    if (writer.isNew && event.type !== 'session_started') {
      const known = shellSession(session.id) ?? agentSession(session.id);
      const [kind, tool] = [session.kind ?? known?.kind ?? 'api', session.tool ?? known?.tool ?? this.#origin.tool];
      this.#append(writer, this.#started(session.id, event.ts, kind, tool, session));
    }
    this.#count(event.type);
    writer.append(line);
  }

  #open(session: string): Promise<OpenSession> {
    this.#opened.add(session);
    return this.#store.open(session);
  }

  /** The clone's own session as of that time: the newest one, unless it has ended or been idle for long. */
  async #ownSession(ts: string): Promise<OpenSession> {
    const at = millis(ts);
    if (this.#own === undefined) {
      const newest = (await this.#store.names()).findLast((name) => name.startsWith('local-'));
      const writer = newest === undefined ? undefined : await this.#open(newest).catch(unlessUnreadable);
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
      const writer = await this.#open(await this.#freeName(ts));
      this.#append(writer, this.#started(writer.session, ts, 'shell', this.#origin.tool, undefined));
      this.#own = { writer, last: at };
    }
    this.#own.last = Math.max(this.#own.last, at);
    return this.#own.writer;
  }

  async #freeName(ts: string): Promise<string> {
    const taken = new Set([...(await this.#store.names()), ...this.#opened]);
    const base = `local-${ts.replace(/[-:]/g, '')}`;
    for (let n = 1; ; n++) {
      const name = n === 1 ? base : `${base}-${n}`;
      if (!taken.has(name)) return name;
    }
  }

  #started(session: string, ts: string, kind: string, tool: string, facts: SessionFacts | undefined): TraceEvent {
    const { developer, environment } = this.#origin;
    const model = facts?.model === undefined ? {} : { model: facts.model };
    return {
      payload: { developer: facts?.developer ?? developer, environment, kind, ...model, tool },
      session,
      ts,
      type: 'session_started',
    };
  }

  #append(writer: OpenSession, event: TraceEvent): void {
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
