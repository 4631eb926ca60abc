/**
 * A trace that is watched while it grows: its journal, and before it what waits in the spool, as the next flush will write
 * it. Only reads: takes no lock, flushes nothing, mints nothing. What cannot be read is told, and looked at again.
 */
import { dirname, join } from 'node:path';
import { stampOf } from '../adapters/fs/policy-file.ts';
import { type FolderWatch, watchFolders } from '../adapters/fs/watch-folder.ts';
import { messageOf } from '../core/errors.ts';
import { POLICY_FILE } from '../core/policy.ts';
import type { Oid, Repository } from '../core/ports.ts';
import { ERASED_FILE } from '../core/segment.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { type Marks, readMarks } from '../journal/erased.ts';
import type { Preview, PreviewedJournal, PreviewPorts } from '../journal/preview.ts';
import { loadRoot, type ReadFault, readJournal, readRoot } from '../journal/read.ts';
import { knownWriter } from '../journal/writer.ts';
import { SPOOL } from '../spool/read.ts';
import { wholeTrace } from '../sync/whole.ts';
import { type LiveChange, LiveOrder } from '../timeline/live-order.ts';
import type { Item } from '../timeline/timeline.ts';
import { Context } from './context.ts';
import { deriver } from './derive.ts';

/** Milliseconds between two looks where nothing was told. */
const SAFETY = 250;
/** Stands for the commit of a journal that was not read yet. */
const NEVER = 'never';
/** Swaps of the journal during one look, after which it is left for the next. */
const SWAPS = 50;
/** The name of a clone that has none yet; its first flush mints one. */
const NOBODY = '0'.repeat(16);

export interface LiveTrace {
  readonly trace: TraceName;
  /** All items that are held, in order, as of the last change that was told; to be read, not kept: the array goes on changing. */
  readonly items: readonly Item[];
  /** What cannot be read now. */
  readonly faults: readonly ReadFault[];
  /** Called for each change, in order, once the items are what it says; one listener, the last that was set. */
  onChange(listener: (change: LiveChange) => void): void;
  close(): Promise<void>;
}

export interface LiveOptions {
  /** Items that are held at least, the newest: all unless told. Whoever shows each one once needs few. */
  readonly keep?: number;
}

/** Opens a trace, whether or not there is anything of it yet; events come as soon as they are spooled. */
export async function openLive(context: Context, trace: TraceName, options: LiveOptions = {}): Promise<LiveTrace> {
  const live = new Live(context, trace, options, await context.repository());
  await live.begin();
  return live;
}

class Live implements LiveTrace {
  readonly trace: TraceName;
  readonly #context: Context;
  readonly #repository: Repository;
  readonly #options: LiveOptions;
  readonly #order: LiveOrder;
  #watch: FolderWatch | undefined;
  #preview: Preview | undefined;
  /** What previews are made by, of which configuration and policy that is, and why it could not be made. */
  #made: { stamp: string; context: Context; ports: PreviewPorts | undefined; failure: ReadFault | undefined } | undefined;
  #tip: Oid | undefined = NEVER;
  /** Previews are to be made anew, whatever else has changed. */
  #mustRevise = false;
  /** Some of it lies in an archive: then all is read again whenever the journal has changed. */
  #isArchived = false;
  #marks: Marks = new Set();
  /** The file in which they stand. */
  #marked: Oid | undefined;
  #unread: readonly ReadFault[] = [];
  #failure: ReadFault | undefined;
  #listener: (change: LiveChange) => void = () => {};
  #isClosed = false;
  #running: Promise<void> | undefined;

  constructor(context: Context, trace: TraceName, options: LiveOptions, repository: Repository) {
    this.trace = trace;
    this.#context = context;
    this.#repository = repository;
    this.#options = options;
    this.#order = new LiveOrder(context.sha256);
  }

  get items(): readonly Item[] {
    return this.#order.items;
  }

  get faults(): readonly ReadFault[] {
    return this.#failure === undefined ? this.#unread : [...this.#unread, this.#failure];
  }

  onChange(listener: (change: LiveChange) => void): void {
    this.#listener = listener;
  }

  async begin(): Promise<void> {
    const { commonDir } = this.#repository;
    const files = await this.#context.files();
    // before the first look: what comes in between is told of
    this.#watch = watchFolders([join(files.path, SPOOL), dirname(join(commonDir, journalRef(this.trace)))], SAFETY);
    await this.#look();
    this.#running = this.#run(this.#watch);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.wake();
    this.#watch?.close();
    await this.#running;
    await this.#forgetPorts();
  }

  async #run(watch: FolderWatch): Promise<void> {
    while (!this.#isClosed) {
      await watch.changed(SAFETY);
      if (this.#isClosed) return;
      const told = this.#failure?.reason;
      const change = await this.#look();
      if (change !== undefined && (change.added.length > 0 || change.isRebuilt)) this.#tell(change);
      else if (this.#failure?.reason !== told) this.#tell({ added: [], isRebuilt: false, from: this.items.length });
    }
  }

  #tell(change: LiveChange): void {
    this.#listener(change);
    if (this.#options.keep !== undefined && this.items.length > 2 * this.#options.keep) this.#order.forget(this.#options.keep);
  }

  /** One look; what keeps it from seeing all is told, and tried again at the next. */
  async #look(): Promise<LiveChange | undefined> {
    try {
      this.#failure = undefined;
      return await this.#seen();
    } catch (error) {
      this.#failure = { path: journalRef(this.trace), reason: messageOf(error) };
      this.#mustRevise = true;
      return undefined;
    }
  }

  async #seen(): Promise<LiveChange | undefined> {
    const ports = await this.#currentPorts();
    // what was taken is in the journal by now, which is therefore looked at afterwards
    const isOutdated = this.#preview?.isOutdated() === true;
    const tip = await this.#repository.refs.get(journalRef(this.trace));
    if (tip !== this.#tip || isOutdated || this.#mustRevise) return this.#revised(tip, ports);
    const news = ports === undefined ? [] : ((await this.#preview?.look()) ?? []);
    if (news.length === 0) return undefined;
    // what came before these may have been flushed since, and is then in neither
    const now = await this.#repository.refs.get(journalRef(this.trace));
    return now === tip ? this.#order.addPreviews(news) : this.#revised(now, ports);
  }

  async #revised(first: Oid | undefined, ports: PreviewPorts | undefined): Promise<LiveChange> {
    this.#order.begin();
    try {
      this.#mustRevise = true;
      for (let [tip, swaps] = [first, 1]; ; swaps++) {
        if (tip !== this.#tip) await this.#readJournal(tip);
        const waiting = ports === undefined ? [] : ((await this.#preview?.again(ports)) ?? []);
        const now = await this.#repository.refs.get(journalRef(this.trace));
        // a record that was flushed in between is in neither
        if (now !== tip && swaps < SWAPS) {
          tip = now;
          continue;
        }
        this.#order.addPreviews(waiting);
        this.#mustRevise = false;
        return this.#order.end();
      }
    } catch (error) {
      this.#failure = { path: SPOOL, reason: messageOf(error) };
      return this.#order.end();
    }
  }

  /** Reads what the journal has become; where that cannot be, what was read before stays. */
  async #readJournal(tip: Oid | undefined): Promise<void> {
    const before = this.#tip;
    this.#tip = tip;
    const { objects } = this.#repository;
    try {
      if (before !== undefined && before !== NEVER && tip !== undefined && !this.#isArchived && (await objects.isAncestor(before, tip))) {
        const { parts, faults } = await readJournal(objects, tip, before);
        const isMarked = (await loadRoot(objects, tip)).file(ERASED_FILE) !== this.#marked;
        if (faults.length === 0 && !isMarked && this.#order.addLines(parts)) return;
      }
      const whole = await wholeTrace({ repository: this.#repository, sha256: this.#context.sha256 }, this.trace);
      const contents = whole === undefined ? undefined : await readRoot(whole.objects, whole.root);
      this.#isArchived = whole?.month !== undefined;
      this.#marks = whole === undefined ? new Set() : await readMarks(whole.objects, whole.root);
      this.#marked = whole?.root.file(ERASED_FILE);
      this.#order.load(contents?.parts ?? []);
      this.#unread = contents?.faults ?? [];
    } catch (error) {
      this.#unread = [{ path: journalRef(this.trace), reason: messageOf(error) }];
    }
  }

  /** What previews are made by now; nothing where nothing was ever spooled, or nobody may record. */
  async #currentPorts(): Promise<PreviewPorts | undefined> {
    const files = await this.#context.files();
    if (this.#made === undefined && files.list(SPOOL).length === 0) return undefined;
    const { commonDir, workTree } = this.#repository;
    const stamp = stampOf([join(commonDir, 'config'), ...(workTree === undefined ? [] : [join(workTree, POLICY_FILE)])]);
    if (this.#made?.stamp === stamp) {
      this.#failure = this.#made.failure;
      return this.#made.ports;
    }
    const { cwd, env, output } = this.#context;
    // configuration is read once by whoever opens a repository
    const context = this.#made === undefined ? this.#context : new Context({ cwd, env, output, interactive: false });
    await this.#forgetPorts();
    this.#made = { stamp, context, ports: undefined, failure: undefined };
    this.#mustRevise = true;
    try {
      const repository = await context.repository();
      const policy = await context.policy();
      const redactor = await context.redactor(policy);
      const origin = () => context.originOf(knownWriter(files) ?? NOBODY, repository);
      const derive = () => deriver(context, repository, files, policy, true);
      this.#made.ports = { files, repository, redactor, policy, sha256: context.sha256, deriver: derive, origin };
      // where nothing waits, what prepares it need not even be loaded
      const loaded = await import('../journal/preview.ts');
      this.#preview ??= new loaded.Preview(this.#made.ports, this.trace, this.#journal());
    } catch (error) {
      // it waits until somebody mends it; what is in the journal is shown all the same
      this.#failure = { path: SPOOL, reason: messageOf(error) };
      this.#made.failure = this.#failure;
    }
    return this.#made.ports;
  }

  /** Ends what an own context has started. */
  async #forgetPorts(): Promise<void> {
    if (this.#made !== undefined && this.#made.context !== this.#context) await this.#made.context.close();
  }

  /** The order, and what was erased: neither comes again. */
  #journal(): PreviewedJournal {
    const order = this.#order;
    return {
      has: (id) => order.has(id) || (this.#marks.size > 0 && this.#marks.has(this.#context.sha256(id))),
      endOf: (writer, session) => order.endOf(writer, session),
      sessionsOf: (writer) => order.sessionsOf(writer),
    };
  }
}
