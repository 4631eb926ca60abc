/**
 * The laws of union, where a trace lies in several places: whatever of it is in the journal, in inboxes and in archives,
 * and in whatever order it is folded, every line is read once it was anywhere, and nothing depends on the order.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Oid, Ref, RefChange, Repository, TraceFiles } from '../../src/core/ports.ts';
import { archiveRef, inboxRef, journalRef } from '../../src/core/trace-name.ts';
import { commitObject } from '../../src/journal/commit.ts';
import { readRoot } from '../../src/journal/read.ts';
import { foldInboxes } from '../../src/sync/inbox.ts';
import type { SyncPorts } from '../../src/sync/integrate.ts';
import { wholeTrace } from '../../src/sync/whole.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { MemoryObjects, writeFiles } from '../helpers/memory-objects.ts';

const NOBODY = { name: 'n', email: 'e' };
const WRITERS = ['00112233445566aa', '00112233445566bb', '00112233445566cc'];

/** How many of its lines a place has of each writer; the lines of a writer are the same everywhere. */
const anyPart = fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)).filter((counts) => counts.some((count) => count > 0));
type Counts = readonly number[];

class World {
  readonly objects = new MemoryObjects();
  readonly #refs = new Map<string, Oid>();

  /** As much of the ports as uniting needs. */
  get ports(): SyncPorts {
    const refs = {
      get: async (name: string) => this.#refs.get(name),
      list: async ([prefix = '']: readonly string[]): Promise<Ref[]> =>
        [...this.#refs].flatMap(([name, oid]) => (name.startsWith(prefix) ? [{ name, oid }] : [])),
      update: async (changes: readonly RefChange[]) => {
        for (const { name, after } of changes) if (after !== undefined) this.#refs.set(name, after);
        return 'done' as const;
      },
    };
    const repository = { objects: this.objects, refs, identity: async () => NOBODY };
    const files = { lock: async () => ({ release: () => {} }), read: () => undefined };
    return {
      repository: repository as unknown as Repository, // nothing else of it is called
      files: files as unknown as TraceFiles, // nor of these
      clock: { now: () => 0 },
      random: { hex: () => '', uuid: () => '', fraction: () => 0 },
      sha256,
    };
  }

  async journal(counts: Counts, prefix = ''): Promise<Oid> {
    const files = new Map([[`${prefix}format`, '1\n']]);
    for (const [i, count] of counts.entries()) {
      if (count > 0) files.set(`${prefix}${WRITERS[i]}/s/0000000001.ndjson`, `${linesOf(i, count).join('\n')}\n`);
    }
    const batch = this.objects.batch();
    return batch.add('commit', commitObject(await writeFiles(this.objects, files), undefined, NOBODY, 0, 'x'));
  }

  put(ref: string, oid: Oid): void {
    this.#refs.set(ref, oid);
  }

  async lines(): Promise<string[]> {
    const whole = await wholeTrace(this.ports, '42');
    if (whole === undefined) return [];
    return (await readRoot(whole.objects, whole.root)).parts.flatMap(({ lines }) => lines).sort();
  }
}

function linesOf(writer: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => lineOf('s', i * 1000, 'x', { writer, n: i }));
}

function everything(parts: readonly Counts[]): string[] {
  return WRITERS.flatMap((_, i) => linesOf(i, Math.max(0, ...parts.map((counts) => counts[i] ?? 0)))).sort();
}

describe('a trace in several places', () => {
  it('is read whole, whatever is live, in inboxes and in archives, in whatever order it is folded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(anyPart, { nil: undefined }),
        fc.array(anyPart, { maxLength: 4 }),
        fc.array(anyPart, { maxLength: 2 }),
        fc.boolean(),
        async (live, inboxes, archives, backwards) => {
          const trees: string[][] = [];
          for (const order of [inboxes, [...inboxes].reverse()]) {
            const world = new World();
            if (live !== undefined) world.put(journalRef('42'), await world.journal(live));
            for (const [i, counts] of archives.entries()) world.put(archiveRef(`2026-1${i}`), await world.journal(counts, '42/'));
            const waiting = await Promise.all(
              order.map(async (counts, i) => ({ trace: '42', ref: inboxRef('42', `${i}`), oid: await world.journal(counts) })),
            );
            // all at once, or one after the other
            for (const some of backwards ? [waiting] : waiting.map((inbox) => [inbox])) {
              const { folded, left } = await foldInboxes(world.ports, '42', some);
              expect([folded.length, left.size]).toEqual([some.length, 0]);
            }
            // once more changes nothing
            const tip = await world.ports.repository.refs.get(journalRef('42'));
            await foldInboxes(world.ports, '42', waiting);
            expect(await world.ports.repository.refs.get(journalRef('42'))).toBe(tip);
            trees.push(await world.lines());
          }
          expect(trees[0]).toEqual(trees[1]);
          expect(trees[0]).toEqual(everything([...(live === undefined ? [] : [live]), ...inboxes, ...archives]));
        },
      ),
      { numRuns: 150 },
    );
  });
});
