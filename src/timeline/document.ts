/**
 * Stage 5, the document: events folded into what a pull request's trace says (docs/format.md, "Document"). Derived
 * from the events and the trace's name alone, so that every clone that holds the same events says the same bytes.
 */
import { canonical } from '../core/canonical.ts';
import type { Entry, Sha256 } from '../core/line.ts';
import type { Ordered } from '../core/order.ts';
import { type SessionStatus, sessionStatus } from '../core/session.ts';
import { isTimestamp, type Timestamp, timestamp } from '../core/time.ts';
import { decodeBranch, type TraceName } from '../core/trace-name.ts';
import { languageOf } from './languages.ts';
import { listOf, memberOf, textOf } from './members.ts';
import type { EventItem, Item } from './timeline.ts';

export interface Developer {
  /** Null where no session says who it was. */
  readonly user_id: string | null;
  readonly ide_version: string | null;
  readonly os: string | null;
  /** As git knows the person; null where no session says it. */
  readonly name: string | null;
}

export interface DocumentSession {
  readonly session: string;
  readonly kind: string | null;
  readonly tool: string | null;
  readonly status: SessionStatus;
  readonly events: number;
  readonly start_time: Timestamp;
  readonly end_time: Timestamp;
  readonly developer: Developer | null;
}

/** The document without its events. */
export interface DocumentHead {
  readonly trace_id: string;
  readonly repo: { readonly name: string | null; readonly branch: string | null; readonly language: readonly string[] };
  readonly pr: {
    readonly pr_id: string | null;
    readonly title: string | null;
    readonly status: 'open' | 'merged' | 'closed';
    readonly created_at: Timestamp | null;
    readonly merged_at: Timestamp | null;
  };
  /** Of the first session. */
  readonly developer: Developer;
  readonly timeline: { readonly start_time: Timestamp | null; readonly end_time: Timestamp | null; readonly duration_seconds: number };
  readonly sessions: readonly DocumentSession[];
  readonly developers: readonly Developer[];
}

export interface DocumentEvent {
  readonly seq: number;
  readonly ts: Timestamp;
  readonly type: string;
  readonly session: string;
  readonly id: string;
  readonly payload: unknown;
}

export interface TraceDocument extends DocumentHead {
  readonly events: readonly DocumentEvent[];
}

const NOBODY: Developer = { user_id: null, ide_version: null, os: null, name: null };

/**
 * Folds a trace's events into the head of its document.
 *
 * @param reference when sessions without an end are judged, in milliseconds since 1970; by default at the trace's last event, so that every clone says the same
 */
export function foldHead(trace: TraceName, { entries, times }: Ordered, sha256: Sha256, reference?: number): DocumentHead {
  const fold = new HeadFold();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry !== undefined) fold.add(entry, times[i] ?? 0);
  }
  return fold.head(trace, sha256, reference);
}

/** The whole document as a value, for callers inside the process; programs outside are given {@link documentJson}. */
export function traceDocument(trace: TraceName, ordered: Ordered, sha256: Sha256): TraceDocument {
  const events = ordered.entries.map(({ id, event }, i) => {
    const { ts, type, session, payload } = event;
    return { seq: i + 1, ts, type, session, id, payload };
  });
  return { ...foldHead(trace, ordered, sha256), events };
}

/**
 * Writes the document as JSON, in pieces: the head indented, then one event a line, so that two documents diff well.
 * Payloads are copied from the lines they stand in, not written again.
 *
 * @param items what to list as `events`: all of the trace, or what a filter left of it
 */
export function* documentJson(head: DocumentHead, items: Iterable<Item>): Generator<string> {
  yield documentBegin(head);
  let isFirst = true;
  for (const item of items) {
    if (item.kind !== 'event') continue;
    yield documentEvent(item, isFirst);
    isFirst = false;
  }
  yield documentEnd(isFirst);
}

/** What stands before the events of a document. */
export function documentBegin(head: DocumentHead): string {
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "events": [`;
}

/** An event of a document, with what stands between it and the one before. */
export function documentEvent({ seq, entry: { id, event, payloadText } }: EventItem, isFirst: boolean): string {
  const payload = payloadText ?? canonical(event.payload);
  // session, ts, type and id hold nothing that JSON would escape: the reader has seen to it
  return `${isFirst ? '' : ','}\n    {"seq":${seq},"ts":"${event.ts}","type":"${event.type}","session":"${event.session}","id":"${id}","payload":${payload}}`;
}

/** What stands behind the events of a document. */
export function documentEnd(isEmpty: boolean): string {
  return isEmpty ? ']\n}\n' : '\n  ]\n}\n';
}

/**
 * A UUID (version 8, RFC 9562) of a text: the first 122 bits of its hash that the layout leaves free.
 *
 * @example
 * uuidOf('x', () => 'f'.repeat(64)) // 'ffffffff-ffff-8fff-bfff-ffffffffffff'
 */
export function uuidOf(text: string, sha256: Sha256): string {
  const hex = sha256(text);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface OpenSession {
  readonly session: string;
  /** Effective times of its first and its latest event, in milliseconds since 1970. */
  readonly start: number;
  kind: string | null;
  tool: string | null;
  developer: Developer | null;
  ended: unknown;
  events: number;
  last: number;
}

/** What a HeadFold has gathered, as JSON can hold it. */
export interface HeadState {
  readonly sessions: readonly OpenSession[];
  readonly developers: readonly Developer[];
  readonly languages: readonly string[];
  readonly start: number | undefined;
  readonly last: number;
  readonly said: Readonly<Partial<Record<'firstLink' | 'lastLink' | 'update' | 'merged', unknown>>>;
  readonly commitBranch: string | undefined;
  readonly repoName: string | undefined;
}

/** What is gathered while walking along the events, in order. */
export class HeadFold {
  readonly #sessions: Map<string, OpenSession>;
  readonly #developers: Map<string, Developer>;
  readonly #languages: Set<string>;
  /** Files are edited again and again: each is looked up once. */
  readonly #files = new Set<string>();
  #start: number | undefined;
  #last = 0;
  #firstLink: unknown;
  #lastLink: unknown;
  #update: unknown;
  /** The last update that says that it was merged: nothing that comes later can take that back. */
  #merged: unknown;
  #commitBranch: string | undefined;
  #repoName: string | undefined;

  /** @param state of a fold that is to go on */
  constructor(state?: HeadState) {
    const { sessions = [], developers = [], languages = [], start, last = 0, said = {}, commitBranch, repoName } = state ?? {};
    this.#sessions = new Map(sessions.map((open) => [open.session, { ...open }]));
    this.#developers = new Map(developers.map((developer) => [developer.user_id ?? '', developer]));
    this.#languages = new Set(languages);
    [this.#start, this.#last] = [start, last];
    [this.#firstLink, this.#lastLink, this.#update, this.#merged] = [said.firstLink, said.lastLink, said.update, said.merged];
    [this.#commitBranch, this.#repoName] = [commitBranch, repoName];
  }

  /** What was gathered so far. */
  state(): HeadState {
    return {
      sessions: [...this.#sessions.values()],
      developers: [...this.#developers.values()],
      languages: [...this.#languages],
      start: this.#start,
      last: this.#last,
      said: { firstLink: this.#firstLink, lastLink: this.#lastLink, update: this.#update, merged: this.#merged },
      commitBranch: this.#commitBranch,
      repoName: this.#repoName,
    };
  }

  /** Takes the next event and its effective time. */
  add({ event }: Entry, at: number): void {
    const { payload, session } = event;
    this.#start ??= at;
    this.#last = at;
    let open = this.#sessions.get(session);
    if (open === undefined) {
      open = { session, start: at, kind: null, tool: null, developer: null, ended: undefined, events: 0, last: at };
      this.#sessions.set(session, open);
    }
    open.events++;
    open.last = at;
    switch (event.type) {
      case 'session_started':
        this.#startSession(open, payload);
        break;
      case 'session_ended':
        open.ended = memberOf(payload, 'status');
        break;
      case 'pr_linked':
        this.#firstLink ??= payload;
        this.#lastLink = payload;
        break;
      case 'pr_updated':
        this.#update = payload;
        if (textOf(payload, 'status') === 'merged') this.#merged = payload;
        break;
      case 'commit':
        this.#commitBranch = textOf(payload, 'branch') ?? this.#commitBranch;
        for (const file of listOf(payload, 'files')) this.#addFile(textOf(file, 'path'));
        break;
      case 'edit':
        this.#addFile(textOf(payload, 'file'));
        break;
    }
  }

  #startSession(open: OpenSession, payload: unknown): void {
    // a session that begins again has not ended
    open.ended = undefined;
    open.kind ??= textOf(payload, 'kind') ?? null;
    open.tool ??= textOf(payload, 'tool') ?? null;
    open.developer ??= developerOf(memberOf(payload, 'developer'));
    const { developer } = open;
    if (developer?.user_id && !this.#developers.has(developer.user_id)) this.#developers.set(developer.user_id, developer);
    const repo = memberOf(payload, 'repo');
    this.#repoName ??= textOf(repo, 'name');
    const language = memberOf(repo, 'language');
    for (const name of Array.isArray(language) ? language : [language]) {
      if (typeof name === 'string' && name !== '') this.#languages.add(name);
    }
  }

  #addFile(path: string | undefined): void {
    if (path === undefined || this.#files.has(path)) return;
    this.#files.add(path);
    const language = languageOf(path);
    if (language !== undefined) this.#languages.add(language);
  }

  /** The head of what was taken so far. @param reference as for {@link foldHead} */
  head(trace: TraceName, sha256: Sha256, reference: number | undefined): DocumentHead {
    const linked = this.#firstLink;
    const updated = this.#update;
    const prId = textOf(linked, 'pr_id');
    const status = textOf(this.#merged ?? updated, 'status');
    const start = this.#start;
    const judgedAt = reference ?? this.#last;
    return {
      trace_id: uuidOf(`git-trace\0${prId === undefined ? trace : `${textOf(linked, 'host') ?? ''}/${prId}`}`, sha256),
      repo: {
        name: repositoryOf(prId) ?? this.#repoName ?? null,
        branch: textOf(this.#lastLink, 'head') ?? this.#commitBranch ?? branchOf(trace),
        language: [...this.#languages].sort(),
      },
      pr: {
        pr_id: prId ?? null,
        title: textOf(updated, 'title') ?? null,
        status: status === 'merged' || status === 'closed' ? status : 'open',
        created_at: timeOf(updated, 'created_at'),
        merged_at: timeOf(this.#merged ?? updated, 'merged_at'),
      },
      developer: this.#developers.values().next().value ?? NOBODY,
      timeline: {
        start_time: start === undefined ? null : timestamp(start),
        end_time: start === undefined ? null : timestamp(this.#last),
        duration_seconds: start === undefined ? 0 : (this.#last - start) / 1000,
      },
      sessions: [...this.#sessions.values()].map(({ ended, last, start: from, ...said }) => ({
        session: said.session,
        kind: said.kind,
        tool: said.tool,
        status: sessionStatus(ended, last, judgedAt),
        events: said.events,
        start_time: timestamp(from),
        end_time: timestamp(last),
        developer: said.developer,
      })),
      developers: [...this.#developers.values()],
    };
  }
}

/** `owner/repo` of `owner/repo#42`. */
function repositoryOf(prId: string | undefined): string | undefined {
  const mark = prId === undefined ? -1 : Math.max(prId.lastIndexOf('#'), prId.lastIndexOf('!'));
  const name = prId?.slice(0, Math.max(mark, 0)) ?? '';
  return name.includes('/') ? name : undefined;
}

function developerOf(value: unknown): Developer | null {
  const user = textOf(value, 'user_id');
  if (user === undefined) return null;
  const said = (name: string): string | null => textOf(value, name) ?? null;
  return { user_id: user, ide_version: said('ide_version'), os: said('os'), name: said('name') };
}

/** The branch that a trace without a pull request is named after. */
function branchOf(trace: TraceName): string | null {
  return trace.startsWith('heads/') ? decodeBranch(trace.slice('heads/'.length)) : null;
}

function timeOf(payload: unknown, name: string): Timestamp | null {
  const text = textOf(payload, name);
  return text !== undefined && isTimestamp(text) ? text : null;
}
