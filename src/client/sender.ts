/**
 * Sends what is in the outbox: one request at a time, the oldest entry first, events of one target together. What cannot be
 * sent now is tried again after a pause that grows; what can never be is set aside, so that it keeps nothing else back.
 */
import { judge, type PostAnswer, type Verdict } from './answer.ts';
import type { Client, ClientOptions, Entry, EventEntry, FailedEntry, Failure, FlushOutcome, TelemetryEvent } from './client-types.ts';
import { Outbox, type Stored } from './outbox.ts';

/** What is outside: the network, the clock, and timers that keep no process alive unless `hold` is said. */
export interface Outside {
  post(address: string, body: string, headers: Readonly<Record<string, string>>): Promise<PostAnswer>;
  /** Milliseconds since 1970. */
  now(): number;
  after(milliseconds: number, work: () => void, hold?: boolean): () => void;
  /** From 0 up to, not including, 1. */
  chance(): number;
  id(): string;
}

const BATCH = 500;
const BATCH_BYTES = 1_048_576;
/** Milliseconds that an entry waits for others. */
const GATHER = 20;
const SYNC = 1_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 60_000;
/** Milliseconds until an address that is not there is asked for again. */
const LOOK = 1_000;
const MAX_BYTES = 64 * 1_048_576;
/** Entries that are held in memory while the disk takes none. */
const MOST_UNSAVED = 1_000;

export class Sender implements Client {
  readonly #options: ClientOptions;
  readonly #outside: Outside;
  readonly #outbox: Outbox;
  #server: { readonly url: string; readonly token?: string } | undefined;
  /** Entries by number, in order: how many were kept and how many are done. What earlier clients left is among them. */
  #kept: number;
  #done = 0;
  #dropped = 0;
  #unsaved: string[] = [];
  #running: Promise<void> | undefined;
  #cancelNext: (() => void) | undefined;
  #cancelSync: (() => void) | undefined;
  #failure: Failure | undefined;
  #mustWait = false;
  #limit = BATCH;
  #rounds = 0;
  #closed = false;
  readonly #waiters = new Set<() => void>();

  /** @throws Error where the outbox's folder cannot be made */
  constructor(options: ClientOptions, outside: Outside) {
    this.#options = options;
    this.#outside = outside;
    this.#outbox = new Outbox(options.folder, () => outside.now());
    this.#kept = this.#outbox.count;
    const before = this.#outbox.failure;
    if (before !== undefined) this.#failure = { ...before, next: outside.now() };
    if (this.#kept > 0) this.#wake(GATHER);
  }

  get pending(): number {
    return this.#kept - this.#done;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  start(server: { readonly url: string; readonly token?: string }): void {
    this.#server = server;
    this.#mustWait = false;
    this.#wake(0);
  }

  enqueue(entry: Entry | TelemetryEvent): void {
    this.#keep(entry);
  }

  async fireSync(entry: Entry | TelemetryEvent, wait = 300): Promise<'sent' | 'kept'> {
    const number = this.#keep(entry);
    if (number === undefined) return 'kept';
    this.#hurry();
    await this.#until(() => this.#done >= number, wait);
    return this.#done >= number ? 'sent' : 'kept';
  }

  async flushPending(wait = 10_000): Promise<FlushOutcome> {
    const { pending } = this;
    const last = this.#kept;
    const before = this.#done;
    const round = this.#rounds;
    this.#hurry();
    await this.#until(() => this.#done >= last || (this.#rounds > round && this.#failure !== undefined), wait);
    return { pending, sent: Math.min(this.#done, last) - before, left: this.pending };
  }

  setAside(): readonly FailedEntry[] {
    return this.#outbox.aside();
  }

  async close(wait = 300): Promise<void> {
    if (this.pending > 0) await this.flushPending(wait);
    this.#closed = true;
    this.#cancelNext?.();
    this.#cancelSync?.();
    this.#outbox.sync();
    this.#outbox.close();
    this.#notify();
  }

  /** Writes an entry to the disk; its number, or `undefined` where it was dropped. */
  #keep(said: Entry | TelemetryEvent): number | undefined {
    try {
      if (this.#closed) throw new Error('the client is closed');
      const line = JSON.stringify({ id: this.#outside.id(), entry: this.#complete(said) });
      if (this.#outbox.bytes + line.length > (this.#options.maxBytes ?? MAX_BYTES)) throw new Error('the outbox is full');
      this.#save(line);
    } catch (error) {
      this.#dropped++;
      this.#problem(`an entry was dropped: ${messageOf(error)}`);
      return undefined;
    }
    this.#kept++;
    this.#wake(GATHER);
    this.#cancelSync ??= this.#outside.after(SYNC, () => {
      this.#cancelSync = undefined;
      if (!this.#closed) this.#outbox.sync();
    });
    return this.#kept;
  }

  /** An event gets its time, session and place now: so it has the same content however often, and by whichever client, it is sent. */
  #complete(said: Entry | TelemetryEvent): Entry {
    if (!isEvent(said) && said.kind !== 'event') return said;
    const own = this.#options;
    const entry: EventEntry = isEvent(said) ? { kind: 'event', event: said } : said;
    const event = { ...entry.event, ts: entry.event.ts ?? new Date(this.#outside.now()).toISOString() };
    const session = event.session ?? own.session;
    const { repo = own.repo } = entry;
    const { pr, branch } = entry.pr === undefined && entry.branch === undefined ? own : entry;
    return {
      kind: 'event',
      ...(repo === undefined ? {} : { repo }),
      ...(pr === undefined ? {} : { pr }),
      ...(branch === undefined ? {} : { branch }),
      event: session === undefined ? event : { ...event, session },
    };
  }

  /** While the disk takes nothing, entries are held in memory, in order. @throws Error where there are too many */
  #save(line: string): void {
    this.#unsaved.push(line);
    try {
      for (let first = this.#unsaved[0]; first !== undefined; first = this.#unsaved[0]) {
        this.#outbox.append(first);
        this.#unsaved.shift();
      }
    } catch (error) {
      if (this.#unsaved.length > MOST_UNSAVED) {
        this.#unsaved.pop();
        throw error;
      }
      this.#problem(`an entry is held in memory: ${messageOf(error)}`);
    }
  }

  /** Sends now, unless the other side asked us to wait. */
  #hurry(): void {
    if (!this.#mustWait) this.#wake(0, true);
  }

  #wake(wait: number, isSooner = false): void {
    if (this.#closed || this.#running !== undefined) return;
    const isLost = this.#address() === undefined;
    // one that is asked for may be there the next time; else start() says when
    if (isLost && typeof this.#options.url !== 'function') return;
    if (this.#cancelNext !== undefined) {
      if (!isSooner) return;
      this.#cancelNext();
    }
    this.#cancelNext = this.#outside.after(isLost ? LOOK : wait, () => {
      this.#cancelNext = undefined;
      this.#mustWait = false;
      this.#run();
    });
  }

  #run(): void {
    if (this.#running !== undefined || this.#closed) return;
    this.#running = this.#drain()
      .catch((error: unknown) => {
        const problem = `the outbox cannot be read: ${messageOf(error)}`;
        this.#problem(problem);
        this.#failed(problem, undefined);
      })
      .finally(() => {
        this.#running = undefined;
        this.#rounds++;
        const { next } = this.#failure ?? {};
        if (this.pending > 0) this.#wake(next === undefined ? GATHER : Math.max(0, next - this.#outside.now()));
        this.#notify();
      });
  }

  async #drain(): Promise<void> {
    for (;;) {
      const address = this.#address();
      if (this.#closed || address === undefined) return;
      if (this.#unsaved.length > 0) this.#saveAgain();
      const group = this.#group(this.#outbox.first(this.#limit));
      const [first] = group;
      if (first === undefined) {
        if (this.#unsaved.length > 0) this.#failed('the disk takes nothing', undefined);
        else this.#done = this.#kept; // what was torn is no entry
        return;
      }
      const verdict = await this.#send(address, group, first);
      if (this.#closed) return;
      if (verdict.kind === 'again') return this.#failed(verdict.error, verdict.wait);
      if (verdict.kind === 'apart' && group.length > 1) {
        // half of it: sooner or later the one that is at fault stands alone
        this.#limit = group.length >> 1;
        continue;
      }
      this.#finish(group, verdict);
    }
  }

  #saveAgain(): void {
    const line = this.#unsaved.pop();
    if (line !== undefined) this.#save(line);
  }

  /** The entries that go in one request. */
  #group(entries: readonly Stored[]): readonly Stored[] {
    const [first] = entries;
    if (first === undefined || first.entry.kind !== 'event') return entries.slice(0, 1);
    const target = this.#targetOf(first.entry);
    let bytes = 0;
    let from = 0;
    const group: Stored[] = [];
    for (const stored of entries) {
      if (stored.entry.kind !== 'event' || this.#targetOf(stored.entry) !== target) break;
      bytes += from === 0 ? 0 : stored.end - from;
      from = stored.end;
      if (bytes > BATCH_BYTES) break;
      group.push(stored);
    }
    return group;
  }

  #targetOf({ pr, branch, repo }: EventEntry): string {
    return JSON.stringify({ repo, pr, branch, developer: this.#options.developer });
  }

  async #send(address: string, group: readonly Stored[], { id, entry }: Stored): Promise<Verdict> {
    const isBatch = entry.kind === 'event';
    const to = isBatch ? `${address}/ingest` : endpointOf(entry.endpoint, address);
    // an address that is none never becomes one
    if (to === undefined) return { kind: 'apart', error: 'the endpoint is no address' };
    try {
      const body = isBatch ? this.#batch(entry, group) : JSON.stringify({ kind: entry.kind, payload: entry.payload });
      const headers = { ...(isBatch ? {} : { 'idempotency-key': id }), ...this.#authorization(to, address) };
      return judge(await this.#outside.post(to, body, headers), isBatch, this.#outside.now());
    } catch (error) {
      return { kind: 'again', error: messageOf(error), wait: undefined };
    }
  }

  #batch(entry: EventEntry, group: readonly Stored[]): string {
    const events = group.flatMap((stored) => (stored.entry.kind === 'event' ? [stored.entry.event] : []));
    return JSON.stringify({ ...(JSON.parse(this.#targetOf(entry)) as object), events });
  }

  /** The token goes to the server alone. */
  #authorization(to: string, address: string): Record<string, string> {
    const { token } = this.#options;
    const said = this.#server?.token ?? (typeof token === 'function' ? token() : token);
    return said === undefined || new URL(to).origin !== new URL(address).origin ? {} : { authorization: `Bearer ${said}` };
  }

  #address(): string | undefined {
    const { url } = this.#options;
    const said = this.#server?.url ?? (typeof url === 'function' ? url() : url);
    return said?.replace(/\/+$/, '');
  }

  #finish(group: readonly Stored[], verdict: Exclude<Verdict, { kind: 'again' }>): void {
    const attempts = (this.#failure?.attempts ?? 0) + 1;
    const refused = verdict.kind === 'apart' ? [{ index: 0, message: verdict.error }] : verdict.rejected;
    for (const { index, message } of refused) {
      const stored = group[index];
      if (stored === undefined) continue;
      const status = verdict.kind === 'apart' ? Number(/[0-9]{3}/.exec(message)?.[0] ?? 0) : 200;
      const failed = { entry: stored.entry, error: message, status, attempts, at: new Date(this.#outside.now()).toISOString() };
      this.#outbox.putAside(failed);
      this.#problem(`an entry was set aside: ${message}`);
    }
    this.#outbox.forget(group);
    this.#done += group.length;
    this.#failure = undefined;
    this.#limit = Math.min(BATCH, this.#limit * 2);
    this.#notify();
  }

  #failed(error: string, wait: number | undefined): void {
    const attempts = (this.#failure?.attempts ?? 0) + 1;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 16)) * (0.5 + this.#outside.chance() / 2);
    this.#failure = { error, attempts, next: this.#outside.now() + (wait ?? pause) };
    this.#mustWait = wait !== undefined;
    this.#outbox.noteFailure(attempts, error);
  }

  /** Waits until something holds, or the time is over. */
  #until(holds: () => boolean, wait: number): Promise<void> {
    if (holds() || this.#address() === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds() || this.#closed) end();
      };
      const end = (): void => {
        cancel();
        this.#waiters.delete(look);
        resolve();
      };
      const cancel = this.#outside.after(wait, end, true);
      this.#waiters.add(look);
    });
  }

  #notify(): void {
    for (const look of [...this.#waiters]) look();
  }

  #problem(text: string): void {
    try {
      this.#options.onProblem?.(text);
    } catch {
      // whoever listens must not stop us
    }
  }
}

/** An endpoint's address; `undefined` where it is none that can be posted to. */
function endpointOf(endpoint: string, address: string): string | undefined {
  const base = `${address}/`;
  const url = URL.canParse(endpoint, base) ? new URL(endpoint, base) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/** Only events have a type; an event may have a member `kind` of its own. */
function isEvent(said: Entry | TelemetryEvent): said is TelemetryEvent {
  return 'type' in said && typeof said.type === 'string';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
