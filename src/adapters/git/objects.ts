/**
 * Writes git objects durably: a few as loose objects in process (no git process can be started that fast), many as one
 * pack through `git index-pack`. Formats: gitformat-loose and gitformat-pack of git's documentation.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';
import type { GitObject, GitObjects, ObjectBatch, ObjectType, Oid } from '../../core/ports.ts';
import type { CatFile } from './cat-file.ts';
import { FSYNC, foldersUpTo, syncFolders } from './durable.ts';
import { fileFailure, gitFailure, runGit, spawnFailure } from './process.ts';

/** Above either, a batch becomes a pack: one file and one fsync instead of many. */
const LOOSE_OBJECTS = 64;
const LOOSE_BYTES = 1_048_576;
/** Objects compressed at once (libuv has four threads). */
const AT_ONCE = 4;

const PACK_TYPE: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const deflated = promisify(deflate);

export interface ObjectsOptions {
  readonly directory: string;
  readonly format: 'sha1' | 'sha256';
  readonly env: Record<string, string>;
  readonly cwd: string;
  /** `core.sharedRepository` is set: let git make the files, it knows their modes. */
  readonly shared: boolean;
  readonly catFile: CatFile;
}

interface Pending {
  readonly oid: Oid;
  readonly type: ObjectType;
  readonly data: Buffer;
}

export class GitObjectStore implements GitObjects {
  readonly #options: ObjectsOptions;

  constructor(options: ObjectsOptions) {
    this.#options = options;
  }

  nameOf(type: ObjectType, data: Buffer): Oid {
    return createHash(this.#options.format).update(`${type} ${data.length}\0`).update(data).digest('hex');
  }

  async read(oid: Oid): Promise<GitObject | undefined> {
    return this.#options.catFile.read(oid);
  }

  async isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean> {
    if (ancestor === descendant) return true;
    const result = await runGit(['merge-base', '--is-ancestor', ancestor, descendant], this.#options.env, { cwd: this.#options.cwd });
    return result.status === 0;
  }

  batch(): ObjectBatch {
    const pending = new Map<Oid, Pending>();
    return {
      add: (type, data) => {
        const oid = this.nameOf(type, data);
        pending.set(oid, { oid, type, data });
        return oid;
      },
      write: async () => {
        const objects = [...pending.values()];
        pending.clear();
        if (objects.length === 0) return;
        const bytes = objects.reduce((sum, object) => sum + object.data.length, 0);
        const few = objects.length <= LOOSE_OBJECTS && bytes <= LOOSE_BYTES && !this.#options.shared;
        if (few) this.#writeLoose(objects);
        else await this.#writePack(objects);
      },
    };
  }

  /** Writes all under git's own names for unfinished objects, synced, and only then gives them their names. */
  #writeLoose(objects: readonly Pending[]): void {
    const { directory } = this.#options;
    const unnamed = new Map<string, string>();
    const folders = new Set<string>();
    try {
      for (const { oid, type, data } of objects) {
        const path = join(directory, oid.slice(0, 2), oid.slice(2));
        for (const folder of foldersUpTo(directory, path)) folders.add(folder);
        if (freshen(path)) continue;
        fs.mkdirSync(dirname(path), { recursive: true });
        const temporary = join(dirname(path), `tmp_obj_${randomBytes(6).toString('hex')}`);
        unnamed.set(temporary, path);
        writeSynced(temporary, deflateSync(Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data]), { level: 1 }));
      }
      for (const [temporary, path] of unnamed) fs.renameSync(temporary, path);
      syncFolders(folders);
    } catch (cause) {
      for (const temporary of unnamed.keys()) fs.rmSync(temporary, { force: true });
      throw fileFailure('write objects', cause);
    }
  }

  async #writePack(objects: readonly Pending[]): Promise<void> {
    const { env, cwd, format, directory } = this.#options;
    const child = spawn('git', [...FSYNC, 'index-pack', '--stdin'], { cwd, env, stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    child.stdin.on('error', () => {}); // its status tells
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', (cause) => reject(spawnFailure(cause, cwd)));
      child.on('close', (status) => resolve(status ?? 128));
    });
    ended.catch(() => {}); // waited for below, when all is sent
    const hash = createHash(format);
    const put = async (bytes: Buffer): Promise<void> => {
      hash.update(bytes);
      if (!child.stdin.write(bytes) && child.exitCode === null) {
        await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
      }
    };
    const header = Buffer.alloc(12);
    header.write('PACK', 0, 'latin1');
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(objects.length, 8);
    await put(header);
    const compressed: Promise<Buffer>[] = [];
    for (const [i, object] of objects.entries()) {
      for (let k = compressed.length; k < Math.min(objects.length, i + AT_ONCE); k++) {
        const ahead = objects[k];
        if (ahead !== undefined) compressed.push(deflated(ahead.data, { level: 4, chunkSize: Math.max(1_024, ahead.data.length) }));
      }
      await put(packEntryHeader(PACK_TYPE[object.type], object.data.length));
      const bytes = await compressed[i];
      if (bytes !== undefined) await put(bytes);
      delete compressed[i];
    }
    child.stdin.end(hash.digest());
    const status = await ended;
    if (status !== 0) throw gitFailure('write objects', { status, stderr: said, stdout: Buffer.alloc(0) });
    try {
      syncFolders([join(directory, 'pack')]);
    } catch (cause) {
      throw fileFailure('write objects', cause);
    }
  }
}

/**
 * Whether the object is there already. If so it is synced (git does not sync a user's objects by default) and counts as
 * new, so that git's gc does not take it before the ref names it.
 */
function freshen(path: string): boolean {
  let file: number | undefined;
  try {
    file = fs.openSync(path, 'r');
    const now = new Date();
    fs.futimesSync(file, now, now);
    fs.fsyncSync(file);
    return true;
  } catch {
    return false; // not there, or another user's: written anew then
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

function writeSynced(path: string, bytes: Buffer): void {
  const file = fs.openSync(path, 'wx', 0o444);
  try {
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Type and size as a pack entry begins: 3 bits of type, 4 bits of size, then 7 bits a byte, low first. */
function packEntryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  let rest = Math.floor(size / 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}
