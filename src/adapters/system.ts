/** The clock, randomness and hashes of this machine, and what it lets us have. */
import { createHash, hash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock, Hashes, Random } from '../core/ports.ts';
import type { Timers } from '../core/screen.ts';

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = {
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};

export const systemHashes: Hashes = {
  sha256: (bytes) => hash('sha256', bytes),
};

/** Begins a sha-256 of bytes that come piece by piece. */
export function startSha256(): ReturnType<typeof createHash> {
  return createHash('sha256');
}

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Files and connections that this process may hold open at a time; `undefined` where the system does not tell, or has no limit. */
export function mostOpenFiles(): number | undefined {
  try {
    const [, most] = /^Max open files +([0-9]+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    return undefined; // no Linux
  }
}
