/**
 * Takes imported records into the journal, part by part, and counts what became of them. Each part is made twice, first
 * to ask git which of the files that it edits are ignored; so nothing is held in memory but what a flush holds.
 */
import { ignoredIn } from '../adapters/git/ignored.ts';
import { readMemory } from '../capture/agents/memory.ts';
import { isTraceError } from '../core/errors.ts';
import { flush } from '../journal/flush.ts';
import { SpoolFile } from '../spool/append.ts';
import type { SpoolRecord } from '../spool/record.ts';
import type { Context } from './context.ts';
import { AGENT_MEMORY } from './derive.ts';

/** Records kept in memory before they are spooled. */
const CHUNK = 1_000;

/** Makes the records of one part; called more than once. */
export type Part = (isIgnored: (path: string) => boolean) => Iterable<SpoolRecord>;

export interface Imported {
  accepted: number;
  duplicate: number;
  excluded: number;
  refused: number;
  /** Sessions left out, because their hooks have recorded them. */
  recorded: number;
}

/** Imports parts one after the other. @throws what a flush throws, when nothing of a part could be written */
export async function importParts(context: Context, parts: AsyncIterable<Part> | Iterable<Part>): Promise<Imported> {
  const sum: Imported = { accepted: 0, duplicate: 0, excluded: 0, refused: 0, recorded: 0 };
  const ports = await context.flushPorts();
  const { sessions: live } = readMemory(ports.files.read(AGENT_MEMORY)?.toString('utf8'));
  const leftOut = new Set<string>();
  const { workTree } = ports.repository;
  for await (const part of parts) {
    const paths = new Set<string>();
    const note = (path: string): boolean => {
      paths.add(path);
      return true;
    };
    for (const _ of part(note));
    const ignored = workTree === undefined || paths.size === 0 ? new Set<string>() : await ignoredIn(workTree, [...paths], context.env);
    const spool = new SpoolFile(ports.files, context.random, 'import', process.pid);
    const fill = (): void => {
      let waiting: SpoolRecord[] = [];
      for (const record of part((path) => ignored.has(path))) {
        const session = record.session?.id ?? '';
        const isLive = live.has(context.sha256(session));
        if (isLive) leftOut.add(session);
        if (isLive || waiting.push(record) < CHUNK) continue;
        spool.appendAll(waiting);
        waiting = [];
      }
      spool.appendAll(waiting, { durable: true });
    };
    const { fates } = await flush(ports, { wait: 60_000, finished: new Set([spool.name]), watch: spool.name, fill });
    const waitingFor = fates.find(({ error }) => isTraceError(error))?.error;
    if (waitingFor !== undefined) throw waitingFor;
    for (const { outcome } of fates) {
      if (outcome === 'accepted') sum.accepted++;
      else if (outcome === 'duplicate') sum.duplicate++;
      else if (outcome === 'excluded') sum.excluded++;
      else sum.refused++;
    }
  }
  return { ...sum, recorded: leftOut.size };
}
