/** Pages of events: what they read of the journal, and how often, however many read along. */
import { expect, test } from 'vitest';
import { BEGINNING, type PagePorts, Pages, parseCursor } from '../../src/serve/pages.ts';
import { note } from '../helpers/journal.ts';
import { openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const LIMIT = 1_000;

/** The ports of a repository, and how often they were asked for an object. */
async function countedPorts(events: number) {
  const journal = await openJournal(TestRepository.create());
  journal.spool(...Array.from({ length: events }, (_, i) => note(`note ${i}`, i)));
  await journal.flush();
  const { repository, sha256 } = journal.ports;
  const { objects } = repository;
  let reads = 0;
  const counted: PagePorts = {
    repository: {
      refs: repository.refs,
      objects: {
        nameOf: (type, data) => objects.nameOf(type, data),
        read: (oid) => {
          reads++;
          return objects.read(oid);
        },
        batch: () => objects.batch(),
        isAncestor: (ancestor, descendant) => objects.isAncestor(ancestor, descendant),
      },
    },
    sha256,
  };
  const taken = (): number => {
    const before = reads;
    reads = 0;
    return before;
  };
  return { journal, ports: counted, taken };
}

test('many who want the same page read it once, and none of them misses what came meanwhile', async () => {
  const { journal, ports, taken } = await countedPorts(10);
  const pages = new Pages();
  const first = await pages.read(ports, '42', BEGINNING, LIMIT);
  expect(first?.events).toHaveLength(11);
  journal.spool(note('one more', 11));
  await journal.flush();
  taken();
  const after = parseCursor(first?.next ?? '');
  await new Pages().read(ports, '42', after, LIMIT);
  const alone = taken();
  const many = await Promise.all(Array.from({ length: 50 }, () => pages.read(ports, '42', after, LIMIT)));
  expect(taken()).toBe(alone);
  expect(new Set(many.map((page) => JSON.stringify(page))).size).toBe(1);
  expect(many[0]?.events.map(({ payload }) => payload)).toEqual([{ text: 'one more' }]);
  // one that begins while another reads what was before is told of more
  const early = pages.read(ports, '42', after, LIMIT);
  journal.spool(note('still more', 12));
  await journal.flush();
  const late = pages.read(ports, '42', after, LIMIT);
  expect((await early)?.events.length).toBeGreaterThan(0);
  expect((await late)?.events).toHaveLength(2);
});

test('a trace of more events than are kept is read once by whoever reads to its end', async () => {
  const { ports, taken } = await countedPorts(100_001);
  const pages = new Pages();
  let page = await pages.read(ports, '42', BEGINNING, 10_000);
  const first = taken();
  let count = page?.events.length ?? 0;
  while (page?.more === true) {
    page = await pages.read(ports, '42', parseCursor(page.next), 10_000);
    count += page?.events.length ?? 0;
  }
  expect(count).toBe(100_002);
  expect(taken()).toBeLessThan(first);
});
