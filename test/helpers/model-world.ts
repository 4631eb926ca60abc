/**
 * Clones and a bare remote in memory: git's refs, objects, fetch and push as far as traces use them, and each clone's
 * `trace/` folder. What runs on them is the product itself, from the spool to the remote.
 */
import { createHash } from 'node:crypto';
import { fail } from '../../src/core/errors.ts';
import { mergeSessions } from '../../src/core/order.ts';
import { RECORD_ALL } from '../../src/core/policy.ts';
import type { GitObject, Oid, PushOutcome, PushUpdate, Random, Ref, RefChange, Repository, TraceFiles } from '../../src/core/ports.ts';
import { makeRedactor } from '../../src/core/redact.ts';
import { journalRef, TRACES, type TraceName } from '../../src/core/trace-name.ts';
import { type FlushPorts, flush } from '../../src/journal/flush.ts';
import { adoptTrace } from '../../src/journal/link.ts';
import { loadRoot, readRoot } from '../../src/journal/read.ts';
import { ownWriter } from '../../src/journal/writer.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import { archiveTraces } from '../../src/sync/archive.ts';
import { fetchArchives } from '../../src/sync/archives.ts';
import { eraseEvents, eventsOf } from '../../src/sync/erase.ts';
import { fetchTraces } from '../../src/sync/fetch.ts';
import { forgetTracked } from '../../src/sync/forget.ts';
import { united } from '../../src/sync/integrate.ts';
import { notePush } from '../../src/sync/pending.ts';
import { pruneJournal } from '../../src/sync/prune.ts';
import { pushTraces } from '../../src/sync/push.ts';
import { wholeTrace } from '../../src/sync/whole.ts';
import { DEVELOPER, note, START } from './journal.ts';
import { sha256 } from './journal-lines.ts';
import { MemoryObjects } from './memory-objects.ts';

/** The process is gone in the middle of what it did. */
export class Crash extends Error {}

type Refs = Map<string, Oid>;

const redactor = makeRedactor();

/** What git and the clones share: objects under their names. A ref tells who has which. */
export class World {
  readonly objects = new MemoryObjects();
  readonly remote: Refs = new Map();
  /** Refs of the remote that nobody can change now. */
  readonly locked = new Set<string>();
  clones = 0;
  #random = 0;

  /** The same for the same history of calls. */
  random(): Random {
    const hex = (bytes: number): string =>
      createHash('sha256')
        .update(`${this.#random++}`)
        .digest('hex')
        .slice(0, bytes * 2);
    return { hex, uuid: () => hex(16).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5'), fraction: () => 0 };
  }

  /** Whether a text is in any object that some ref of these reaches. */
  async reaches(refs: Refs, text: string): Promise<boolean> {
    const seen = new Set<Oid>();
    const wanted = [...refs.values()];
    for (let oid = wanted.pop(); oid !== undefined; oid = wanted.pop()) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const object = await this.objects.read(oid);
      if (object === undefined) continue;
      if (object.data.includes(text)) return true;
      wanted.push(...namedBy(object));
    }
    return false;
  }
}

function namedBy({ type, data }: GitObject): Oid[] {
  if (type === 'commit') return [...data.toString('latin1').matchAll(/^(?:tree|parent) ([0-9a-f]+)$/gm)].map(([, oid = '']) => oid);
  if (type !== 'tree') return [];
  const oids: Oid[] = [];
  for (let at = data.indexOf(0); at !== -1; at = data.indexOf(0, at + 21)) oids.push(data.toString('hex', at + 1, at + 21));
  return oids;
}

/** A folder `trace/`. */
class MemoryFiles implements TraceFiles {
  readonly path = '/trace';
  readonly entries = new Map<string, { bytes: Buffer; modified: number }>();
  readonly #now: () => number;
  readonly #step: <T>(act: () => T) => T;

  constructor(now: () => number, step: <T>(act: () => T) => T) {
    this.#now = now;
    this.#step = step;
  }

  exists(name: string): boolean {
    return this.entries.has(name) || this.list(name).length > 0;
  }

  read(name: string, offset = 0, limit = Number.POSITIVE_INFINITY): Buffer | undefined {
    return this.entries.get(name)?.bytes.subarray(offset, offset + limit);
  }

  stat(name: string): { size: number; modified: number } | undefined {
    const entry = this.entries.get(name);
    return entry && { size: entry.bytes.length, modified: entry.modified };
  }

  list(folder: string): string[] {
    const below = [...this.entries.keys()].filter((name) => name.startsWith(`${folder}/`));
    return [...new Set(below.map((name) => name.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
  }

  append(name: string, bytes: Buffer | string): void {
    this.#put(name, Buffer.concat([this.entries.get(name)?.bytes ?? Buffer.alloc(0), Buffer.from(bytes)]));
  }

  replace(name: string, bytes: Buffer | string): void {
    this.#put(name, Buffer.from(bytes));
  }

  remove(name: string): void {
    this.#step(() => void this.entries.delete(name));
  }

  async lock(): Promise<{ release(): void }> {
    return { release: () => {} }; // a clone does one thing at a time, and who is dead holds nothing
  }

  holder(): undefined {
    return undefined;
  }

  alive(): boolean {
    return false;
  }

  #put(name: string, bytes: Buffer): void {
    this.#step(() => void this.entries.set(name, { bytes, modified: this.#now() }));
  }
}

export class Clone {
  readonly refs: Refs = new Map();
  readonly files: MemoryFiles;
  now = START;
  /** What the names of its sessions end with: a process belongs to one clone. */
  readonly id: number;
  readonly #world: World;
  readonly #config: [string, string][] = [];
  readonly #random: Random;
  /** Changes of the outside until the process dies; half of them are made before it does. */
  #left = Number.POSITIVE_INFINITY;
  #afterwards = false;

  constructor(world: World) {
    this.#world = world;
    this.id = world.clones++;
    this.#random = world.random();
    this.files = new MemoryFiles(
      () => this.now,
      (act) => this.#step(act),
    );
  }

  /** Records a note; it is acknowledged when this returns. */
  record(text: string, place: { trace?: string; branch?: string }, session?: string): void {
    new SpoolFile(this.files, this.#random, 'test', 999_999_999).append(
      note(text, (this.now - START) / 60_000, { place, ...(session === undefined ? {} : { session: { id: session } }) }),
    );
    this.now += 1;
  }

  async flush(): Promise<void> {
    await flush(this.ports, { wait: 0 });
  }

  async fetch(traces: readonly TraceName[]): Promise<void> {
    await fetchTraces(this.ports, 'origin', traces);
  }

  async push(traces: readonly TraceName[], inboxOnly = false): Promise<void> {
    await pushTraces(this.ports, 'origin', traces, { inboxOnly });
  }

  /** Everything that waits, both ways, as `git trace sync` does it. */
  async sync(traces: readonly TraceName[]): Promise<ReadonlyMap<TraceName, string>> {
    await this.flush();
    const { inboxes } = await fetchTraces(this.ports, 'origin', traces);
    return (await pushTraces(this.ports, 'origin', traces, { inboxes })).failed;
  }

  async fetchArchives(): Promise<void> {
    await fetchArchives(this.ports, 'origin', undefined);
  }

  async archive(trace: TraceName, month: string): Promise<void> {
    await archiveTraces(this.ports, 'origin', [{ trace, month }]);
  }

  /** The lines of sessions, as the local journal has them. */
  async linesOf(trace: TraceName, session: RegExp): Promise<string[]> {
    const tip = this.refs.get(journalRef(trace));
    if (tip === undefined) return [];
    const { parts } = await readRoot(this.#world.objects, await loadRoot(this.#world.objects, tip));
    return parts.filter((part) => session.test(part.session)).flatMap(({ lines }) => lines);
  }

  /** What the notes of a trace say that are here, in an archive too, with the mark of each. */
  async notes(trace: TraceName): Promise<{ text: string; mark: string }[]> {
    const { entries = [] } = (await eventsOf(this.ports, trace)) ?? {};
    return entries.flatMap(({ id, event }) => {
      const text = event.payload['text'];
      return typeof text === 'string' ? [{ text, mark: sha256(id) }] : [];
    });
  }

  /** Erases an event of a trace, given by its mark, as the command does it while the remote is away: the next push does the rest. */
  async erase(trace: TraceName, mark: string): Promise<void> {
    const failed = new Map([[trace, 'it is still there']]);
    await notePush(this.files, this.ports.clock, 'origin', { delivered: [], failed, isHeard: true });
    await eraseEvents(this.ports, trace, new Set([mark]));
    await forgetTracked(this.ports, trace);
  }

  /** Drops sessions from a trace, as far as they are in the local journal. */
  async prune(trace: TraceName, session: RegExp): Promise<void> {
    await pruneJournal(
      this.ports,
      trace,
      ({ parts }) => new Set(parts.flatMap((part) => (session.test(part.session) ? [part.session] : []))),
    );
  }

  /** Makes a branch's trace a pull request's. */
  async link(branch: string, trace: TraceName): Promise<void> {
    await this.flush();
    const unite = async (ours: Oid, theirs: Oid, ref: string): Promise<Oid> => (await united(this.ports, ours, theirs, ref, 'here')).oid;
    if (!this.isLinked(branch)) this.#config.push([`branch.${branch}.trace`, trace]);
    await adoptTrace({ ...this.ports, unite }, `heads/${branch}`, trace);
  }

  isLinked(branch: string): boolean {
    return this.#config.some(([key]) => key === `branch.${branch}.trace`);
  }

  /** Becomes what `cp -r` of another clone's `.git` gives: also its writer's name, and what waits in its spool. */
  copy(other: Clone): void {
    this.refs.clear();
    for (const [name, oid] of other.refs) this.refs.set(name, oid);
    this.files.entries.clear();
    for (const [name, entry] of other.files.entries) this.files.entries.set(name, entry);
    this.#config.splice(0, this.#config.length, ...other.#config);
  }

  /** Does something and dies at one of its changes of the outside, before it or right after it. */
  async dying(at: number, afterwards: boolean, act: () => Promise<unknown>): Promise<void> {
    this.#left = at;
    this.#afterwards = afterwards;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    } finally {
      this.#left = Number.POSITIVE_INFINITY;
    }
  }

  /** What a person reads of a trace: its lines in order. */
  async lines(trace: TraceName): Promise<string[]> {
    const whole = await wholeTrace(this.ports, trace);
    if (whole === undefined) return [];
    return mergeSessions((await readRoot(whole.objects, whole.root)).parts, sha256).entries.map(({ line }) => line);
  }

  get ports(): FlushPorts {
    const { objects, remote } = this.#world;
    const config = {
      get: (key: string) => this.#config.findLast(([known]) => known === key)?.[1],
      getAll: (key: string) => this.#config.flatMap(([known, value]) => (known === key ? [value] : [])),
      entries: (prefix: string) => this.#config.filter(([key]) => key.startsWith(prefix)),
      flag: () => undefined,
    };
    const repository = {
      objects: {
        nameOf: objects.nameOf.bind(objects),
        read: objects.read.bind(objects),
        isAncestor: objects.isAncestor.bind(objects),
        batch: () => ({ ...objects.batch(), write: async () => this.#step(() => {}) }),
      },
      refs: {
        get: async (name: string) => this.refs.get(name),
        list: async (prefixes: readonly string[]) => listed(this.refs, prefixes),
        update: async (changes: readonly RefChange[]) => this.#step(() => update(this.refs, changes)),
        clearStaleLock: async () => {},
        forgetLogs: async () => {},
      },
      remote: {
        list: async (_: string, names: readonly string[]) =>
          [...remote].filter(([ref]) => names.some((name) => matched(name, ref) !== undefined)).map(([name, oid]) => ({ name, oid })),
        fetch: async (_: string, refspecs: readonly string[]) => this.#step(() => fetchInto(this.refs, remote, refspecs)),
        push: async (_: string, updates: readonly PushUpdate[]) => {
          const outcomes: PushOutcome[] = [];
          // a step each: who dies in the middle has pushed some
          for (const one of updates) outcomes.push(await this.#pushOne(one));
          return outcomes;
        },
      },
      config,
      identity: async () => ({ name: 'n', email: 'e' }),
      commitFacts: async () => new Map(),
      head: async () => ({ branch: undefined, oid: undefined }),
    };
    return {
      repository: repository as unknown as Repository, // nothing else of it is called
      files: this.files,
      clock: { now: () => this.now },
      random: this.#random,
      sha256,
      redactor,
      policy: RECORD_ALL,
      origin: async () => ({ writer: ownWriter(this.files, this.#random), tool: 'test', developer: DEVELOPER, environment: {} }),
    };
  }

  async #pushOne({ ref, oid, lease }: PushUpdate): Promise<PushOutcome> {
    const { objects, remote, locked } = this.#world;
    const there = remote.get(ref);
    if (locked.has(ref)) return { ref, kind: 'rejected', reason: 'cannot lock ref' };
    if (there === oid) return { ref, kind: 'up-to-date', reason: '' };
    const fits =
      lease === undefined ? there === undefined || (oid !== undefined && (await objects.isAncestor(there, oid))) : there === lease;
    if (!fits) return { ref, kind: 'rejected', reason: 'refused' };
    this.#step(() => (oid === undefined ? remote.delete(ref) : remote.set(ref, oid)));
    return { ref, kind: 'ok', reason: '' };
  }

  #step<T>(act: () => T): T {
    if (this.#left-- > 0) return act();
    if (this.#afterwards) act();
    this.#left = 0; // the dead do nothing more
    this.#afterwards = false;
    throw new Crash();
  }
}

function listed(refs: Refs, prefixes: readonly string[]): Ref[] {
  const fits = (name: string): boolean => prefixes.some((prefix) => (prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix));
  return [...refs]
    .filter(([name]) => fits(name))
    .map(([name, oid]) => ({ name, oid }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function update(refs: Refs, changes: readonly RefChange[]): 'done' | 'stale' {
  if (changes.every(({ name, after }) => refs.get(name) === after)) return 'done';
  if (changes.some(({ name, before }) => refs.get(name) !== before)) return 'stale';
  for (const { name, after } of changes) put(refs, name, after);
  return 'done';
}

function put(refs: Refs, name: string, oid: Oid | undefined): void {
  if (oid === undefined) refs.delete(name);
  else refs.set(name, oid);
}

/** What `*` of a pattern stands for in a name; undefined where it does not fit. */
function matched(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star === -1) return name === pattern ? '' : undefined;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits = name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
  return fits ? name.slice(head.length, name.length - tail.length) : undefined;
}

/** `git fetch --prune` of forced refspecs. */
function fetchInto(refs: Refs, remote: Refs, refspecs: readonly string[]): void {
  for (const refspec of refspecs) {
    const [source = '', target = ''] = refspec.replace(/^\+/, '').split(':');
    if (!source.startsWith(TRACES)) throw new Error(`not for traces: ${refspec}`);
    const there = new Map<string, Oid>();
    for (const [name, oid] of remote) {
      const star = matched(source, name);
      if (star !== undefined) there.set(target.replace('*', star), oid);
    }
    if (there.size === 0 && !source.includes('*')) throw fail('remote-failed', `couldn't find remote ref ${source}`);
    for (const name of [...refs.keys()]) if (matched(target, name) !== undefined && !there.has(name)) refs.delete(name);
    for (const [name, oid] of there) refs.set(name, oid);
  }
}
