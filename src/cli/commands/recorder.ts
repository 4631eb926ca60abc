/**
 * `git trace recorder`: follows the spool in the background, takes a snapshot of the work tree at each boundary, and
 * flushes. A help and no need: without it the next command does the same, and killing it loses nothing.
 */
import { join } from 'node:path';
import { stayBehind } from '../../adapters/background.ts';
import { stampOf } from '../../adapters/fs/policy-file.ts';
import { type FolderWatch, watchFolders } from '../../adapters/fs/watch-folder.ts';
import {
  beginning,
  boundaryOf,
  delivering,
  flushed,
  looked,
  nextAction,
  outbox,
  type RecorderState,
  seen,
} from '../../capture/recorder/plan.ts';
import { fail, messageOf } from '../../core/errors.ts';
import { POLICY_FILE } from '../../core/policy.ts';
import type { Lock, TraceFiles } from '../../core/ports.ts';
import { timestamp } from '../../core/time.ts';
import { flush } from '../../journal/flush.ts';
import { loadState } from '../../journal/state.ts';
import { peekSpool } from '../../spool/peek.ts';
import { type Offsets, SPOOL } from '../../spool/read.ts';
import { isAnythingPending } from '../../sync/pending.ts';
import type { Command } from '../command.ts';
import { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { RECORDER_LOCK, RECORDER_START, RECORDER_STATE, recorderPid, startDelivery, stopRecorder } from '../recorder.ts';

/** Milliseconds between two looks where the system's watch is not to be trusted alone. */
const LOOK = 1_000;

/** Milliseconds that a repository is believed to be configured as it was read, while its own files stay as they are. */
const BELIEVED = 30_000;

export const recorder: Command = {
  name: 'recorder',
  summary: 'record edits between commands, in the background',
  usage: ['recorder', 'recorder --stop'],
  description:
    'Follows what is recorded here, notes the edits at the end of each command, test run, commit and push, and while you\n' +
    "edit without a command, and puts it all into the journal. Commands start it when it is not there; it ends after ten\nminutes without work. 'git config trace.recorder false' switches it off: then the next command does its work.",
  options: { stop: { type: 'boolean', summary: 'end the one that runs here' } },
  arguments: { min: 0, max: 0 },
  examples: [['git trace recorder --stop', 'until the next command starts it again']],
  async run(context, input) {
    const files = await context.files();
    if (input.flag('stop')) {
      const pid = await stopRecorder(files);
      context.output.say(pid === undefined ? 'no recorder runs here' : `stopped the recorder (process ${pid})`);
      return 0;
    }
    const repository = await context.repository();
    if (!files.exists('hook.sh'))
      throw fail('usage', 'nothing is recorded in this repository', [
        "'git trace init' begins to record; commands start the recorder then",
      ]);
    if (repository.config.flag('trace.recorder') === false) {
      files.remove(RECORDER_START); // shells would start it again and again
      throw fail('usage', "the recorder is switched off by 'trace.recorder'", [
        "'git config --unset trace.recorder' and 'git trace init' switch it on",
      ]);
    }
    const lock = await files.lock(RECORDER_LOCK, 0);
    if (lock === undefined) {
      context.output.say(`the recorder runs already, as process ${recorderPid(files) ?? 'unknown'}`);
      return 0;
    }
    await new Recorder(context, files, lock).run();
    return 0;
  },
};

class Recorder {
  readonly #files: TraceFiles;
  readonly #lock: Lock;
  readonly #watch: FolderWatch;
  readonly #context: Context;
  readonly #began = timestamp(Date.now());
  /** One for each work tree, opened anew now and then: configuration and policy may change. */
  readonly #contexts = new Map<string, { context: Context; since: number; stamp: string }>();
  /** Which node and program the hooks start; another one means that a newer recorder is due. */
  readonly #program: string;
  #state: RecorderState;
  #sizes: Offsets = {};
  #branch: string | null | undefined;
  #stopped = false;
  #error: string | undefined;

  constructor(context: Context, files: TraceFiles, lock: Lock) {
    this.#context = context;
    this.#files = files;
    this.#lock = lock;
    this.#watch = watchFolders([join(files.path, SPOOL)], LOOK);
    this.#program = this.#installed();
    this.#state = beginning(performance.now());
    this.#sizes = loadState(files).offsets;
  }

  async run(): Promise<void> {
    stayBehind(this.#files.path);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.#stopped = true;
        this.#watch.wake();
      });
    }
    try {
      this.#tell();
      while (this.#isWanted()) await this.#step();
    } finally {
      this.#watch.close();
      for (const { context } of this.#contexts.values()) await context.close();
      if (this.#files.exists('hook.sh')) this.#files.remove(RECORDER_STATE);
      this.#lock.release();
    }
  }

  /** Uninstalled, paused, switched off, updated, told to go: all the same. */
  #isWanted(): boolean {
    return !this.#stopped && this.#files.exists('hook.sh') && !this.#files.exists('paused') && this.#installed() === this.#program;
  }

  #installed(): string {
    return this.#files.read('bin')?.toString('utf8') ?? '';
  }

  /** One look at the spool, and what the plan makes of it. */
  async #step(): Promise<void> {
    this.#look();
    const action = nextAction(this.#state, performance.now());
    switch (action.do) {
      case 'snapshot': {
        const began = performance.now();
        const events = await this.#snapshot(action.boundary);
        const now = performance.now();
        this.#state = looked(this.#state, now, now - began, events);
        return;
      }
      case 'flush':
        this.#state = flushed(this.#state);
        await this.#flush();
        return;
      case 'deliver':
        this.#state = delivering(this.#state, performance.now());
        startDelivery(this.#context, (await this.#workTrees())[0] ?? this.#context.cwd);
        return;
      case 'exit':
        this.#stopped = true;
        return;
      case 'wait':
        await this.#watch.changed(action.until - performance.now());
    }
  }

  #look(): void {
    const { records, started, bytes, sizes } = peekSpool(this.#files, this.#sizes);
    this.#sizes = sizes;
    this.#state = outbox(this.#state, performance.now(), isAnythingPending(this.#files));
    if (records.length === 0 && bytes === 0) return;
    const last = records.findLast(({ type }) => boundaryOf(type) !== undefined);
    const boundary = last === undefined ? (started ? 'start' : undefined) : boundaryOf(last.type);
    if (last !== undefined) this.#branch = last.place.branch;
    this.#state = seen(this.#state, performance.now(), { boundary, records: records.length, bytes });
  }

  /** Looks at the work tree in which it happened; where that cannot be told, at each. The answer counts the edits. */
  async #snapshot(boundary: string): Promise<number> {
    let events = 0;
    const before = this.#error;
    for (const path of await this.#workTrees()) {
      try {
        const context = await this.#contextOf(path);
        if (this.#stopped) break;
        events += (await recordEdits(context, boundary, { strict: true }))?.events ?? 0;
      } catch (error) {
        this.#failed(error);
      }
    }
    // the next flush tells that it goes again, or why not
    if (this.#error === before) this.#error = undefined;
    return events;
  }

  async #workTrees(): Promise<readonly string[]> {
    const all = await (await this.#context.repository()).workTrees();
    const those = all.filter(({ branch }) => branch === this.#branch);
    return (those.length > 0 ? those : all).map(({ path }) => path);
  }

  async #contextOf(path: string): Promise<Context> {
    const known = this.#contexts.get(path);
    const stamp = stampOf([join(this.#files.path, '../config'), join(path, POLICY_FILE)]);
    if (known?.stamp === stamp && performance.now() < known.since + BELIEVED) return known.context;
    await known?.context.close();
    const { env, output } = this.#context;
    // the shell that started us may be paused, and others not
    const context = new Context({ cwd: path, env: { ...env, GITTRACE_SESSION: undefined }, output, interactive: false });
    this.#contexts.set(path, { context, since: performance.now(), stamp });
    if ((await context.repository()).config.flag('trace.recorder') === false) this.#stopped = true;
    return context;
  }

  async #flush(): Promise<void> {
    try {
      const context = await this.#contextOf((await this.#workTrees())[0] ?? this.#context.cwd);
      if (this.#stopped) return;
      await flush(await context.flushPorts(), { wait: 1_000 });
      this.#tell();
    } catch (error) {
      this.#failed(error); // it waits in the spool
    }
  }

  #failed(error: unknown): void {
    this.#error = `${timestamp(Date.now())} ${messageOf(error)}`;
    try {
      this.#tell();
    } catch {
      // a full disk, say: then there is nowhere to tell it
    }
  }

  #tell(): void {
    const told = { pid: process.pid, since: this.#began, ...(this.#error === undefined ? {} : { error: this.#error }) };
    this.#files.replace(RECORDER_STATE, `${JSON.stringify(told)}\n`);
  }
}
