/**
 * A clone at work, in process and through the real adapters: records, pushes, fetches, and says what its journals hold.
 * Starts no node, so that hundreds of steps take seconds.
 */
import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { Context } from '../../src/cli/context.ts';
import { parseLine } from '../../src/core/line.ts';
import { journalRef } from '../../src/core/trace-name.ts';
import { type FlushPorts, flush } from '../../src/journal/flush.ts';
import { readJournal } from '../../src/journal/read.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { fetchTraces } from '../../src/sync/fetch.ts';
import { type PushResult, pushTraces } from '../../src/sync/push.ts';
import type { TestRepository } from './repository.ts';

/** Random numbers that are the same for the same seed. Not for tests of randomness. */
export function seeded(seed: number | string): { next: (below: number) => number } {
  let state = String(seed);
  return {
    next: (below) => {
      state = createHash('sha256').update(state).digest('hex');
      return Number.parseInt(state.slice(0, 12), 16) % below;
    },
  };
}

export class Clone {
  readonly at: TestRepository;
  readonly ports: FlushPorts;

  private constructor(at: TestRepository, ports: FlushPorts) {
    this.at = at;
    this.ports = ports;
  }

  /** Opens a clone; the configuration and the environment are read now. It is closed at the end of the test. */
  static async open(at: TestRepository): Promise<Clone> {
    const said: string[] = [];
    const output = { out: () => {}, say: (line: string) => void said.push(line), isTerminal: false, color: false, columns: 80 };
    const context = new Context({ cwd: at.path, env: { ...process.env, ...at.env }, output, interactive: false });
    onTestFinished(() => context.close());
    const ports = await context.flushPorts();
    // no waiting between tries: the order of what happens is the test's to choose
    return new Clone(at, { ...ports, random: { ...ports.random, fraction: () => 0 } });
  }

  /** Records a note in a trace and flushes it. */
  async record(text: string, trace = '42', more: Partial<SpoolRecord> = {}): Promise<void> {
    const spool = new SpoolFile(this.ports.files, this.ports.random, 'test', process.pid);
    const ts = new Date(Date.UTC(2026, 0, 1) + Math.floor(performance.now())).toISOString();
    spool.append({ place: { trace }, type: 'annotation', ts, payload: { text }, ...more });
    await flush(this.ports, { wait: 10_000, finished: new Set([spool.name]) });
  }

  push(traces: readonly string[] = ['42'], remote = 'origin'): Promise<PushResult> {
    // as often as it may: how fast this machine is must not matter
    return pushTraces(this.ports, remote, traces, { patience: Number.POSITIVE_INFINITY });
  }

  async fetch(traces: readonly string[] = ['42'], remote = 'origin'): Promise<Record<string, string>> {
    const { traces: done, failed } = await fetchTraces(this.ports, remote, traces);
    return { ...Object.fromEntries(done), ...Object.fromEntries([...failed].map(([trace, { message }]) => [trace, message])) };
  }

  /** The lines of a trace that hold an event, in the order of the paths. */
  async lines(trace = '42'): Promise<string[]> {
    const tip = await this.ports.repository.refs.get(journalRef(trace));
    if (tip === undefined) return [];
    const { parts, faults } = await readJournal(this.ports.repository.objects, tip);
    if (faults.length > 0) throw new Error(`faults in '${trace}': ${JSON.stringify(faults)}`);
    return parts.flatMap(({ lines }) => lines);
  }

  /** The texts of the notes of a trace, sorted. */
  async notes(trace = '42'): Promise<string[]> {
    const events = (await this.lines(trace)).filter((line) => !line.startsWith('{"erased":')).map((line) => parseLine(line));
    return events.flatMap(({ type, payload }) => (type === 'annotation' ? [String(payload['text'])] : [])).sort();
  }

  /** The writer that this clone is called by in journals, once it has written. */
  get writer(): string | undefined {
    return this.ports.files.read('writer')?.toString('utf8').trim();
  }
}
