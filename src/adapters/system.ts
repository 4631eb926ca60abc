/** The clock, randomness and hashes of this machine. */
import { createHash, hash, randomBytes, randomUUID } from 'node:crypto';
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
