import { expect, test } from 'vitest';
import { commentWish, MARKER } from '../../src/report/comment.ts';

const HEAD = 'a'.repeat(40);

test('begins with a line that nobody sees, and then says the summary', () => {
  const { marker, body } = commentWish('## Trace\n', { events: 12, head: HEAD });
  expect(marker).toBe(MARKER);
  expect(body).toBe(`<!-- git-trace summary head=${HEAD} events=12 -->\n## Trace\n`);
});

test.each([
  ['a comment that knows more is newer', `<!-- git-trace summary head=${HEAD} events=13 -->\nx`, true],
  ['one that knows as much is not', `<!-- git-trace summary head=${HEAD} events=12 -->\nx`, false],
  ['nor one that knows less', `<!-- git-trace summary head= events=3 -->\nx`, false],
  ['a first line that somebody edited does not keep us away', '<!-- git-trace summary head=x events=99 -->', false],
  ['a number beyond all numbers does not either', `<!-- git-trace summary head=${HEAD} events=${'9'.repeat(40)} -->`, false],
  ['a quotation further down says nothing', `text\n<!-- git-trace summary head=${HEAD} events=99 -->`, false],
])('%s', (_, body, newer) => {
  expect(commentWish('', { events: 12, head: HEAD }).isNewer(body)).toBe(newer);
});
