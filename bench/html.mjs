/**
 * (h) `git trace show --html` of 100,000 events: how large the page is, how soon its list stands in headless Chromium, how
 * long a search takes and a step. Bytes and milliseconds are given against what they may be: the bounds are absolute.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { bundled } from '../scripts/bundled.mjs';
import { median, paired, sandbox, spoolText, time } from './measure.mjs';

export const target = { size: 1, ready: 1, search: 1, step: 1, write: 2 };
const CHROMIUM = '/usr/bin/chromium';
const EVENTS = 100_000;
/** What is allowed: bytes, and milliseconds. */
const BOUND = { size: 3 * 1024 * 1024, ready: 1_000, search: 100, step: 50 };
const LOADS = 5;
const SEARCHES = ['rates', 'assertionerror expected', '"npm test"', 'quotes 2', 'nothing like this'];

export async function bench() {
  const box = sandbox('html');
  try {
    const work = await repositoryOf(box);
    const path = join(box.path, 'page.html');
    box.trace(work, 'show', '--html', '--output', path);
    const write = await paired(
      3,
      () => time(() => box.trace(work, 'show', '--html', '--output', path)),
      () => time(() => box.trace(work, 'show', '--json')),
    );
    const row = (what, unit, limit, subject, baseline) => ({
      id: 'h',
      what,
      unit,
      target: limit,
      subject,
      baseline,
      ratio: subject / baseline,
    });
    const rows = [
      row('a page of 100,000 events ÷ 3 MiB', 'bytes', target.size, statSync(path).size, BOUND.size),
      { id: 'h', what: 'writing it ÷ `show --json` of the same', unit: 'ms', target: target.write, ...write },
    ];
    if (!existsSync(CHROMIUM)) {
      process.stderr.write('chromium is not installed: nothing was measured in it\n');
      return rows;
    }
    const { ready, search, step } = await inBrowser(path);
    return [
      ...rows,
      row('its list stands in headless Chromium ÷ 1 s', 'ms', target.ready, ready, BOUND.ready),
      row('a search in it, the slowest of five ÷ 100 ms', 'ms', target.search, search, BOUND.search),
      row('a step to the next event and its picture, median ÷ 50 ms', 'ms', target.step, step, BOUND.step),
    ];
  } finally {
    box.remove();
  }
}

/** A repository with the long trace of the tests. */
async function repositoryOf(box) {
  const { longTrace } = await bundled("export { longTrace } from './test/helpers/shapes.ts';");
  const lines = longTrace(EVENTS).flatMap((part) => part.lines.map((line) => JSON.parse(line)));
  box.git('init', '-q', 'work');
  const work = join(box.path, 'work');
  mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
  writeFileSync(join(work, '.git/trace/spool/bench-999999-a.ndjson'), spoolText(lines));
  box.trace(work, 'flush');
  return work;
}

async function inBrowser(path) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
  try {
    const ready = [];
    let page;
    // the first load warms the browser up
    for (let i = -1; i < LOADS; i++) {
      await page?.close();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
      await page.goto(`file://${path}`);
      await page.waitForSelector('html[data-ready]', { state: 'attached' });
      const at = await page.evaluate("performance.getEntriesByName('trace-ready')[0].startTime");
      if (i >= 0) ready.push(at);
    }
    await page.waitForSelector('html[data-searchable]', { state: 'attached' });
    const search = await page.evaluate(searching(SEARCHES));
    const step = await page.evaluate(STEPPING);
    return { ready: median(ready), search, step: median(step) };
  } finally {
    await browser.close();
  }
}

/** The slowest search, until its count stands there. */
function searching(queries) {
  return `(() => {
    const input = document.querySelector('#search');
    let slowest = 0;
    for (const query of ${JSON.stringify(queries)}) {
      input.value = query;
      const began = performance.now();
      input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      slowest = Math.max(slowest, performance.now() - began);
    }
    return slowest;
  })()`;
}

const STEPPING = `(async () => {
  const took = [];
  document.activeElement.blur();
  for (let i = 0; i < 60; i++) {
    const began = performance.now();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: i % 10 === 9 ? 'f' : 'j', bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - began);
  }
  return took;
})()`;
