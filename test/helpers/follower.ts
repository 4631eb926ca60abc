/** A `git trace show --follow` that runs while a test goes on, and what it has printed; and events that come to the spool meanwhile. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { systemRandom } from '../../src/adapters/system.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import type { TestRepository } from './repository.ts';

/** Milliseconds that anything waited for may take. */
const LIMIT = 20_000;

export class Follower implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #stdout = '';
  #stderr = '';
  #look: () => void = () => {};

  /** Starts `git trace show --follow` with further arguments. */
  constructor(at: TestRepository, ...args: readonly string[]) {
    this.#child = at.startTrace(['show', '--follow', ...args]);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#look();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#look();
    });
    this.#ended = once(this.#child, 'close').then(([status]: unknown[]) => {
      this.#look();
      return typeof status === 'number' ? status : null;
    });
  }

  get output(): string {
    return this.#stdout;
  }

  get errors(): string {
    return this.#stderr;
  }

  /** Lines of `--ndjson`, read. */
  get events(): Record<string, unknown>[] {
    return this.#stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  }

  /** Waits until something was printed; rejects, with all that was, if it never is. */
  async sees(wanted: RegExp | string): Promise<void> {
    const isThere = (): boolean => {
      const all = this.#stdout + this.#stderr;
      return typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all);
    };
    await new Promise<void>((resolve, reject) => {
      const give = (why: string): void => reject(new Error(`${why}, and ${wanted} was not printed:\n${this.#stdout}${this.#stderr}`));
      const timer = setTimeout(() => give('time is over'), LIMIT);
      this.#look = () => {
        if (!isThere() && this.#child.exitCode === null) return;
        clearTimeout(timer);
        if (isThere()) resolve();
        else give('it has ended');
      };
      this.#look();
    });
  }

  /** Interrupts it, and waits for the end. */
  async end(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.#ended;
  }

  /** Waits until it has ended by itself. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Stops reading what is printed, as a reader that has seen enough. */
  leave(): void {
    this.#child.stdout?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** The spool file of a process that goes on recording: this one. */
export function spoolOf(at: TestRepository): SpoolFile {
  return new SpoolFile(new TraceFolder(at.inGitDir('trace')), systemRandom, 'run', process.pid);
}

/** A record of a note on a branch. */
export function noteRecord(text: string, more: Partial<SpoolRecord> = {}): SpoolRecord {
  return { place: { branch: 'main' }, type: 'annotation', ts: new Date().toISOString(), payload: { text }, ...more };
}
