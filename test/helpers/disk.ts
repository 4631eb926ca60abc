/**
 * A disk that loses power: an ext4 file system in an image file. What its page cache has not written is not in the image,
 * so a copy of the image is what a machine would find after the cut. Needs root, loop devices and mkfs.ext4.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export class Disk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #image: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#image = join(folder, 'image');
    this.path = join(folder, 'mounted');
  }

  /** Makes an empty disk and mounts it. Throws, with what the system said. */
  static create(bytes: number): Disk {
    const disk = new Disk(mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'disk-')));
    mkdirSync(disk.path);
    writeFileSync(disk.#image, '');
    truncateSync(disk.#image, bytes);
    system('mkfs.ext4', ['-q', '-F', disk.#image]);
    disk.#mount();
    return disk;
  }

  /**
   * The disk as it would be found if the power failed now, mounted. Nobody may be writing; the kernel may, and then the
   * copy is made anew, since it must be of one moment.
   */
  cut(): Disk {
    const after = new Disk(mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'disk-')));
    mkdirSync(after.path);
    for (let changed = true; changed; ) {
      const before = statSync(this.#image, { bigint: true }).mtimeNs;
      copyFileSync(this.#image, after.#image);
      changed = statSync(this.#image, { bigint: true }).mtimeNs !== before;
    }
    after.#mount();
    return after;
  }

  /** Unmounts it for good; once more does nothing. */
  remove(): void {
    if (!existsSync(this.#folder)) return;
    // children of a killed process may have it open for another moment; then it goes when they do
    system('umount', ['--lazy', this.path]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #mount(): void {
    system('mount', ['-o', 'loop', this.#image, this.path]);
  }
}

/** A small file system in memory, which can be full, and read-only. */
export class Memory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Throws, with what the system said. */
  static create(bytes: number): Memory {
    const memory = new Memory(mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'memory-')));
    system('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', memory.path]);
    return memory;
  }

  /** Fills it until so many bytes are free; what filled it before goes first. */
  fill(free: number): void {
    const filler = join(this.path, 'filler');
    rmSync(filler, { force: true });
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - free)));
  }

  /** Takes away what filled it. */
  empty(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  remount(how: 'ro' | 'rw'): void {
    system('mount', ['-o', `remount,${how}`, this.path]);
  }

  remove(): void {
    system('umount', ['--lazy', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

function tryDisk(): string | undefined {
  try {
    Disk.create(4 * 1_048_576).remove();
    return undefined;
  } catch (error) {
    return `no ext4 on a loop device here: ${error instanceof Error ? error.message : ''}`;
  }
}

/** Runs a program of the system, which may lie where only root looks. Throws if it fails. */
function system(program: string, args: readonly string[]): void {
  const path = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].map((folder) => join(folder, program)).find((one) => existsSync(one));
  const { status, stderr, error } = spawnSync(path ?? program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}

/** Why there can be no such disk here; `undefined` if there can. */
export const NO_DISK = process.platform === 'linux' && process.getuid?.() === 0 ? tryDisk() : 'mounting a loop device needs root on Linux';

/** Why a file system in memory cannot be mounted here; `undefined` if it can. */
export const NO_MOUNT = process.platform === 'linux' && process.getuid?.() === 0 ? tryMount() : 'mounting needs root on Linux';

function tryMount(): string | undefined {
  try {
    Memory.create(1_048_576).remove();
    return undefined;
  } catch (error) {
    return `nothing can be mounted here: ${error instanceof Error ? error.message : ''}`;
  }
}
