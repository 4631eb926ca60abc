/**
 * Reads objects through one long-lived `git cat-file --batch`, requests pipelined, answers in order.
 * Never writes; started at the first request.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fail } from '../../core/errors.ts';
import type { GitObject, ObjectType, Oid } from '../../core/ports.ts';
import { spawnFailure } from './process.ts';

export interface NamedObject extends GitObject {
  readonly oid: Oid;
}

/** Bytes of an object; a segment has a hundredth of it, but a fetched journal may hold anything. */
const MOST_BYTES = 67_108_864;

interface Waiting {
  readonly name: string;
  resolve(found: NamedObject | undefined): void;
  reject(error: unknown): void;
}

export class CatFile {
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  /** Header of the object whose bytes are still arriving. */
  #header: { oid: Oid; type: ObjectType; size: number } | undefined;
  /** Bytes to come of an object that is too large to keep. */
  #skip = 0;
  #isClosed = false;
  readonly #env: Record<string, string>;
  readonly #cwd: string;

  constructor(env: Record<string, string>, cwd: string) {
    this.#env = env;
    this.#cwd = cwd;
  }

  /** Reads the object of that name: an oid, a ref, or `<commit>^{tree}`. `undefined` where there is none. */
  read(name: string): Promise<NamedObject | undefined> {
    return new Promise((resolve, reject) => {
      if (/[\n\0]/.test(name)) {
        resolve(undefined);
        return;
      }
      this.#waiting.push({ name, resolve, reject });
      this.#start().stdin.write(`${name}\n`);
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (child === undefined) return Promise.resolve();
    this.#child = undefined;
    return new Promise((resolve) => {
      child.on('close', () => resolve());
      child.stdin.end();
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child;
    const child = spawn('git', ['cat-file', '--batch'], { cwd: this.#cwd, env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // who reads on after the end is answered, but nobody would end this process, which must not keep ours
    if (this.#isClosed) {
      child.unref();
      // pipes of a child are sockets
      for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
    }
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2000);
    });
    child.stdin.on('error', () => {}); // told by 'close'
    child.on('error', (cause) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#end(spawnFailure(cause, this.#cwd));
    });
    child.on('close', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      const first = this.#waiting[0];
      // git dies of a broken object; what is asked after it is another process's matter
      this.#end(
        first &&
          fail('unreadable-segment', `cannot read object '${first.name}': ${said.trim().split('\n').pop() ?? 'git cat-file ended'}`, [
            "'git fsck' tells more",
          ]),
      );
    });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#deliver();
    });
    return child;
  }

  #end(error: unknown): void {
    const [first, ...rest] = this.#waiting;
    this.#waiting = [];
    this.#chunks = [];
    this.#length = 0;
    this.#header = undefined;
    this.#skip = 0;
    first?.reject(error);
    for (const waiting of rest) this.read(waiting.name).then(waiting.resolve, waiting.reject);
  }

  #deliver(): void {
    while (this.#length > 0) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, this.#length);
        this.#skip -= count;
        this.#drop(count);
        continue;
      }
      if (this.#header === undefined) {
        const bytes = this.#joined();
        const end = bytes.indexOf(0x0a);
        if (end < 0) return;
        const line = bytes.toString('utf8', 0, end);
        this.#drop(end + 1);
        const found = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) ([0-9]+)$/.exec(line);
        if (found === null) {
          this.#waiting.shift()?.resolve(undefined); // "<name> missing" or "<name> ambiguous"
          continue;
        }
        // the expression above lets no other word through
        this.#header = { oid: found[1] ?? '', type: found[2] as ObjectType, size: Number(found[3]) };
        if (this.#header.size > MOST_BYTES) {
          this.#waiting.shift()?.reject(fail('unreadable-segment', `its object '${this.#header.oid}' has ${this.#header.size} bytes`));
          this.#skip = this.#header.size + 1;
          this.#header = undefined;
          continue;
        }
      }
      const { oid, type, size } = this.#header;
      if (this.#length < size + 1) return;
      const data = this.#joined().subarray(0, size);
      this.#drop(size + 1);
      this.#header = undefined;
      this.#waiting.shift()?.resolve({ oid, type, data });
    }
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #drop(count: number): void {
    const bytes = this.#joined();
    this.#length -= count;
    this.#chunks = this.#length === 0 ? [] : [bytes.subarray(count)];
  }
}
