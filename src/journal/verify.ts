/**
 * Stage 3, verifying: recomputes what a journal claims and says as figures how correct, complete and consistent it is.
 * Reads only; a fault is what must not be, an observation what a reader may want to know.
 */
import { payloadFault } from '../core/event.schema.ts';
import { isPrunedLine, lineId, readLine, type Sha256, type TraceEvent } from '../core/line.ts';
import type { GitObjects, Oid } from '../core/ports.ts';
import { FORMAT } from '../core/segment.ts';
import { shown } from '../core/shown.ts';
import { type JournalContents, type Part, readRoot } from './read.ts';
import { readCommit, type Tree } from './tree.ts';

export interface Finding {
  readonly code:
    | 'unreadable'
    | 'line'
    | 'schema'
    | 'sequence'
    | 'session'
    | 'history'
    | 'format'
    | 'repeated'
    | 'forked-writer'
    | 'unknown-commit'
    | 'unfinished';
  /** `<writer>/<session> line <seq>`, a path, or a commit. */
  readonly where: string;
  readonly message: string;
}

export interface Verification {
  /** Every hash recomputed, every line canonical, every payload as its schema says. */
  readonly correctness: {
    readonly lines: number;
    readonly events: number;
    readonly hashes: number;
    readonly erased: number;
    readonly pruned: number;
  };
  /** What a trace ought to have: ends of sessions, commits that are here. */
  readonly completeness: { readonly sessions: number; readonly ended: number; readonly commits: number; readonly commits_here: number };
  /** One writer a path, one history, each event once. */
  readonly consistency: { readonly writers: number; readonly flushes: number; readonly repeated: number };
  readonly faults: readonly Finding[];
  readonly observations: readonly Finding[];
}

/** Commits of history that are walked for linearity; a longer one is as sound as its newest part shows. */
const FLUSHES = 10_000;

/**
 * Verifies a journal.
 *
 * @param tip the commit whose history it is; an archived journal has none of its own
 */
export async function verifyJournal(objects: GitObjects, root: Tree, tip: Oid | undefined, sha256: Sha256): Promise<Verification> {
  const contents = await readRoot(objects, root);
  const check = new Check(sha256);
  check.contents(contents);
  await check.commits(objects);
  const flushes = tip === undefined ? 0 : await check.history(objects, tip);
  return check.result(flushes);
}

class Check {
  readonly #sha256: Sha256;
  readonly #faults: Finding[] = [];
  readonly #observations: Finding[] = [];
  readonly #ids = new Map<string, string>();
  readonly #shas = new Set<string>();
  readonly #writers = new Set<string>();
  #lines = 0;
  #events = 0;
  #erased = 0;
  #pruned = 0;
  #repeated = 0;
  #sessions = 0;
  #ended = 0;
  #commitsHere = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  contents({ parts, faults, format }: JournalContents): void {
    for (const { path, reason } of faults) this.#faults.push({ code: 'unreadable', where: path, message: reason });
    if (format > FORMAT)
      this.#observations.push({
        code: 'format',
        where: 'format',
        message: `format ${format} is newer than this git-trace; read as far as it is understood`,
      });
    const sessions = new Map<string, Part[]>();
    for (const part of parts) {
      const key = `${part.writer}/${part.session}`;
      sessions.set(key, [...(sessions.get(key) ?? []), part]);
      this.#writers.add(part.writer);
    }
    for (const [key, ofSession] of sessions) this.#session(key, ofSession);
  }

  /** The parts of a session follow one another without a gap, begin with its start, and end with its end, if it has one. */
  #session(key: string, parts: readonly Part[]): void {
    let next = 1;
    let last: TraceEvent | undefined;
    let first: TraceEvent | undefined;
    let endAt: number | undefined;
    for (const part of parts) {
      if (part.firstSeq > next)
        this.#faults.push({ code: 'sequence', where: key, message: `lines ${next} to ${part.firstSeq - 1} are missing` });
      if (part.firstSeq < next)
        this.#observations.push({
          code: 'forked-writer',
          where: key,
          message: `line ${part.firstSeq} is there in two versions: one writer was used in two clones`,
        });
      for (const [i, line] of part.lines.entries()) {
        const event = this.#line(line, key, part.firstSeq + i, part.session);
        if (event === undefined) continue;
        if (part.firstSeq + i === 1) first = event;
        if (event.type === 'session_ended') endAt ??= part.firstSeq + i;
        last = event;
      }
      next = Math.max(next, part.firstSeq + part.lines.length);
    }
    if (parts.every(({ lines }) => lines.every(isPrunedLine))) return;
    this.#sessions++;
    if (endAt !== undefined) this.#ended++;
    if (first !== undefined && first.type !== 'session_started')
      this.#faults.push({
        code: 'session',
        where: `${key} line 1`,
        message: `the first event is "${first.type}", expected "session_started"`,
      });
    if (endAt !== undefined && last?.type !== 'session_ended')
      this.#observations.push({ code: 'session', where: `${key} line ${endAt}`, message: 'events came in after the end of the session' });
    if (endAt === undefined)
      this.#observations.push({ code: 'unfinished', where: key, message: 'the session has no end: it is active or was interrupted' });
  }

  #line(line: string, key: string, seq: number, session: string): TraceEvent | undefined {
    this.#lines++;
    const where = `${key} line ${seq}`;
    const read = readLine(line, true);
    if (read.kind === 'bad') this.#faults.push({ code: 'line', where, message: read.reason });
    if (read.kind === 'erased') this.#erased++;
    if (read.kind === 'pruned') this.#pruned++;
    if (read.kind !== 'event') return undefined;
    const { event } = read;
    this.#events++;
    if (event.session !== session)
      this.#faults.push({ code: 'session', where, message: `the line says session ${shown(event.session)}, its path "${session}"` });
    const fault = typeof event.payload['dropped'] === 'string' ? undefined : payloadFault(event.type, event.payload);
    if (fault !== undefined)
      this.#faults.push({ code: 'schema', where, message: `"${fault.path}" is ${shown(fault.seen)}, expected ${fault.expected}` });
    const id = lineId(line, event, this.#sha256);
    const before = this.#ids.get(id);
    if (before !== undefined) {
      this.#repeated++;
      this.#observations.push({ code: 'repeated', where, message: `the same event stands at ${before}; readers show it once` });
    } else this.#ids.set(id, where);
    if (event.type === 'commit' && typeof event.payload['sha'] === 'string') this.#shas.add(event.payload['sha']);
    return event;
  }

  /** Which of the commits that events speak of are in this clone; rewritten and unfetched ones are not, and need not be. */
  async commits(objects: GitObjects): Promise<void> {
    for (const sha of this.#shas) {
      const object = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha) ? await objects.read(sha) : undefined;
      if (object?.type === 'commit') this.#commitsHere++;
      else this.#observations.push({ code: 'unknown-commit', where: sha.slice(0, 40), message: 'the commit is not in this clone' });
    }
  }

  /** @returns how many commits the journal has */
  async history(objects: GitObjects, tip: Oid): Promise<number> {
    let count = 0;
    for (let at: Oid | undefined = tip; at !== undefined && count < FLUSHES; count++) {
      const { parents }: { parents: Oid[] } = await readCommit(objects, at);
      if (parents.length > 1)
        this.#faults.push({ code: 'history', where: at, message: `a journal commit has ${parents.length} parents, expected at most one` });
      at = parents[0];
      // a shallow fetch ends here, which is a whole trace all the same
      if (at !== undefined && (await objects.read(at)) === undefined) break;
    }
    return count;
  }

  result(flushes: number): Verification {
    return {
      correctness: { lines: this.#lines, events: this.#events, hashes: this.#events, erased: this.#erased, pruned: this.#pruned },
      completeness: { sessions: this.#sessions, ended: this.#ended, commits: this.#shas.size, commits_here: this.#commitsHere },
      consistency: { writers: this.#writers.size, flushes, repeated: this.#repeated },
      faults: this.#faults,
      observations: this.#observations,
    };
  }
}
