/** This clone's name in journals and inboxes: random, minted once, kept in `trace/writer`. */
import type { Random, TraceFiles } from '../core/ports.ts';
import { WRITER } from '../core/segment.ts';

const FILE = 'writer';

/** The clone's name, if it has one yet. */
export function knownWriter(files: TraceFiles): string | undefined {
  const known = files.read(FILE)?.toString('utf8').trim();
  return known !== undefined && WRITER.test(known) ? known : undefined;
}

/** The clone's name, minted if need be. @throws disk-full, read-only */
export function ownWriter(files: TraceFiles, random: Random): string {
  return knownWriter(files) ?? newWriter(files, random);
}

/** Takes another name for what is written from now on. @throws disk-full, read-only */
export function newWriter(files: TraceFiles, random: Random): string {
  const writer = random.hex(8);
  files.replace(FILE, `${writer}\n`, { durable: true });
  return writer;
}
