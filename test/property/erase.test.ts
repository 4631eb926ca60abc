/**
 * The laws of erasing: it may change places with growing and uniting, in any clone, at any point and in any order, and all
 * clones converge; what was erased anywhere is nowhere, everything else is everywhere. Half of the trees are an enemy's.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineId, readLine } from '../../src/core/line.ts';
import type { Oid } from '../../src/core/ports.ts';
import { putMarks, readMarks } from '../../src/journal/erased.ts';
import { Tree } from '../../src/journal/tree.ts';
import { eraseLines } from '../../src/sync/erase-lines.ts';
import { type Outdated, uniteTrees } from '../../src/sync/unite.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { MemoryObjects, readFiles, writeFiles } from '../helpers/memory-objects.ts';

const CLONES = 3;
const WRITERS = ['00112233445566aa', '00112233445566bb', '00112233445566cc'];

/** One of few events, so that the same ones come to several writers; some with a time that was filled in differently. */
function eventLine(n: number, minute = 0): string {
  return lineOf('s', minute * 60_000, 'x', { n }, { assigned: ['ts'] });
}
function markOf(n: number): string {
  const line = eventLine(n);
  const read = readLine(line, false);
  if (read.kind !== 'event') throw new Error('no event');
  return sha256(lineId(line, read.event, sha256));
}

const path = (clone: number): string => `${WRITERS[clone]}/s/0000000001.ndjson`;

async function unite(objects: MemoryObjects, a: Oid, b: Oid): Promise<{ tree: Oid; outdated: Outdated }> {
  const [ours, theirs] = [await Tree.load(objects, a), await Tree.load(objects, b)];
  const batch = objects.batch();
  const { outdated } = await uniteTrees(objects, batch, ours, theirs, sha256);
  return { tree: ours.write(batch), outdated };
}

async function erase(objects: MemoryObjects, tree: Oid, mark: string): Promise<Oid> {
  const root = await Tree.load(objects, tree);
  const batch = objects.batch();
  const listed = new Set([...(await readMarks(objects, root)), mark]);
  await eraseLines(objects, batch, root, { marks: new Set([mark]), listed }, sha256);
  await putMarks(batch, root, listed);
  return root.write(batch);
}

async function append(objects: MemoryObjects, tree: Oid, clone: number, line: string): Promise<Oid> {
  const root = await Tree.load(objects, tree);
  const before = (await readFiles(objects, tree)).get(path(clone))?.toString() ?? '';
  const batch = objects.batch();
  await root.put(path(clone), batch.add('blob', Buffer.from(`${before}${line}\n`)));
  return root.write(batch);
}

async function linesIn(objects: MemoryObjects, tree: Oid): Promise<string[]> {
  const segments = [...(await readFiles(objects, tree))].filter(([name]) => name.endsWith('.ndjson'));
  return segments.flatMap(([, bytes]) => bytes.toString().split('\n').slice(0, -1));
}

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), at: fc.nat(CLONES - 1), n: fc.nat(7), minute: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('erase' as const), at: fc.nat(CLONES - 1), n: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unite' as const), at: fc.nat(CLONES - 1), from: fc.nat(CLONES - 1) }) },
);

describe('clones that record, erase and unite', () => {
  it('converge, whatever the order: what was erased is nowhere, all else is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (steps, order) => {
        const objects = new MemoryObjects();
        const empty = await writeFiles(objects, new Map([['format', '1\n']]));
        const trees = Array.from({ length: CLONES }, () => empty);
        const said = new Set<number>();
        const erased = new Set<number>();
        for (const step of steps) {
          const tree = trees[step.at] ?? empty;
          if (step.kind === 'unite') trees[step.at] = (await unite(objects, tree, trees[step.from] ?? empty)).tree;
          else {
            const lines = await linesIn(objects, tree);
            const marks = await readMarks(objects, await Tree.load(objects, tree));
            const isHere = Array.from({ length: 4 }, (_, minute) => eventLine(step.n, minute)).some((line) => lines.includes(line));
            // as a flush does: what is known or was erased is not written again
            if (step.kind === 'append' && !isHere && !marks.has(markOf(step.n))) {
              trees[step.at] = await append(objects, tree, step.at, eventLine(step.n, step.minute));
              said.add(step.n);
            }
            if (step.kind === 'erase' && isHere) {
              trees[step.at] = await erase(objects, tree, markOf(step.n));
              erased.add(step.n);
            }
          }
        }
        const results: Oid[] = [];
        for (const indexes of [order, [...order].reverse()]) {
          const [first = empty, ...rest] = indexes.map((i) => trees[i] ?? empty);
          let all = first;
          for (const tree of rest) all = (await unite(objects, all, tree)).tree;
          // once more with anything changes nothing
          for (const tree of trees) expect((await unite(objects, all, tree)).tree).toBe(all);
          results.push(all);
        }
        expect(results[0]).toBe(results[1]);
        const lines = await linesIn(objects, results[0] ?? empty);
        const left = new Set(
          lines.filter((line) => !line.startsWith('{"erased"')).map((line) => (JSON.parse(line) as { payload: { n: number } }).payload.n),
        );
        expect([...left].sort()).toEqual([...said].filter((n) => !erased.has(n)).sort());
      }),
      { numRuns: 150 },
    );
  });

  it('are told which side still holds what the other has erased', async () => {
    const objects = new MemoryObjects();
    const both = await writeFiles(objects, new Map([[path(0), `${eventLine(1)}\n${eventLine(2)}\n`]]));
    const [one, two] = [await erase(objects, both, markOf(1)), await erase(objects, both, markOf(2))];
    expect((await unite(objects, both, both)).outdated).toEqual({ ours: false, theirs: false });
    expect((await unite(objects, one, both)).outdated).toEqual({ ours: false, theirs: true });
    expect((await unite(objects, both, one)).outdated).toEqual({ ours: true, theirs: false });
    expect((await unite(objects, one, two)).outdated).toEqual({ ours: true, theirs: true });
    // who never had the event is behind in nothing
    const other = await writeFiles(objects, new Map([[path(1), `${eventLine(3)}\n`]]));
    expect((await unite(objects, one, other)).outdated).toEqual({ ours: false, theirs: false });
  });
});

/** Trees as only an enemy writes them: marks of what is there, of what is not, of nothing; segments that contradict one another. */
const anyTree = fc.record({
  erased: fc.option(fc.array(fc.oneof(fc.nat(4).map(markOf), fc.constant('no mark'))), { nil: undefined }),
  segments: fc.dictionary(
    fc.constantFrom(
      path(0),
      path(1),
      `${WRITERS[0]}/s/0000000001.1.ndjson`,
      `${WRITERS[0]}/s/0001/0000000003.ndjson`,
      'x/s/0000000001.ndjson',
    ),
    fc.array(
      fc.oneof(
        fc.tuple(fc.nat(4), fc.nat(1)).map(([n, minute]) => eventLine(n, minute)),
        fc.nat(4).map((n) => `{"erased":"${markOf(n)}"}`),
        fc.constantFrom('garbage', '{"pruned":{}}'),
        fc.nat(4).map((n) => `{"pruned":{"erased":["${markOf(n)}"]}}`),
      ),
      { maxLength: 4 },
    ),
  ),
});

describe('any trees', () => {
  it('unite the same way round, in any grouping, and with themselves', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, anyTree, async (...three) => {
        const objects = new MemoryObjects();
        const trees: Oid[] = [];
        for (const { erased, segments } of three) {
          const files = new Map(Object.entries(segments).map(([name, lines]) => [name, lines.map((line) => `${line}\n`).join('')]));
          if (erased !== undefined) files.set('erased', erased.map((mark) => `${mark}\n`).join(''));
          // what it lists is not in it, which is all that is asked of it
          const root = await Tree.load(objects, await writeFiles(objects, files));
          const listed = await readMarks(objects, root);
          const batch = objects.batch();
          await eraseLines(objects, batch, root, { marks: listed, listed }, sha256);
          trees.push(root.write(batch));
        }
        const [a = '', b = '', c = ''] = trees;
        const united = async (x: Oid, y: Oid): Promise<Oid> => (await unite(objects, x, y)).tree;
        const [ab, bc] = [await united(a, b), await united(b, c)];
        expect(await united(b, a)).toBe(ab);
        expect(await united(ab, c)).toBe(await united(a, bc));
        expect(await united(ab, ab)).toBe(ab);
        expect(await united(ab, a)).toBe(ab);
      }),
      { numRuns: 400 },
    );
  });
});
