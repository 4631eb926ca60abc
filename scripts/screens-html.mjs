/**
 * Takes the pictures of pages that the docs show: `node scripts/screens-html.mjs` writes docs/screens/html-*.png, of the
 * same trace and the same moment every time. Needs Chromium; the pictures differ where its fonts do.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { bundled } from './bundled.mjs';
import { buildPage } from './page-build.mjs';
import { root } from './ready.mjs';

const { pageOf, mergeSessions, timelineOf, foldHead, countItems, sha256, crowdTrace, progressTrace, SHAPES_NOW } = await bundled(
  `export { pageOf } from './src/replay/html/page.ts';
   export { mergeSessions } from './src/core/order.ts';
   export { timelineOf } from './src/timeline/timeline.ts';
   export { foldHead } from './src/timeline/document.ts';
   export { countItems } from './src/replay/tally.ts';
   export { sha256 } from './test/helpers/journal-lines.ts';
   export { crowdTrace, progressTrace, SHAPES_NOW } from './test/helpers/shapes.ts';`,
);

/** What is shown: the trace, the window, where in it, and what is pressed. */
const SCREENS = [
  { name: 'light', trace: crowdTrace(), width: 1120, height: 660, colorScheme: 'light', hash: '#e24' },
  { name: 'dark', trace: crowdTrace(), width: 1120, height: 660, colorScheme: 'dark', hash: '#e24' },
  { name: 'narrow', trace: crowdTrace(), width: 390, height: 844, colorScheme: 'light', hash: '' },
  { name: 'progress', trace: progressTrace(), width: 1120, height: 660, colorScheme: 'light', hash: '', key: 'p' },
];
/** Pictures in a repository are small. */
const LIMIT = 150 * 1024;

const built = await buildPage();
const parts = { script: built['replay.js'], style: built['replay-style.css'] };
const folder = mkdtempSync(join(tmpdir(), 'git-trace-screens-'));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
try {
  mkdirSync(join(root, 'docs/screens'), { recursive: true });
  for (const screen of SCREENS) await take(screen);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

async function take({ name, trace, width, height, colorScheme, hash, key }) {
  const ordered = mergeSessions(trace, sha256);
  const items = timelineOf(ordered);
  const head = foldHead('42', ordered, sha256, SHAPES_NOW);
  const options = { parts, sha256, made: SHAPES_NOW, program: 'git-trace', command: 'git trace show 42', unread: [] };
  let text = '';
  for await (const piece of pageOf('42', head, countItems(items), [items], options)) text += piece;
  writeFileSync(join(folder, `${name}.html`), text);
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(`file://${join(folder, `${name}.html`)}${hash}`);
  await page.waitForSelector('html[data-searchable]', { state: 'attached' });
  if (key !== undefined) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  const path = join(root, `docs/screens/html-${name}.png`);
  const picture = await page.screenshot();
  await page.close();
  writeFileSync(path, picture);
  const size = picture.length;
  process.stderr.write(`${path}: ${Math.ceil(size / 1024)} KiB\n`);
  if (size > LIMIT) throw new Error(`'${path}' has ${size} bytes, more than ${LIMIT}`);
}
