/**
 * The outbox on the disk: one file of NDJSON for each process, appended with one write(2) an entry, and beside it how far
 * it was sent. What a process left that died is taken over by the next one. Never sends anything.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Entry, FailedEntry } from './client-types.ts';

/** An entry in the outbox, and where the next one begins. */
export interface Stored {
  /** For whoever wants to know the same entry again. */
  readonly id: string;
  readonly entry: Entry;
  readonly end: number;
}

/** How far a file was sent, and why not further. */
interface State {
  readonly offset: number;
  readonly attempts: number;
  readonly error: string | undefined;
}

interface OutboxFile {
  readonly path: string;
  offset: number;
  size: number;
  /** Entries behind the offset. */
  count: number;
}

const NAME = /^([0-9a-z]{9})-([0-9]+)-([0-9a-z]+)\.ndjson$/;
const FAILED = 'failed.ndjson';
/** Bytes that are read at once; a longer entry is read by itself. */
const BLOCK = 1_048_576;
/** An own file that is sent and has so many bytes gives way to a new one. */
const WORN = 65_536;
/** Bytes of entries that were set aside; then the older half goes. */
const FAILED_BYTES = 8 * 1_048_576;

/** Files of this process: another client in it, or one that had the same process number before a restart. */
const own = new Set<string>();

export class Outbox {
  readonly #folder: string;
  readonly #now: () => number;
  /** Oldest first; the last one may be ours to write to. */
  readonly #files: OutboxFile[] = [];
  #writing: { readonly fd: number; readonly file: OutboxFile } | undefined;
  #dirty = false;

  /** Opens the outbox of a folder, and takes over what dead processes left. @throws Error where the folder cannot be made */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of fs.readdirSync(folder).sort()) {
      const file = this.#adopt(name);
      if (file !== undefined) this.#files.push(file);
    }
  }

  get count(): number {
    return this.#files.reduce((sum, { count }) => sum + count, 0);
  }

  get bytes(): number {
    return this.#files.reduce((sum, { size, offset }) => sum + size - offset, 0);
  }

  /** Tries and error of the first entry, as they were kept. */
  get failure(): { readonly attempts: number; readonly error: string } | undefined {
    const [file] = this.#files;
    const { attempts, error } = file === undefined ? { attempts: 0, error: undefined } : readState(file.path);
    return error === undefined ? undefined : { attempts, error };
  }

  /** Keeps a line; a crash of this process does not lose it. @throws Error where the disk does not take it */
  append(line: string): void {
    const { fd, file } = this.#open();
    // a newline first: an entry that was torn by a full disk damages only itself
    const text = `\n${line}\n`;
    const written = fs.writeSync(fd, text);
    file.size += written;
    this.#dirty = true;
    if (written < Buffer.byteLength(text)) throw new Error('the entry was cut short: no space is left');
    file.count++;
  }

  /** Makes what was appended survive a power cut. Never fails: it is tried again with the next entry. */
  sync(): void {
    if (!this.#dirty || this.#writing === undefined) return;
    this.#dirty = false;
    fs.fdatasync(this.#writing.fd, () => {});
  }

  /** The oldest entries, at most so many; all of one file. */
  first(limit: number): readonly Stored[] {
    for (;;) {
      const [file] = this.#files;
      if (file === undefined) return [];
      const found = readFrom(file, limit);
      if (found.length > 0) return found;
      // nothing but what was torn is left of it
      file.offset = file.size;
      file.count = 0;
      if (!this.#drop(file)) return [];
    }
  }

  /** Forgets the oldest entries, up to and with this one: they were taken, or set aside. */
  forget(entries: readonly Stored[]): void {
    const [file] = this.#files;
    const last = entries.at(-1);
    if (file === undefined || last === undefined) return;
    file.offset = last.end;
    file.count = Math.max(0, file.count - entries.length);
    if (file.offset < file.size || !this.#drop(file)) writeState(file.path, { offset: file.offset, attempts: 0, error: undefined });
  }

  /** Keeps with the first entry that it could not be sent. */
  noteFailure(attempts: number, error: string): void {
    const [file] = this.#files;
    if (file !== undefined) writeState(file.path, { offset: file.offset, attempts, error });
  }

  /** Keeps an entry with its error beside those that are to be sent. */
  putAside(failed: FailedEntry): void {
    const path = join(this.#folder, FAILED);
    fs.appendFileSync(path, `${JSON.stringify(failed)}\n`, { mode: 0o600 });
    if (fs.statSync(path).size <= FAILED_BYTES) return;
    const lines = fs.readFileSync(path, 'utf8').split('\n');
    replace(path, lines.slice(lines.length >> 1).join('\n'));
  }

  /** What was set aside. */
  aside(): FailedEntry[] {
    return linesOf(join(this.#folder, FAILED)).flatMap((line) => {
      try {
        return [JSON.parse(line) as FailedEntry]; // written by putAside
      } catch {
        return [];
      }
    });
  }

  /** Lets go of the files; one that is sent goes away. */
  close(): void {
    if (this.#writing !== undefined) {
      fs.closeSync(this.#writing.fd);
      this.#writing = undefined;
    }
    for (const { path, offset, size } of this.#files) {
      if (offset >= size) remove(path);
      own.delete(path);
    }
    this.#files.length = 0;
  }

  #open(): { readonly fd: number; readonly file: OutboxFile } {
    if (this.#writing !== undefined) return this.#writing;
    const path = join(this.#folder, `${this.#stamp()}.ndjson`);
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    own.add(path);
    const file = { path, offset: 0, size: 0, count: 0 };
    this.#writing = { fd: fs.openSync(path, 'ax', 0o600), file };
    this.#files.push(file);
    return this.#writing;
  }

  /** A name that no other file has, and that sorts by time. */
  #stamp(time = Math.trunc(this.#now()).toString(36).padStart(9, '0')): string {
    return `${time}-${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  }

  /** Takes a file over if whoever wrote to it has gone. */
  #adopt(name: string): OutboxFile | undefined {
    const [, time = '', pid = ''] = NAME.exec(name) ?? [];
    const from = join(this.#folder, name);
    if (time === '' || own.has(from) || (Number(pid) !== process.pid && isAlive(Number(pid)))) return undefined;
    const path = join(this.#folder, `${this.#stamp(time)}.ndjson`);
    try {
      own.add(path);
      fs.renameSync(from, path);
    } catch {
      own.delete(path);
      return undefined; // somebody else was faster
    }
    const { offset } = readState(from);
    try {
      fs.renameSync(stateOf(from), stateOf(path));
    } catch {
      // nothing of it was sent
    }
    const size = fs.statSync(path).size;
    const file = { path, offset: Math.min(offset, size), size, count: 0 };
    file.count = countFrom(file);
    if (file.count > 0) return file;
    remove(path);
    own.delete(path);
    return undefined;
  }

  /** Removes a file that is sent; the one that is written to only when it is worn. Whether it did. */
  #drop(file: OutboxFile): boolean {
    if (file === this.#writing?.file) {
      if (file.size < WORN) return false;
      fs.closeSync(this.#writing.fd);
      this.#writing = undefined;
    }
    this.#files.splice(this.#files.indexOf(file), 1);
    remove(file.path);
    own.delete(file.path);
    return true;
  }
}

function countFrom(file: OutboxFile): number {
  let count = 0;
  for (let at = { ...file }; ; ) {
    const found = readFrom(at, Number.MAX_SAFE_INTEGER);
    const last = found.at(-1);
    if (last === undefined) return count;
    count += found.length;
    at = { ...at, offset: last.end };
  }
}

/** Entries behind the offset; what is no entry is passed over. */
function readFrom({ path, offset, size }: OutboxFile, limit: number): Stored[] {
  const found: Stored[] = [];
  const fd = fs.openSync(path, 'r');
  try {
    for (let length = BLOCK; ; length *= 4) {
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      fs.readSync(fd, bytes, 0, bytes.length, offset);
      for (let at = 0; found.length < limit; ) {
        const end = bytes.indexOf(0x0a, at);
        if (end < 0) break;
        const stored = storedIn(bytes.toString('utf8', at, end));
        if (stored !== undefined) found.push({ ...stored, end: offset + end + 1 });
        at = end + 1;
      }
      if (found.length > 0 || bytes.length === size - offset) return found;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function storedIn(line: string): Omit<Stored, 'end'> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'id' in value && 'entry' in value) return value as Omit<Stored, 'end'>; // written by Sender.keep
  } catch {
    // torn, or the blank between two
  }
  return undefined;
}

function readState(path: string): State {
  try {
    const { offset, attempts, error } = JSON.parse(fs.readFileSync(stateOf(path), 'utf8')) as Partial<State>; // written below
    return { offset: offset ?? 0, attempts: attempts ?? 0, error };
  } catch {
    return { offset: 0, attempts: 0, error: undefined };
  }
}

function writeState(path: string, state: State): void {
  try {
    replace(stateOf(path), JSON.stringify(state));
  } catch {
    // then more is sent again after a crash, and told to be known
  }
}

function stateOf(path: string): string {
  return path.replace(/ndjson$/, 'state');
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, text, { mode: 0o600 });
  fs.renameSync(temporary, path);
}

function remove(path: string): void {
  // the entries first: what has none is not sent again
  for (const name of [path, stateOf(path)]) fs.rmSync(name, { force: true });
}

function linesOf(path: string): string[] {
  try {
    return fs
      .readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}
