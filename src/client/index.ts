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
    id: () => randomBytes(8).toString('hex'),
  });
}
