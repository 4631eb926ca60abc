/** The summary in a real browser, in the width and with the styles that a host's comment has: how it is laid out. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { summaryFacts } from '../../src/report/facts.ts';
import { LIMIT, summaryMarkdown } from '../../src/report/markdown.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { htmlOf } from '../helpers/markdown-page.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import { skipUnless } from '../helpers/skip.ts';
import { ciTrace, failingTrace, hostileTrace, hugeTrace, smallTrace } from '../helpers/summary-traces.ts';

const CHROMIUM = '/usr/bin/chromium';
const test = skipUnless(existsSync(CHROMIUM), 'chromium is not installed');

/** What decides the layout of a comment: its width, its type, tables that scroll by themselves. */
const STYLE = `body { font: 14px/1.5 sans-serif; margin: 16px; overflow-wrap: break-word }
  code { font: 85% monospace; background: #eff1f3; padding: .2em .4em; border-radius: 6px; white-space: break-spaces }
  pre { background: #f6f8fa; padding: 16px; overflow: auto } pre code { background: none; white-space: pre }
  table { border-collapse: collapse; display: block; max-width: 100%; overflow: auto }
  td, th { border: 1px solid #d1d9e0; padding: 6px 13px } blockquote { margin: 0; padding: 0 1em; border-left: .25em solid #d1d9e0 }`;

/** What is seen of a page. */
interface Seen {
  readonly wide: number;
  readonly high: number;
  readonly tables: readonly number[];
  readonly details: readonly { readonly open: boolean; readonly summary: string; readonly more: boolean }[];
  readonly foreign: number;
}

// run in the page, whose types are not those of node
const LOOK = `({
  wide: document.documentElement.scrollWidth,
  high: document.body.getBoundingClientRect().height,
  tables: [...document.querySelectorAll('table')].map((table) => table.tBodies[0]?.rows.length ?? 0),
  details: [...document.querySelectorAll('details')].map(({ open, firstElementChild }) => ({
    open,
    summary: firstElementChild.tagName,
    more: firstElementChild.nextElementSibling.checkVisibility(),
  })),
  foreign: document.querySelectorAll('a, img, script, iframe, form, input, h1, h2').length,
})`;
const UNFOLD = `(() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const shown = [...document.querySelectorAll('details > *')].every((part) => part.checkVisibility());
  return { wide: document.documentElement.scrollWidth, shown };
})()`;

let browser: Browser | undefined;
beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
});
afterAll(() => browser?.close());

async function open(parts: readonly SessionPart[]): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  const markdown = summaryMarkdown(summaryFacts('42', mergeSessions(parts, sha256), sha256), { host: 'github', limit: LIMIT });
  await page.setContent(`<!doctype html><meta charset="utf-8"><style>${STYLE}</style>${htmlOf(markdown)}`);
  return page;
}

const TRACES: [string, SessionPart[]][] = [
  ['small', smallTrace()],
  ['sample', sampleTrace()],
  ['failing', failingTrace()],
  ['ci-only', ciTrace()],
  ['hostile', hostileTrace()],
  ['huge', hugeTrace(12_000)],
];

describe.each(TRACES)('%s', (name, parts) => {
  test('stands in the width of a comment, folded, its tables with rows', async () => {
    const page = await open(parts);
    const seen = await page.evaluate<Seen>(LOOK);
    await page.close();
    expect(seen.wide).toBeLessThanOrEqual(900);
    // what stands open is a page and a half, and two where somebody fills every part of it
    expect(seen.high).toBeLessThan(name === 'hostile' ? 2_000 : 1_300);
    expect(seen.tables.length).toBeGreaterThan(0);
    for (const rows of seen.tables) expect(rows).toBeGreaterThan(0);
    expect(seen.details.length).toBeGreaterThan(1);
    for (const fold of seen.details) expect(fold).toEqual({ open: false, summary: 'SUMMARY', more: false });
    expect(seen.foreign).toBe(0);
  });

  test('unfolds to all of it, which stays in its width too', async () => {
    const page = await open(parts);
    const unfolded = await page.evaluate<{ wide: number; shown: boolean }>(UNFOLD);
    await page.close();
    expect(unfolded).toEqual({ wide: 900, shown: true });
  });
});
