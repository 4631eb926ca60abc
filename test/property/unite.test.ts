/**
 * The laws of union, for one segment and for whole trees: commutative, associative, idempotent, loses nothing, erased
 * lines stay erased, growing and uniting may change places. Half of the trees are ones that only an enemy would write.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineId, prunedMarks, readLine } from '../../src/core/line.ts';
import type { Oid } from '../../src/core/ports.ts';
import { Tree } from '../../src/journal/tree.ts';
import { uniteTrees } from '../../src/sync/unite.ts';
import { type Lines, textOf, uniteSegments } from '../../src/sync/unite-segments.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { MemoryObjects, readFiles, writeFiles } from '../helpers/memory-objects.ts';

const WRITERS = ['00112233445566aa', '00112233445566bb'];

const eventLine = (n: number): string => lineOf('s', n * 1000, 'x', { n }, n % 3 === 0 ? { assigned: ['session', 'ts'] } : {});
function markOf(line: string): string | undefined {
  const read = readLine(line, false);
  return read.kind === 'event' ? sha256(lineId(line, read.event, sha256)) : undefined;
}
const erasedLine = (n: number): string => `{"erased":"${markOf(eventLine(n))}"}`;

const prunedIn = (lines: Lines): number => [...lines, ''].findIndex((line) => !line.startsWith('{"pruned":'));
const marksOf = (line: string): string[] => prunedMarks(line).map((mark) => `{"erased":"${mark}"}`);

/** A line: of few events, so that the same ones meet; sometimes erased, sometimes no event at all. */
const anyLine = fc.oneof(
  { weight: 8, arbitrary: fc.nat(5).map(eventLine) },
  { weight: 3, arbitrary: fc.nat(5).map(erasedLine) },
  { weight: 1, arbitrary: fc.constantFrom('', 'garbage', '{"pruned":{"events":3}}', '{"erased":"no"}') },
);
const prunedBeginning = fc
  .array(fc.constantFrom('{"pruned":{}}', '{"pruned":{"events":3}}', `{"pruned":{"erased":["${markOf(eventLine(4))}"]}}`), { maxLength: 3 })
  .filter((lines) => !lines.slice(1).some((line) => line.includes('erased')));
/** Sometimes with lines at its beginning that were pruned. */
const anySegment = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: prunedBeginning }),
    fc.array(anyLine, { maxLength: 5 }),
  )
  .map(([pruned, lines]): string[] => [...pruned, ...lines]);

/** Versions as honest clones have them: beginnings of one text, some lines erased. Each keeps at least its first line. */
const honestVersions = (count: number) =>
  fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }).chain((all) =>
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: all.length }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })), {
        minLength: count,
        maxLength: count,
      })
      .map((cuts) => cuts.map(([length, gone]) => all.slice(0, length).map((n, i) => (gone[i] ? erasedLine(n) : eventLine(n))))),
  );

describe('versions of one segment', () => {
  const united = (...versions: (readonly Lines[])[]): readonly Lines[] => uniteSegments(versions.flat(), markOf);

  it('unite the same way round, in any grouping, and with themselves', () => {
    fc.assert(
      fc.property(
        fc.array(anySegment, { maxLength: 3 }),
        fc.array(anySegment, { maxLength: 3 }),
        fc.array(anySegment, { maxLength: 3 }),
        (a, b, c) => {
          expect(united(a, b)).toEqual(united(b, a));
          expect(united(united(a, b), c)).toEqual(united(a, united(b, c)));
          expect(united(united(a), united(a))).toEqual(united(a));
        },
      ),
    );
  });

  it('lose no line but those erased or pruned, and bring none back', () => {
    fc.assert(
      fc.property(fc.array(anySegment, { maxLength: 4 }), (versions) => {
        const after = united(versions);
        const all = versions.flat();
        const pruned = Math.max(0, ...after.map(prunedIn));
        expect(pruned).toBeGreaterThanOrEqual(Math.max(0, ...versions.map(prunedIn)));
        for (let i = 0; i < pruned; i++) expect(versions.some((lines) => lines[i]?.startsWith('{"pruned":'))).toBe(true);
        const erased = new Set(all.flatMap((line) => (/^\{"erased":"[0-9a-f]{64}"\}$/.test(line) ? [line] : marksOf(line))));
        for (const lines of versions) {
          const meant = lines
            .slice(pruned)
            .map((line) => (erased.has(`{"erased":"${markOf(line)}"}`) ? `{"erased":"${markOf(line)}"}` : line));
          expect(after.some((kept) => textOf(kept.slice(pruned)).startsWith(textOf(meant)))).toBe(true);
          expect(after.some((kept) => kept.length >= lines.length)).toBe(true);
        }
        for (const lines of after) {
          expect(prunedIn(lines)).toBeGreaterThanOrEqual(Math.min(pruned, lines.length));
          for (const line of lines.slice(pruned)) expect(all.includes(line) || erased.has(line)).toBe(true);
          for (const line of lines) expect(erased.has(`{"erased":"${markOf(line)}"}`)).toBe(false);
        }
        // what was erased is known for as long as there is a line that can say it
        if (pruned > 0)
          expect(new Set(after.flatMap((lines) => lines.slice(0, 1).flatMap(marksOf)))).toEqual(erased.size > 0 ? erased : new Set());
      }),
    );
  });

  it('of one writer become one, the longest with every erasure', () => {
    fc.assert(
      fc.property(honestVersions(4), (versions) => {
        const after = united(versions);
        expect(after.length).toBe(1);
        const longest = Math.max(...versions.map((lines) => lines.length));
        expect(after[0]?.length).toBe(longest);
      }),
    );
  });

  it('that grow afterwards come to the same as those that grew before', () => {
    fc.assert(
      fc.property(anySegment, anySegment, anySegment, (old, more, other) => {
        const grown = [...old, ...more];
        expect(united(united([old], [other]), [grown])).toEqual(united([grown], [other]));
      }),
    );
  });
});

/** Paths that an honest journal has, and some that only an enemy or another program would write. */
const segmentPaths = [
  `${WRITERS[0]}/s/0000000001.ndjson`,
  `${WRITERS[0]}/s/0000000001.1.ndjson`,
  `${WRITERS[0]}/s/0000000001.2.ndjson`,
  `${WRITERS[0]}/s/0000000400.ndjson`,
  `${WRITERS[0]}/s/0001/0000000900.ndjson`,
  `${WRITERS[1]}/s/0000000001.ndjson`,
  '0000000001.ndjson',
];
const foreignPaths = [
  'README',
  `${WRITERS[0]}/s/note`,
  `${WRITERS[0]}/s`,
  `${WRITERS[1]}/s/0000000001.ndjson/deep`,
  `${WRITERS[1]}/s/0000000001.1.ndjson/x`,
];

const anyContent = fc.oneof(
  { weight: 6, arbitrary: anySegment.map((lines) => Buffer.from(textOf(lines))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from([...bytes, 0x0a])) },
);

/** A file's path, content and mode; later entries with the same path win, a path below a file replaces it. */
const anyTree = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constantFrom(...segmentPaths), anyContent) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...foreignPaths), anyContent) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constant('format'),
        fc.constantFrom('1\n', '2\n', '1', 'x', '').map((text) => Buffer.from(text)),
      ),
    },
  ),
  { maxLength: 7 },
);
type Files = readonly (readonly [string, Buffer])[];

class World {
  readonly objects = new MemoryObjects();

  async tree(files: Files): Promise<Oid> {
    const placed = new Map<string, Buffer>();
    for (const [path, content] of files) {
      for (const other of placed.keys()) if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) placed.delete(other);
      placed.set(path, content);
    }
    return writeFiles(this.objects, placed);
  }

  async unite(a: Oid, b: Oid): Promise<Oid> {
    const batch = this.objects.batch();
    const [ours, theirs] = [await Tree.load(this.objects, a), await Tree.load(this.objects, b)];
    await uniteTrees(this.objects, batch, ours, theirs, sha256);
    return ours.write(batch);
  }

  files(oid: Oid): Promise<Map<string, Buffer>> {
    return readFiles(this.objects, oid);
  }
}

describe('whole trees', () => {
  it('unite to the same tree whatever the order, in any grouping, and with themselves', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, anyTree, async (x, y, z) => {
        const world = new World();
        const [a, b, c] = [await world.tree(x), await world.tree(y), await world.tree(z)];
        const ab = await world.unite(a, b);
        expect(await world.unite(b, a)).toBe(ab);
        expect(await world.unite(ab, c)).toBe(await world.unite(a, await world.unite(b, c)));
        expect(await world.unite(a, a)).toBe(a);
        expect(await world.unite(ab, b)).toBe(ab);
      }),
      { numRuns: 400 },
    );
  });

  it('lose no line of a segment unless it was erased or pruned there', async () => {
    const lines = (files: Map<string, Buffer>): Map<string, string[]> => {
      const found = new Map<string, string[]>();
      for (const [path, data] of files) {
        const segment = /^(.*[0-9]{10})(?:\.[1-9])?\.ndjson$/.exec(path)?.[1];
        if (segment === undefined) continue;
        found.set(segment, [...(found.get(segment) ?? []), ...data.toString('latin1').split('\n').slice(0, -1)]);
      }
      return found;
    };
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, async (x, y) => {
        const world = new World();
        const [a, b] = [await world.tree(x), await world.tree(y)];
        const after = lines(await world.files(await world.unite(a, b)));
        for (const side of [a, b]) {
          for (const [segment, was] of lines(await world.files(side))) {
            const now = after.get(segment) ?? [];
            // lines are counted from the beginning of each version, which here are mixed
            const most = now.filter((line) => line.startsWith('{"pruned":')).length;
            if (most > 0) expect(now.length).toBeGreaterThanOrEqual(Math.min(was.length, most));
            else for (const line of was) expect(now.includes(line) || now.includes(`{"erased":"${markOf(line)}"}`)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('grow before or after the union, with the same outcome', async () => {
    const session = fc.tuple(fc.constantFrom(...segmentPaths.slice(0, 1), ...segmentPaths.slice(3, 6)), honestVersions(2));
    await fc.assert(
      fc.asyncProperty(fc.array(session, { maxLength: 4 }), anyTree, async (sessions, other) => {
        const world = new World();
        const chosen = [...new Map(sessions)];
        const short = await world.tree(chosen.map(([path, [lines = []]]) => [path, Buffer.from(textOf(lines))]));
        const long = await world.tree(
          chosen.map(([path, versions]) => [path, Buffer.from(textOf(uniteSegments(versions, markOf)[0] ?? []))]),
        );
        const theirs = await world.tree(other);
        expect(await world.unite(await world.unite(short, theirs), long)).toBe(await world.unite(long, theirs));
      }),
      { numRuns: 200 },
    );
  });

  it('come to one tree in any number of clones, whoever meets whom first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(anyTree, { minLength: 2, maxLength: 4 })
          .chain((trees) => fc.tuple(fc.constant(trees), fc.shuffledSubarray(trees, { minLength: trees.length }))),
        async ([trees, shuffled]) => {
          const world = new World();
          const all = async (list: readonly Files[]): Promise<Oid> => {
            let united: Oid | undefined;
            for (const files of list)
              united = united === undefined ? await world.tree(files) : await world.unite(united, await world.tree(files));
            return united ?? '';
          };
          expect(await all(shuffled)).toBe(await all(trees));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keep what is not UTF-8 byte for byte, and name the writers that forked', async () => {
    const world = new World();
    const path = segmentPaths[0] ?? '';
    const bytes = (...tail: number[]): Buffer => Buffer.from([0x61, 0x0a, ...tail, 0x0a]);
    const [a, b] = [await world.tree([[path, bytes(0xff)]]), await world.tree([[path, bytes(0xfe)]])];
    const [ours, theirs] = [await Tree.load(world.objects, a), await Tree.load(world.objects, b)];
    const batch = world.objects.batch();
    const { forkedWriters } = await uniteTrees(world.objects, batch, ours, theirs, sha256);
    expect([...forkedWriters]).toEqual([WRITERS[0]]);
    const files = await world.files(ours.write(batch));
    expect(new Set(files.values())).toEqual(new Set([bytes(0xfe), bytes(0xff)]));
  });

  it('have the higher of two formats', async () => {
    const world = new World();
    const formats = async (...texts: string[]): Promise<string | undefined> => {
      const trees = await Promise.all(texts.map((text) => world.tree([['format', Buffer.from(text)]])));
      return (await world.files(await world.unite(trees[0] ?? '', trees[1] ?? ''))).get('format')?.toString();
    };
    expect(await formats('2\n', '1\n')).toBe('2\n');
    expect(await formats('9', '10')).toBe('10\n');
  });

  it('are not united over an object that is missing', async () => {
    const world = new World();
    const path = segmentPaths[0] ?? '';
    const lost = new Tree(world.objects);
    await lost.put(path, '1'.repeat(40));
    const other = await Tree.load(world.objects, await world.tree([[path, Buffer.from('a\n')]]));
    await expect(uniteTrees(world.objects, world.objects.batch(), lost, other, sha256)).rejects.toMatchObject({
      code: 'unreadable-segment',
    });
  });
});
