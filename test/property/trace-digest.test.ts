/** What a digest tells without a walk, also after it has grown, is what all of the trace tells. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { LargeTrace } from '../../src/cli/large-trace.ts';
import { readDigest } from '../../src/cli/trace-digest.ts';
import { mergeSessions } from '../../src/core/order.ts';
import { segmentPath } from '../../src/core/segment.ts';
import { KnownIds } from '../../src/journal/known-ids.ts';
import { loadRoot, readRoot } from '../../src/journal/read.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { countItems } from '../../src/replay/tally.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { MemoryObjects, writeFiles } from '../helpers/memory-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'gittrace-digest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WRITER = '00112233445566aa';
const SAID = { status: 'merged', title: 'Mend it', created_at: null, merged_at: null };

/** A few lines of one session; with `after`, later than all that came before, as work mostly is. */
const stretch = fc.record({
  session: fc.constantFrom('a', 'b', 'c'),
  /** In the session's last segment, as a flush does, and not in one of its own. */
  grows: fc.boolean(),
  after: fc.integer({ min: 0, max: 7 }).map((n) => n > 0),
  lines: fc.array(
    fc.record({
      n: fc.integer({ min: 0, max: 30 }),
      type: fc.constantFrom('command', 'test', 'commit', 'pr_updated', 'session_ended', 'edit', 'garbage'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** What is done between two looks at the trace; now and then a line is erased where it stands. */
const steps = fc.array(
  fc.record({ stretches: fc.array(stretch, { minLength: 1, maxLength: 4 }), erases: fc.integer({ min: 0, max: 9 }) }),
  {
    minLength: 2,
    maxLength: 4,
  },
);

function commitOf(objects: MemoryObjects, tree: string, parent: string | undefined): string {
  const text = `tree ${tree}\n${parent === undefined ? '' : `parent ${parent}\n`}author a <a@example.com> 0 +0000\n\n`;
  return objects.batch().add('commit', Buffer.from(text));
}

it('says the same', async () => {
  let [grown, known, runs] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 6 }), fc.boolean(), async (work, limit, reverse) => {
      const files = new TraceFolder(join(folder, `${runs++}`));
      const objects = new MemoryObjects();
      const content = new Map([['format', '1\n']]);
      const next = new Map<string, number>();
      let clock = 0;
      let tip: string | undefined;
      for (const { stretches, erases } of work) {
        for (const { session, grows, after, lines } of stretches) {
          const first = next.get(session) ?? 1;
          const texts = lines.map(({ n, type }) => {
            if (after) clock += 60_000;
            const at = after ? clock : n * 60_000;
            if (type === 'garbage') return n < 3 ? type : lineOf(session, at, 'note', { text: `${n}` });
            // what was assigned is no part of an id: of these some come twice
            if (type === 'commit') return lineOf(session, at, type, { n: n % 4 }, { assigned: ['session', 'ts'] });
            return lineOf(session, at, type, type === 'pr_updated' ? SAID : { n, failed: n % 2, file: `${n}.ts`, status: 'completed' });
          });
          next.set(session, first + lines.length);
          const last = [...content.keys()].filter((path) => path.includes(`/${session}/`)).at(-1);
          const path = grows && last !== undefined ? last : segmentPath(WRITER, session, first, 0);
          content.set(path, (content.get(path) ?? '') + texts.map((text) => `${text}\n`).join(''));
        }
        const [erased] = [...content.keys()].filter((path) => path !== 'format');
        if (erases === 0 && erased !== undefined)
          content.set(erased, (content.get(erased) ?? '').replace(/^.*\n/, `{"erased":"${sha256('x')}"}\n`));
        // a prune goes on from what was there
        if (erases === 1 && erased !== undefined) content.set(erased, (content.get(erased) ?? '').replace(/^.*\n/, '{"pruned":{}}\n'));
        tip = commitOf(objects, await writeFiles(objects, content), erases === 0 ? undefined : tip);
        const ids = await KnownIds.load(files, '42', objects, tip, sha256);
        ids.save(files, '42', tip);

        const whole = { objects, root: await loadRoot(objects, tip), tip, month: undefined };
        const digest = readDigest(files, '42');
        const quick = await LargeTrace.of({ sha256, files }, '42', whole, 0);
        if (digest !== undefined && readDigest(files, '42')?.tip === tip) grown++;
        const said = await quick?.walk({ limit, reverse });
        const ordered = mergeSessions((await readRoot(objects, whole.root)).parts, sha256);
        const items = timelineOf(ordered);
        const again = await (await LargeTrace.of({ sha256, files }, '42', whole, 0))?.walk({ limit, reverse });
        if (readDigest(files, '42')?.tip === tip) known++;
        for (const other of [said, again]) {
          if (other === undefined) continue; // the small way is taken
          expect(other.head()).toEqual(foldHead('42', ordered, sha256));
          expect(other.counts).toEqual(countItems(items));
          expect(other.items).toEqual(filterItems(items, { limit, reverse }));
        }
      }
    }),
    { numRuns: 400 },
  );
  expect(grown).toBeGreaterThan(50);
  expect(known).toBeGreaterThan(200);
});
