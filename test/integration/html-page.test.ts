/** A page in a real browser, as a person uses it: links, keys, filters, search, play, dark, paper, narrow, without a mouse. */
import axe from 'axe-core';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { SessionPart } from '../../src/core/order.ts';
import { lineOf, part } from '../helpers/journal-lines.ts';
import { type Making, type Opened, openPage, pageText, savePage, startBrowser, browserTest as test } from '../helpers/pages.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import { crowdTrace, emptyTrace, oneEventTrace, progressTrace, runningTrace, SHAPES_NOW, skewedTrace } from '../helpers/shapes.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string;
  readonly making?: Making;
}

async function open(sessions: readonly SessionPart[], { making, ...options }: OpenOptions = {}): Promise<Opened> {
  return openPage(browser, await pageText(sessions, making), options);
}

const TEXT = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`;
const HEADING = TEXT('#panel-event h3');
const ROWS = `[...document.querySelectorAll('.row')].map((row) => row.innerText.replaceAll(/\\s+/g, ' '))`;
const AXE = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))`;

describe('links', () => {
  test.each([
    ['its seq', () => '#e9'],
    ['its id', (ids: readonly string[]) => `#${ids[8]}`],
    ['the beginning of its id', (ids: readonly string[]) => `#${ids[8]?.slice(0, 9)}`],
  ])('lead to an event by %s', async (_, hashOf) => {
    const ids = await idsOf();
    const opened = await open(sampleTrace(), { hash: hashOf(ids) });
    expect(await opened.ask(HEADING)).toContain('#9');
    expect(await opened.ask(TEXT('.row.current'))).toContain('npm test -- login');
    expect(await opened.ask('document.activeElement.classList.contains("current")')).toBe(true);
    await opened.page.close();
  });

  test('to what is folded or filtered away take the filter away', async () => {
    const opened = await open(sampleTrace(), { hash: '#e1' });
    expect(await opened.ask(HEADING)).toContain('#1');
    await opened.page.click('[data-view=notes]');
    await opened.ask('location.hash = "#e9"');
    await expect.poll(() => opened.ask(TEXT('.row.current'))).toContain('npm test');
    await opened.page.close();
  });

  test('are written into the address when an event is picked', async () => {
    const opened = await open(sampleTrace());
    await opened.page.click('.row.t-commit .words');
    expect(await opened.ask('location.hash')).toMatch(/^#e\d+$/);
    expect(await opened.ask(HEADING)).toContain('commit');
    await opened.page.close();
  });

  async function idsOf(): Promise<string[]> {
    const opened = await open(sampleTrace(), { hash: '#e9' });
    await opened.page.click('.members summary');
    const id = await opened.ask<string>('document.querySelector(".members dl + dl dd").innerText');
    await opened.page.close();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    return [...new Array<string>(8).fill(''), id];
  }
});

describe('keys', () => {
  test('walk, jump, search and play, and are told on ?', async () => {
    const { page, ask } = await open(sampleTrace());
    const press = async (...keys: string[]): Promise<string> => {
      for (const key of keys) await page.keyboard.press(key);
      return ask<string>(HEADING);
    };
    expect(await press('j')).toContain('#2');
    const first = await press('f');
    expect(first).toContain('command');
    expect(await press('f')).toContain('test');
    expect(await press('Shift+F')).toBe(first);
    expect(await press('c')).toContain('commit');
    expect(await press('m')).toMatch(/annotation|prompt/);
    expect(await press('t')).toMatch(/test|ci run/);
    expect(await press('End')).not.toBe(await press('Home'));
    await press('/');
    expect(await ask('document.activeElement.id')).toBe('search');
    await page.keyboard.type('f');
    expect(await ask('document.activeElement.value')).toBe('f');
    await page.keyboard.press('Escape');
    await press('?');
    expect(await ask('document.querySelector("#help").open')).toBe(true);
    const told = await ask<string>(TEXT('#help'));
    for (const word of ['next event', 'next failure', 'search', 'play or pause', 'next hit', 'progress']) expect(told).toContain(word);
    await page.keyboard.press('Escape');
    await expect.poll(() => ask('document.querySelector("#help").open')).toBe(false);
    await page.close();
  });

  test('of one letter can be switched off', async () => {
    const { page, ask } = await open(sampleTrace());
    await page.keyboard.press('?');
    await page.click('#single-keys');
    await page.keyboard.press('Escape');
    // a dialog closes in its own time, and takes keys until then
    await expect.poll(() => ask('document.querySelector("#help").open')).toBe(false);
    await page.keyboard.press('j');
    expect(await ask(HEADING)).toBe('');
    await page.keyboard.press('ArrowDown');
    expect(await ask('document.querySelector(".row.current") !== null')).toBe(true);
    await page.close();
  });

  test('are taken at once when the help has closed, though the focus is still in it', async () => {
    const { page, ask } = await open(sampleTrace());
    await page.keyboard.press('?');
    await page.click('#single-keys');
    await ask(`document.querySelector('#help').close();
      document.querySelector('#single-keys').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))`);
    expect(await ask('document.querySelector(".row.current") !== null')).toBe(true);
    await page.close();
  });

  test('stay with a button of the list while other rows come into sight around it', async () => {
    const { page, ask } = await open(crowdTrace());
    await ask(`document.querySelectorAll('.row.fold button')[0].focus()`);
    const before = await ask<number>('document.querySelectorAll(".row").length');
    await ask(`document.querySelector('#events').scrollTop = 300`);
    await expect.poll(() => ask('document.querySelectorAll(".row").length')).not.toBe(before);
    expect(await ask('document.activeElement.textContent')).toMatch(/^Show \d+ events$/);
    await page.close();
  });

  test('reach everything by tab, and the scrubber is a slider', async () => {
    const { page, ask } = await open(sampleTrace());
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      seen.add(
        await ask<string>(
          'document.activeElement.id || document.activeElement.getAttribute("role") || document.activeElement.textContent.slice(0, 20)',
        ),
      );
    }
    for (const name of ['scrubber', 'search', 'type', 'session', 'events', 'tab-overview', 'Play']) expect([...seen]).toContain(name);
    await page.focus('#scrubber');
    await page.keyboard.press('ArrowRight');
    await page.focus('#scrubber');
    expect(await ask('document.querySelector("#scrubber").getAttribute("aria-valuetext")')).toMatch(/^event \d+ of 58, \d\d:\d\d:\d\d, /);
    await page.close();
  });
});

describe('the list', () => {
  test('tells notes and prompts in full, failures with their output, and folds what only looks', async () => {
    const { page, ask } = await open(sampleTrace());
    const rows = (await ask<string[]>(ROWS)).join('\n');
    expect(rows).toContain('the cart is dropped on the second pass.');
    expect(rows).toContain('do not touch the session store');
    expect(rows).toContain('AssertionError: expected 2 to be 1');
    expect(rows).toContain('4 quiet commands (cat, cd, git log, ls)');
    await page.click('.row.fold button');
    expect((await ask<string[]>(ROWS)).join('\n')).toContain('git log --oneline -5 -- src/login.ts');
    await page.close();
  });

  test('is filtered by what is looked at, type and session, and says how much is left', async () => {
    const { page, ask } = await open(crowdTrace());
    const count = (): Promise<string> => ask(TEXT('.filters > .count'));
    expect(await count()).toMatch(/^600 events, \d+ in lanes only$/);
    await page.click('[data-view=failures]');
    expect(await count()).toMatch(/^showing \d+ of 600$/);
    expect(await ask('document.querySelectorAll(".row:not(.w-failure)").length')).toBe(0);
    await page.click('[data-view=all]');
    expect(await count()).toBe('600 events');
    await page.selectOption('#type', 'prompt');
    expect(await ask('[...document.querySelectorAll(".row")].every((row) => row.classList.contains("t-prompt"))')).toBe(true);
    await page.selectOption('#type', '');
    await page.click('.lane >> nth=3');
    expect(await ask('document.querySelectorAll(".lane[aria-pressed=true]").length')).toBe(1);
    expect(await count()).toMatch(/^showing \d+ of 600$/);
    await page.keyboard.press('Escape');
    expect(await count()).toMatch(/^600 events, /);
    await page.close();
  });

  test('shows the same events wherever it was scrolled to before', async () => {
    const { page, ask } = await open(crowdTrace(), { hash: '#e300' });
    const first = await ask(TEXT('.row.current'));
    for (const y of [0, 99_999, 3_000]) {
      await ask(`document.querySelector('#events').scrollTop = ${y}`);
      await page.waitForTimeout(50);
    }
    await ask('location.hash = "#e1"');
    await expect.poll(() => ask(HEADING)).toContain('#1');
    await ask('location.hash = "#e300"');
    await expect.poll(() => ask(HEADING)).toContain('#300');
    expect(await ask(TEXT('.row.current'))).toBe(first);
    const inSight = 'document.querySelector(".row.current").getBoundingClientRect()';
    expect(await ask(`${inSight}.top >= document.querySelector('#events').getBoundingClientRect().top`)).toBe(true);
    expect(await ask(`${inSight}.bottom <= innerHeight`)).toBe(true);
    await page.close();
  });
});

test('search counts, steps, marks, and keeps only the hits', async () => {
  const { page, ask } = await open(sampleTrace());
  await page.fill('#search', 'checkout');
  await expect.poll(() => ask(TEXT('#found'))).toMatch(/^\d+ hits$/);
  const [total = ''] = (await ask<string>(TEXT('#found'))).split(' ');
  await page.press('#search', 'Enter');
  expect(await ask(TEXT('#found'))).toBe(`1 of ${total} hits`);
  await page.press('#search', 'Enter');
  expect(await ask(TEXT('#found'))).toBe(`2 of ${total} hits`);
  await page.press('#search', 'Shift+Enter');
  await page.press('#search', 'Shift+Enter');
  expect(await ask(TEXT('#found'))).toBe(`${total} of ${total} hits`);
  expect(await ask('document.querySelectorAll("mark").length')).toBeGreaterThan(0);
  await page.check('#only-hits');
  expect(await ask(TEXT('.filters > .count'))).toBe(`showing ${total} of 58`);
  await page.fill('#search', 'no such words');
  await expect.poll(() => ask(TEXT('#found'))).toBe('no hit');
  expect(await ask(TEXT('.nothing'))).toContain('None of 58 events is left by the filter');
  await page.close();
});

test('play walks along by itself, and pauses at the end', async () => {
  const { page, ask } = await open(runningTrace(), { making: { now: SHAPES_NOW } });
  for (let i = 0; i < 3; i++) await page.keyboard.press('.');
  expect(await ask(TEXT('.speed'))).toContain('8\u00d7');
  await page.click('.play');
  expect(await ask(TEXT('.play'))).toBe('Pause');
  await expect.poll(() => ask(TEXT('.play')), { timeout: 20_000 }).toBe('Play');
  expect(await ask('document.querySelector("#scrubber").getAttribute("aria-valuenow")')).toBe('10');
  await page.close();
});

test('the timeline is dragged', async () => {
  const { page, ask } = await open(crowdTrace());
  const box = await page.locator('#scrubber').boundingBox();
  const { x = 0, y = 0, width = 0 } = box ?? {};
  await page.mouse.move(x + width / 2, y + 100);
  await page.mouse.down();
  const middle = Number(await ask('document.querySelector("#scrubber").getAttribute("aria-valuenow")'));
  await page.mouse.move(x + width - 2, y + 100);
  await page.mouse.up();
  expect(middle).toBeGreaterThan(100);
  expect(Number(await ask('document.querySelector("#scrubber").getAttribute("aria-valuenow")'))).toBeGreaterThan(middle);
  await page.close();
});

test('diffs are in colours, with their signs', async () => {
  const { page, ask } = await open(sampleTrace());
  await page.selectOption('#type', 'edit');
  await page.click('.row .words');
  const lines = await ask<string[][]>(
    '[...document.querySelectorAll("pre.diff > span")].map((line) => [line.className, line.textContent])',
  );
  expect(lines.map(([kind]) => kind)).toEqual(['hunk', 'del', 'add']);
  expect(lines[2]?.[1]).toMatch(/^\+ /);
  await page.close();
});

test('progress: levels, parts, what failed and why, what never ended', async () => {
  const { page, ask } = await open(progressTrace(), { making: { now: SHAPES_NOW } });
  await page.keyboard.press('p');
  await ask(
    '(async () => { for (let i = 0; i < 4; i++) { for (const fold of document.querySelectorAll(".tree details")) fold.open = true; await new Promise((done) => setTimeout(done, 30)); } })()',
  );
  const tree = await ask<string>(TEXT('#panel-progress'));
  expect(tree).toContain('generation');
  expect(tree).toMatch(/failed/);
  expect(tree).toContain('no answer after 3 attempts');
  expect(tree).toContain('interrupted');
  expect(tree).toMatch(/llm/);
  await page.close();
});

describe('nothing is hidden', () => {
  test('files that cannot be read, lines that hold no event, and what a filter left out are told with totals', async () => {
    const sessions = [...sampleTrace(), part('torn', [lineOf('torn', SHAPES_NOW, 'annotation', { text: 'whole' }), '{"payload":'])];
    const { page, ask } = await open(sessions, { making: { unread: [{ path: 'aa/bb/0000000001.ndjson', reason: 'not UTF-8' }] } });
    expect(await ask(TEXT('.top'))).toContain('2 parts cannot be read');
    const overview = await ask<string>(TEXT('#panel-overview'));
    expect(overview).toContain('aa/bb/0000000001.ndjson: not UTF-8');
    expect(overview).toMatch(/event 2 of session torn: not JSON/);
    await page.keyboard.press('End');
    expect((await ask<string[]>(ROWS)).join('\n')).toContain('event 2 of session torn cannot be read: not JSON');
    await page.close();
  });

  test.each([
    ['empty', emptyTrace(), 'Nothing was recorded yet.'],
    ['one event', oneEventTrace(), 'it begins'],
    ['clocks that disagree', skewedTrace(), 'behind'],
    ['a session still running', runningTrace(), 'active'],
  ])('%s', async (_, sessions, said) => {
    const { page, ask, trouble } = await open(sessions, { making: { now: SHAPES_NOW } });
    expect(await ask(TEXT('main'))).toContain(said);
    for (const key of ['j', 'f', 'End', ' ', 'p', 'o']) await page.keyboard.press(key);
    expect(trouble).toEqual([]);
    await page.close();
  });
});

describe('for everybody', () => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 844 } }],
  ] as const)('axe finds nothing: %s', async (_, options) => {
    const { page, ask } = await open(crowdTrace(), { ...options, bypassCSP: true, hash: '#e30' });
    await page.evaluate(axe.source);
    expect(await ask(AXE)).toEqual([]);
    for (const tab of ['overview', 'progress']) {
      await ask(`document.querySelector('#tab-${tab}').click()`);
      expect(await ask(AXE)).toEqual([]);
    }
    await page.keyboard.press('?');
    expect(await ask(AXE)).toEqual([]);
    await page.close();
  });

  test('dark follows the system, and nothing is wider than the window', async () => {
    const dark = await open(sampleTrace(), { colorScheme: 'dark' });
    expect(await dark.ask('getComputedStyle(document.body).backgroundColor')).toBe('rgb(18, 21, 28)');
    await dark.page.close();
    const narrow = await open(crowdTrace(), { viewport: { width: 390, height: 844 } });
    expect(await narrow.ask('document.documentElement.scrollWidth')).toBe(390);
    expect(await narrow.ask('document.querySelector("#events").clientHeight')).toBeGreaterThan(400);
    await narrow.page.close();
  });

  test('on paper: all rows, no controls', async () => {
    const { page, ask } = await open(crowdTrace());
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(5);
    await ask('dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: 'print' });
    expect(await ask('document.querySelectorAll(".row").length')).toBeGreaterThan(300);
    expect(await ask('getComputedStyle(document.querySelector(".filters")).display')).toBe('none');
    await ask('dispatchEvent(new Event("afterprint"))');
    await page.emulateMedia({ media: 'screen' });
    expect(await ask('document.querySelectorAll(".row").length')).toBeLessThan(100);
    await page.close();
  });

  test('without a script, and where nothing can be unpacked, it says so', async () => {
    const text = await pageText(sampleTrace());
    const page = await browser?.newPage({ javaScriptEnabled: false });
    await page?.goto(savePage(text));
    expect(await page?.locator('#still').textContent()).toMatch(
      /58 events in 7 sessions[\s\S]*This page needs JavaScript[\s\S]*git trace show 42/,
    );
    await page?.close();
    const old = await browser?.newPage();
    await old?.addInitScript('delete globalThis.DecompressionStream');
    const notes = Array.from({ length: 9_000 }, (_, i) =>
      lineOf('long', SHAPES_NOW + i, 'annotation', { text: `note ${i} ${'word '.repeat(20)}` }),
    );
    await old?.goto(savePage(await pageText([part('long', notes)])));
    await expect.poll(() => old?.locator('#still').textContent()).toContain('this browser cannot unpack the trace');
    await old?.close();
  });
});
