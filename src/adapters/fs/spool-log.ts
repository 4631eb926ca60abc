/**
 * A file of the spool that many requests write to: whoever comes while one group is made durable goes with the next, so
 * that one fdatasync serves them all. The file is made when the first line comes, and made anew where it went away; one that
 * is long gives way to the next, whose name comes behind its own.
 */
import { fstatSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DurableLog } from '../../core/durable-log.ts';
import { fileError } from './trace-files.ts';

/** Bytes that are written without leaving the thread. */
const LITTLE = 262_144;

interface Waiter {
  readonly bytes: Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

export class SpoolLog implements DurableLog {
  readonly #folder: string;
  readonly #newName: () => string;
  readonly #limit: number;
  #file: { readonly handle: FileHandle; readonly name: string } | undefined;
  #queue: Waiter[] = [];
  #running: Promise<void> | undefined;
  #complete: string[] = [];
  #size = 0;

  /**
   * @param folder absolute path of `trace/`
   * @param newName of a file below it; each comes behind the one before where the spool is read
   * @param limit bytes of a file, after which the next one is begun
   */
  constructor(folder: string, newName: () => string, limit: number) {
    this.#folder = folder;
    this.#newName = newName;
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  get isIdle(): boolean {
    return this.#running === undefined && this.#queue.length === 0;
  }

  append(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ bytes: Buffer.from(text), resolve, reject });
      this.#run();
    });
  }

  rotate(): void {
    const old = this.#file;
    if (old === undefined) return;
    this.#file = undefined;
    this.#size = 0;
    this.#complete.push(old.name);
    old.handle.close().catch(() => {}); // all of it is durable
  }

  takeComplete(): readonly string[] {
    const names = this.#complete;
    this.#complete = [];
    return names;
  }

  async close(): Promise<void> {
    while (!this.isIdle) await this.#running;
    this.rotate();
  }

  #run(): void {
    if (this.#queue.length === 0) return;
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
      this.#run();
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      // all that is in it is durable, and what comes now stands behind it
      if (this.#size > this.#limit) this.rotate();
      try {
        await this.#write(Buffer.concat(group.map(({ bytes }) => bytes)));
        for (const { resolve } of group) resolve();
      } catch (cause) {
        // what such a file holds is not known any more; a record in the next one damages none in this
        this.rotate();
        const error = fileError('write to the spool', cause);
        for (const { reject } of group) reject(error);
      }
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { handle } = await this.#opened();
      // a little goes into the system's memory in microseconds, where to be asked back takes longer; only the disk is waited for
      for (let at = 0; at < bytes.length; )
        at += bytes.length < LITTLE ? writeSync(handle.fd, bytes, at) : (await handle.write(bytes, at)).bytesWritten;
      await handle.datasync();
      this.#size += bytes.length;
      // a process in another container may have taken us for dead and removed the file with what it had read
      if (fstatSync(handle.fd).nlink > 0 || tries === 3) return;
      this.rotate();
    }
  }

  async #opened(): Promise<{ readonly handle: FileHandle }> {
    if (this.#file !== undefined) return this.#file;
    const name = this.#newName();
    const path = join(this.#folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = { handle: await open(path, 'ax', 0o600), name };
    for (const folder of [dirname(path), this.#folder, dirname(this.#folder)]) await syncFolder(folder);
    return this.#file;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
