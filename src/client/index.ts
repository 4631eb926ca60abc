/**
 * The client library, `git-trace/client`: records events from an editor or a service into `git trace serve`, waits for
 * nobody, and keeps on the disk what is not taken yet. Depends on nothing but node.
 */
import { randomBytes } from 'node:crypto';
import type { Client, ClientOptions } from './client-types.ts';
import { post } from './post.ts';
import { Sender } from './sender.ts';

export type {
  Client,
  ClientOptions,
  Developer,
  Entry,
  EventEntry,
  FailedEntry,
  Failure,
  FlushOutcome,
  PostEntry,
  Target,
  TelemetryEvent,
} from './client-types.ts';

/**
 * Opens a client; what an earlier one left in the folder is sent first.
 *
 * @throws Error where the folder cannot be made
 */
export function openClient(options: ClientOptions): Client {
  return new Sender(options, {
    post,
    now: () => Date.now(),
    after(milliseconds, work, hold = false) {
      const timer = setTimeout(work, milliseconds);
      if (!hold) timer.unref();
      return () => clearTimeout(timer);
    },
    chance: () => Math.random(),
    id: nextId,
  });
}

/** Hex digits of an id. */
const DIGITS = 16;

/** Random digits that no id has yet: to draw many at once takes as long as to draw a few. */
let digits = '';

function nextId(): string {
  if (digits.length === 0) digits = randomBytes(256 * (DIGITS / 2)).toString('hex');
  const id = digits.slice(0, DIGITS);
  digits = digits.slice(DIGITS);
  return id;
}
