/**
 * A page of hostile events in a real browser: nothing in it runs, nothing is asked of any network, and every text is shown
 * as what it is. From a file and from a server, small and packed.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { encodeBranch } from '../../src/core/trace-name.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { type Opened, openPage, pageText, startBrowser, browserTest as test, visit } from '../helpers/pages.ts';
import { HOSTILE_TEXTS, hostileShape, SHAPES_NOW } from '../helpers/shapes.ts';

/** What would be called if any of these ran. */
const HACKS = [
  '</script><script>hack()</script>',
  '--></script><script>hack()</script>',
  '<!--<script>hack()',
  '<img src=x onerror="hack()">',
  '<svg/onload=hack()>',
  '"><iframe srcdoc="<script>parent.hack()</script>">',
  "' onmouseover='hack()",
  'javascript:hack()',
  'data:text/html,<script>hack()</script>',
  '`${hack()}`',
  '\u2028hack()\u2029',
  '</style><link rel=stylesheet href=//evil.example/x.css>',
  '</title><meta http-equiv=refresh content="0;url=//evil.example">',
  '<base href=//evil.example><a ping=//evil.example href=//evil.example>x</a>',
  '\u202Egpj.exe',
];
const TEXTS = [...HACKS, ...HOSTILE_TEXTS];

/** Hostile texts in each place, and in the names of members that nobody knows. */
function hostileSessions() {
  const said = TEXTS.flatMap((raw, i) => {
    const text = raw.toWellFormed();
    const at = SHAPES_NOW - 3_600_000 + i * 1_000;
    return [
      lineOf('odd', at, 'pr_updated', { created_at: null, merged_at: null, status: 'open', title: text, url: text }),
      lineOf('odd', at, 'pr_linked', { base: text, head: text, host: text, pr_id: text }),
      lineOf('odd', at, 'never_heard_of', { [text]: text, list: [text, { [text]: text }], nested: { text } }),
      lineOf('odd', at, 'edit', {
        change_summary: text,
        diff_snippet: `@@ -1 +1 @@ ${text}\n-${text}\n+${text}`,
        file: text,
        old_file: text,
      }),
    ];
  });
  return [...hostileShape(TEXTS), part('odd', said, 'ffffffffffffffff')];
}

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** Hundreds of events, each drawn with all that it holds. */
const LIMIT = { timeout: 180_000 };

const hostilePage = (extra = hostileSessions()): Promise<string> =>
  pageText(extra, {
    trace: `heads/${encodeBranch('x/</title><script>hack()</script>', sha256)}`,
    unread: TEXTS.map((text) => ({ path: text, reason: text })),
    // a title that no journal can hold: half a character
    document: (head) => ({
      ...head,
      pr: { ...head.pr, title: `\ud800</title><script>hack()</script>` },
      developer: { ...head.developer, name: '\udfff' },
    }),
  });

/** Looks at everything that the page can show of every event. */
const LOOK_AT_ALL = `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const count = Number(document.querySelector('#scrubber').getAttribute('aria-valuemax'));
  document.querySelector('[data-view=all]').click();
  const seen = new Set();
  for (let turn = 0; turn < count; turn++) {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
    for (const fold of document.querySelectorAll('.panel details')) fold.open = true;
    seen.add(document.querySelector('#panel-event h3').textContent);
    if (turn % 10 === 0) await frame();
  }
  for (const tab of document.querySelectorAll('[role=tab]')) {
    tab.click();
    await frame();
    for (let turn = 0; turn < 3; turn++) {
      for (const fold of document.querySelectorAll('.panel details')) fold.open = true;
      await frame();
    }
  }
  return { count, seen: seen.size };
})()`;

const FOREIGN = `({
  hacked: window.hacked ?? 0,
  elements: document.querySelectorAll('img, iframe, svg, object, embed, base, link, form, style:not(head > style)').length,
  scripts: document.scripts.length,
  handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on'))).length,
  links: [...document.querySelectorAll('[href]')].filter((e) => !/^(?:#[0-9A-Za-z-]*)?$/.test(e.getAttribute('href'))).length,
  sources: document.querySelectorAll('[src], [srcset], [srcdoc], [action], [formaction], [ping]').length,
  invisible: /[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\ufeff\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]/.test(document.body.innerText),
})`;

async function expectHarmless({ ask, requests, trouble }: Opened): Promise<void> {
  const found = await ask<Record<string, number | boolean>>(FOREIGN);
  // the script itself, and the data where it was not taken away yet
  expect(found['scripts']).toBe(1);
  expect({ ...found, scripts: 0 }).toEqual({ hacked: 0, elements: 0, scripts: 0, handlers: 0, links: 0, sources: 0, invisible: false });
  expect(requests).toEqual([]);
  expect(trouble).toEqual([]);
}

describe('nothing runs, nothing is loaded', () => {
  test('of all events, looked at one by one, from a file', LIMIT, async () => {
    const opened = await openPage(browser, await hostilePage());
    const { count, seen } = await opened.ask<{ count: number; seen: number }>(LOOK_AT_ALL);
    expect(count).toBeGreaterThan(300);
    expect(seen).toBe(count);
    await expectHarmless(opened);
    await opened.page.close();
  });

  test('in a page that had to be packed', LIMIT, async () => {
    const long = part(
      'long',
      Array.from({ length: 1_500 }, (_, i) =>
        lineOf('long', SHAPES_NOW + i, 'annotation', { text: `${TEXTS[i % TEXTS.length]?.toWellFormed()} ${i} ${'word '.repeat(60)}` }),
      ),
    );
    const text = await hostilePage([...hostileSessions(), long]);
    expect(text).toContain('id="trace-data-gzip"');
    const opened = await openPage(browser, text);
    await opened.ask(
      '(async () => { for (let y = 0; y < 40000; y += 900) { document.querySelector("#events").scrollTop = y; await new Promise((done) => requestAnimationFrame(done)); } })()',
    );
    await expectHarmless(opened);
    await opened.page.close();
  });

  test('from a server that claims another encoding', async () => {
    const text = await hostilePage();
    const server = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=shift_jis' }).end(text));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // a server that listens on a port has such an address
    const { port } = server.address() as AddressInfo;
    const opened = await visit(browser, `http://127.0.0.1:${port}/`);
    const own = opened.requests.filter((url) => !url.endsWith('/favicon.ico'));
    await expectHarmless({ ...opened, requests: own });
    expect(await opened.ask('document.querySelector("h1").textContent')).toBe('<U+D800></title><script>hack()</script>');
    await opened.page.close();
    await new Promise((resolve) => server.close(resolve));
  });

  test('when somebody has put a script of their own into the file', async () => {
    const text = (await hostilePage()).replace('</body>', '<script>window.hacked = 1</script><img src="http://127.0.0.1:9/x.png"></body>');
    const opened = await openPage(browser, text);
    expect(await opened.ask('window.hacked')).toBeUndefined();
    expect(opened.trouble.filter((said) => /Content Security Policy/.test(said)).length).toBeGreaterThanOrEqual(2);
    await opened.page.close();
  });
});

test('every hostile text is found by the search, as it is', async () => {
  const opened = await openPage(browser, await hostilePage());
  for (const text of HACKS.slice(0, 6)) {
    await opened.page.fill('#search', `"${text.replaceAll('"', '').slice(0, 20)}"`);
    await expect.poll(() => opened.ask('document.querySelector("#found").textContent')).toMatch(/^[1-9]/);
  }
  await expectHarmless(opened);
  await opened.page.close();
});

test('axe finds nothing', LIMIT, async () => {
  const opened = await openPage(browser, await hostilePage(), { bypassCSP: true });
  await opened.page.evaluate(axe.source);
  const run = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(' | ')))`;
  expect(await opened.ask(run)).toEqual([]);
  await opened.page.close();
});
