/** Whatever anybody writes into a trace: its summary links to nothing, mentions nobody, and stays whole and short. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { summaryFacts } from '../../src/report/facts.ts';
import { summaryMarkdown } from '../../src/report/markdown.ts';
import { code, label, prose, quotation, row } from '../../src/report/markdown-text.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { htmlOf, references, strangeDiagramLines, strangeTags, textOutsideCode, unevenRows } from '../helpers/markdown-page.ts';
import { HOSTILE, hostileTrace } from '../helpers/summary-traces.ts';

const PIECES = [
  ...'@#!~%&$^*_`|\\/:;<>()[]{}=+-.\'"\n\t ',
  'a',
  'ada',
  '1',
  'www.',
  'https://',
  'x.example',
  'deadbeef',
  'GH-1',
  '<!--',
  '-->',
  '``',
];
/** Texts of what is special, of what is known to be hostile, and of anything. */
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.constantFrom(...HOSTILE),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.constantFrom(...HOSTILE)).map((two) => two.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed()),
);

function expectHarmless(markdown: string): void {
  const html = htmlOf(markdown);
  expect(strangeTags(html)).toEqual([]);
  expect(references(textOutsideCode(html))).toEqual([]);
  expect(unevenRows(html)).toEqual([]);
}

test('a code span is one code span', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 8, max: 90 }), (text, most) => {
      const html = htmlOf(`before ${code(text, most)} after`);
      expect(html).toMatch(/^<p>before (?:<code>[^<]*<\/code>|\(empty\)) after<\/p>$/);
    }),
    { numRuns: 2_000 },
  );
});

test('prose and quotations are words and code spans', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expectHarmless(prose(text));
      expect(htmlOf(`- ${prose(text, 200)}`)).toMatch(/^<ul>\n<li>(?:[^<]|<\/?code>)*<\/li>\n<\/ul>$/);
      const quoted = quotation(text, { most: 400, lines: 9 });
      expectHarmless(quoted.join('\n'));
      expect(quoted.filter((line) => !line.startsWith('>'))).toEqual([]);
      if (quoted.length > 0) expect(htmlOf(quoted.join('\n'))).toMatch(/^<blockquote>\n?(?:[^<]|<\/?(?:code|p)>|<br \/>)*<\/blockquote>$/);
    }),
    { numRuns: 2_000 },
  );
});

test('a cell is one cell', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      const html = htmlOf([row(['a', 'b']), row(['---', '---']), row([code(one), prose(other)])].join('\n'));
      expect(html.match(/<tr>/g)?.length).toBe(2);
      expect(html.match(/<td>/g)?.length).toBe(2);
      expect(strangeTags(html)).toEqual([]);
      expect(references(textOutsideCode(html))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('a label is letters, digits and what has no meaning in a diagram', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(label(text)).toMatch(/^[\p{L}\p{N}\p{M} ._/+…-]{1,32}$/u);
    }),
  );
});

test('a summary is harmless, whole and short, for each host', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 30 }), fc.constantFrom('github', 'gitlab', 'plain'), (texts, host) => {
      const facts = summaryFacts('heads/x', mergeSessions(hostileTrace(texts), sha256), sha256);
      const markdown = summaryMarkdown(facts, { host, limit: 60_000 });
      expect(markdown.length).toBeLessThan(60_000);
      expectHarmless(markdown);
      expect(strangeDiagramLines(markdown)).toEqual([]);
      expect(markdown).not.toMatch(/<!--|-->/);
    }),
    // cut behind `mailto:`, which is a word then and no address
    { numRuns: 60, examples: [[['@acme/adminsjavascript:alert(1) mailto:a@b.example'], 'github']] },
  );
});
