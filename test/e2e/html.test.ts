/** `git trace show --html` and `--web` as they are typed: to standard output, into a file, into a browser. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const EVENTS = [
  { ts: '2026-11-21T09:00:00.000Z', type: 'command', payload: { command: 'make', exit_code: 2, stdout_sample: '</script>' } },
  { ts: '2026-11-21T09:06:00.000Z', type: 'annotation', payload: { text: 'größer als gedacht' } },
];

function withTrace(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  repository.traceWith({ input: JSON.stringify({ pr: 42, session: 'bash-1', events: EVENTS }) }, 'ingest', '-');
  return repository;
}

/** The events that a page holds, as its plain data says. */
function typesIn(page: string): string[] {
  const [, data = ''] = /id="trace-data">([^<]*)</.exec(page) ?? [];
  const { types } = JSON.parse(data.trim().split('\n').at(-1) ?? '') as { types: string[] };
  return types;
}

test('writes one page to standard output, ASCII alone, with the built script', () => {
  const { stdout, stderr, status } = withTrace().trace('show', '42', '--html');
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/^<!doctype html>\n/);
  expect(stdout).toMatch(/<\/html>\n$/);
  expect(/[^\x20-\x7e\n\t]/.exec(stdout)?.[0]).toBeUndefined();
  expect(stdout.match(/<\/script/g)).toHaveLength(2);
  expect(typesIn(stdout)).toEqual(['session_started', 'command', 'annotation']);
});

test('applies filters, and tells the totals all the same', () => {
  const { stdout } = withTrace().trace('show', '42', '--html', '--type', 'annotation');
  expect(typesIn(stdout)).toEqual(['annotation']);
  expect(stdout).toContain('"counts":{"events":3,');
});

test('writes a file, in place of the old one, and what a link leads to', () => {
  const repository = withTrace();
  const { stdout, stderr, status } = repository.trace('show', '42', '-o', 'page.html');
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: `wrote '${join(repository.path, 'page.html')}'\n`, status: 0 });
  expect(typesIn(repository.readFile('page.html'))).toHaveLength(3);
  mkdirSync(join(repository.path, 'site'));
  symlinkSync('../page.html', join(repository.path, 'site/link.html'));
  expect(repository.trace('show', '42', '--html', '--output', 'site/link.html', '--limit', '1').status).toBe(0);
  expect(typesIn(repository.readFile('page.html'))).toHaveLength(1);
  expect(readdirSync(join(repository.path, 'site'))).toEqual(['link.html']);
  expect(repository.trace('show', '42', '-o', '-').stdout).toMatch(/^<!doctype html>/);
});

test('opens a private file in BROWSER, or in what git is told to use', () => {
  const repository = withTrace();
  const seen = join(dirname(repository.path), 'seen');
  const browser = join(dirname(repository.path), 'a browser');
  writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$1" >'${seen}'\n`);
  chmodSync(browser, 0o755);
  const { stderr, status } = repository.traceWith({ env: { BROWSER: `no-such-browser:'${browser}'` } }, 'show', '42', '--web');
  const path = readFileSync(seen, 'utf8');
  expect({ stderr, status }).toEqual({ stderr: `opened '${path}'\n`, status: 0 });
  expect(path).toMatch(/\/git-trace-\w+\/trace-42\.html$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(typesIn(readFileSync(path, 'utf8'))).toHaveLength(3);
  repository.git('config', 'web.browser', 'mine');
  repository.git('config', 'browser.mine.cmd', `printf git >'${seen}' #`);
  expect(repository.traceWith({ env: { BROWSER: '' } }, 'show', '42', '--web').status).toBe(0);
  expect(readFileSync(seen, 'utf8')).toBe('git');
});

test('says what it cannot do', () => {
  const repository = withTrace();
  const failed = (...args: string[]): [number | null, string] => {
    const { status, stderr } = repository.trace('show', '42', ...args);
    return [status, stderr];
  };
  expect(failed('--html', '--reverse')).toEqual([129, expect.stringContaining("error: '--reverse' cannot be made a page\n")]);
  expect(failed('--html', '-o', 'no/such/page.html')).toEqual([128, expect.stringContaining("there is no folder for 'no/such/page.html'")]);
  expect(failed('-o', '.')).toEqual([128, expect.stringContaining("'.' is a directory")]);
  // a machine with git and a shell, and nothing to look at pages with
  const bare = join(dirname(repository.path), 'bare');
  mkdirSync(bare);
  for (const program of ['git', 'sh']) symlinkSync(repository.run('which', [program]).stdout.trim(), join(bare, program));
  const none = repository.traceWith({ env: { BROWSER: 'no-such-browser', PATH: bare } }, 'show', '42', '--web');
  expect(none.status).toBe(128);
  expect(none.stderr).toMatch(/^error: no browser could be started to show '.*\/trace-42\.html'\nhint: name one: BROWSER=<command>/m);
  expect(existsSync(join(repository.path, 'no'))).toBe(false);
});
