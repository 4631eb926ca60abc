/** What a user of the client library sees: entries, options, and the client itself. Types only. */

/** An event as `git trace` takes it; `ts` is the moment of `enqueue()` unless it is given. */
export interface TelemetryEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** ISO 8601 with a zone. */
  readonly ts?: string;
  readonly session?: string;
  readonly [member: string]: unknown;
}

/** Where events belong: a pull request, or a branch; without either, the branch that the server's repository is on. */
export interface Target {
  readonly pr?: number | string;
  readonly branch?: string;
  /** `owner/repo`, where the server serves a folder of repositories. */
  readonly repo?: string;
}

export interface EventEntry extends Target {
  readonly kind: 'event';
  readonly event: TelemetryEvent;
}

/** Something that is posted as `{"kind", "payload"}` to the endpoint that it names. */
export interface PostEntry {
  readonly kind: 'tool_call' | 'index_sync';
  /** An address, or a path below the server's. */
  readonly endpoint: string;
  readonly payload: unknown;
}

export type Entry = EventEntry | PostEntry;

/** An entry that the other side will never take, and why. */
export interface FailedEntry {
  readonly entry: Entry;
  readonly error: string;
  /** The answer's status. */
  readonly status: number;
  readonly attempts: number;
  /** When it was set aside, ISO 8601. */
  readonly at: string;
}

/** Why the entry that is first cannot be sent now. */
export interface Failure {
  readonly error: string;
  readonly attempts: number;
  /** Milliseconds since 1970 of the next try. */
  readonly next: number;
}

export interface Developer {
  readonly user_id: string;
  readonly ide_version?: string | null;
  readonly os: string;
}

export interface ClientOptions extends Target {
  /** Where the outbox is; made if it is not there. Any number of processes of one machine may share it, if they talk to one server. */
  readonly folder: string;
  /** Address of the server, as `http://127.0.0.1:7476`; may be said later by `start()`. A function is asked anew for each try. */
  readonly url?: string | (() => string | undefined);
  readonly token?: string | (() => string | undefined);
  /** The session of events that name none. */
  readonly session?: string;
  readonly developer?: Developer;
  /** Bytes of the outbox; what comes above is dropped, and counted. 64 MiB unless told. */
  readonly maxBytes?: number;
  /** Is told of what was set aside, dropped, or could not be written. Never of the token. */
  readonly onProblem?: (problem: string) => void;
}

/** What became of what was pending. */
export interface FlushOutcome {
  /** Entries that were pending when it was called. */
  readonly pending: number;
  readonly sent: number;
  readonly left: number;
}

/** Sends entries, in order, and keeps them on the disk until they are taken. */
export interface Client {
  /** Entries that are not sent. */
  readonly pending: number;
  /** Entries that found no room. */
  readonly dropped: number;
  /** Why sending does not go on, if it does not. */
  readonly failure: Failure | undefined;
  /** Says where the server is, and begins to send. */
  start(server: { readonly url: string; readonly token?: string }): void;
  /** Keeps an entry and returns at once; never throws. A crash of this process does not lose it. */
  enqueue(entry: Entry | TelemetryEvent): void;
  /** Keeps an entry and waits until it is taken, but no longer than so many milliseconds (300). */
  fireSync(entry: Entry | TelemetryEvent, wait?: number): Promise<'sent' | 'kept'>;
  /** Tries to send all that is pending now, for at most so many milliseconds (10,000). */
  flushPending(wait?: number): Promise<FlushOutcome>;
  /** What was set aside, the oldest first. */
  setAside(): readonly FailedEntry[];
  /** Tries once more for so many milliseconds (300), and lets go of the outbox. What is left is sent by the next client. */
  close(wait?: number): Promise<void>;
}
