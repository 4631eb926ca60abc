/** Segment paths: each reads back as it was written, and nothing else is one. */
import { expect, it } from 'vitest';
import { FAN_OUT, parseSegmentName, parseSegmentPath, SESSION, segmentName, segmentPath } from '../../src/core/segment.ts';

const WRITER = '00112233445566aa';

it.each([
  [1, 0, `${WRITER}/s/0000000001.ndjson`],
  [70_000, FAN_OUT - 1, `${WRITER}/s/0000070000.ndjson`],
  [70_001, FAN_OUT, `${WRITER}/s/0001/0000070001.ndjson`],
  [1_000_000, 12 * FAN_OUT + 5, `${WRITER}/s/0012/0001000000.ndjson`],
])('the segment that begins with seq %d as number %d is %s', (firstSeq, ordinal, path) => {
  expect(segmentPath(WRITER, 's', firstSeq, ordinal)).toBe(path);
  expect(parseSegmentPath(path)).toEqual({ writer: WRITER, session: 's', firstSeq, version: 0 });
});

it('a second version of a segment stands beside the first', () => {
  expect(segmentName(7, 2)).toBe('0000000007.2.ndjson');
  expect(parseSegmentPath(`${WRITER}/s/0000000007.2.ndjson`)).toEqual({ writer: WRITER, session: 's', firstSeq: 7, version: 2 });
});

it.each([
  'format',
  `${WRITER}/s`,
  `${WRITER}/s/0000000000.ndjson`,
  `${WRITER}/s/1.ndjson`,
  `${WRITER}/s/0000000001.json`,
  `${WRITER}/s/0000000001.0.ndjson`,
  `${WRITER}/s/0000000001.01.ndjson`,
  `${WRITER}/s/00000000001.ndjson`,
  `${WRITER}/s/12/0000000001.ndjson`,
  `${WRITER}/s/0001/0001/0000000001.ndjson`,
  `${WRITER}/.git/0000000001.ndjson`,
  `${WRITER}/../0000000001.ndjson`,
  `${WRITER}/${'s'.repeat(65)}/0000000001.ndjson`,
  `${WRITER.toUpperCase()}/s/0000000001.ndjson`,
  `${WRITER}0/s/0000000001.ndjson`,
  `/${WRITER}/s/0000000001.ndjson`,
])('%s is no segment', (path) => {
  expect(parseSegmentPath(path)).toBeUndefined();
});

it('names sort as their numbers do', () => {
  const names = [1, 2, 9, 10, 99, 100, 9_999_999_999].map((seq) => segmentName(seq, 0));
  expect([...names].sort()).toEqual(names);
  expect(names.map((name) => parseSegmentName(name)?.firstSeq)).toEqual([1, 2, 9, 10, 99, 100, 9_999_999_999]);
});

it.each(['a', 'A-Z.0_9', 'a.', 'x'.repeat(64)])('%s may be a session', (name) => expect(SESSION.test(name)).toBe(true));
it.each(['', '.', '..', '.a', 'a/b', 'a b', 'é', 'a\n', 'x'.repeat(65)])('%j may not', (name) => expect(SESSION.test(name)).toBe(false));
