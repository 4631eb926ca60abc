/**
 * Pages of `git trace show --html` in a real browser: made in process, opened from a file, watched for anything that runs
 * or loads.
 */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { buildPage } from '../../scripts/page-build.mjs';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import type { TraceName } from '../../src/core/trace-name.ts';
import { type PageOptions, pageOf } from '../../src/replay/html/page.ts';
import type { PageParts } from '../../src/replay/html/shell.ts';
import { countItems } from '../../src/replay/tally.ts';
import { type DocumentHead, foldHead } from '../../src/timeline/document.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';
import { sha256 } from './journal-lines.ts';
import { skipUnless } from './skip.ts';

const CHROMIUM = '/usr/bin/chromium';
/** A `test` that needs a browser. */
export const browserTest = skipUnless(existsSync(CHROMIUM), 'chromium is not installed');

let parts: Promise<PageParts> | undefined;

/** The page's script and style, bundled as the build does. */
export function pageParts(): Promise<PageParts> {
  parts ??= buildPage().then((built) => ({ script: built['replay.js'] ?? '', style: built['replay-style.css'] ?? '' }));
  return parts;
}

export interface Making {
  readonly trace?: TraceName;
  /** What a filter left; by default all of it. */
  readonly items?: readonly Item[];
  readonly unread?: PageOptions['unread'];
  /** When sessions are judged; by default a minute after the last event. */
  readonly now?: number;
  readonly document?: (head: DocumentHead) => DocumentHead;
}

/** The page of a trace. */
export async function pageText(sessions: readonly SessionPart[], making: Making = {}): Promise<string> {
  const { trace = '42', unread = [] } = making;
  const ordered = mergeSessions(sessions, sha256);
  const whole = timelineOf(ordered);
  const made = making.now ?? (whole.at(-1)?.at ?? 0) + 60_000;
  const head = foldHead(trace, ordered, sha256, made);
  const pieces = pageOf(trace, making.document?.(head) ?? head, countItems(whole), [making.items ?? whole], {
    parts: await pageParts(),
    sha256,
    made,
    program: 'git-trace test',
    command: `git trace show ${trace}`,
    unread,
  });
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Starts a browser that asks nobody for anything by itself; undefined where there is none. */
export async function startBrowser(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

/** A page that is open, and what it did beside showing itself. */
export interface Opened {
  readonly page: Page;
  /** Addresses that were asked for, beside its own. */
  readonly requests: string[];
  /** Errors, dialogs, and what the policy has forbidden. */
  readonly trouble: string[];
  /** Runs an expression in the page, whose types are not those of node. */
  ask<T>(expression: string): Promise<T>;
}

/** Opens a page from a file, and waits until it is drawn and all of it is searched. */
export async function openPage(
  browser: Browser | undefined,
  text: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Opened> {
  return visit(browser, savePage(text), options);
}

/** Writes a page into a file of its own; answers with its address. */
export function savePage(text: string): string {
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'page-'));
  const path = join(folder, 'trace.html');
  writeFileSync(path, text);
  return `file://${path}`;
}

/** Opens a page at an address. */
export async function visit(
  browser: Browser | undefined,
  url: string,
  { hash = '', ...options }: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Opened> {
  if (browser === undefined) throw new Error('no browser');
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  const [requests, trouble]: [string[], string[]] = [[], []];
  page.on('request', (request) => request.url().split('#')[0] !== url && requests.push(request.url()));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && trouble.push(`console: ${message.text()}`));
  await page.goto(`${url}${hash}`);
  await page.waitForSelector('html[data-ready][data-searchable]', { state: 'attached' });
  return { page, requests, trouble, ask: (expression) => page.evaluate(expression) };
}
