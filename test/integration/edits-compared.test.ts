/** Edits where two snapshots hold the same file differently, or git has changed it in between: told once, as whose it is. */
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePolicy } from '../../src/core/policy.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { Edits, type EditsOptions } from '../helpers/edits.ts';
import { TestRepository } from '../helpers/repository.ts';

const TOKEN = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'}`;
const LINES = Array.from({ length: 12 }, (_, i) => `line ${i}\n`).join('');

class Told {
  readonly repository = TestRepository.create();
  readonly #options: EditsOptions;
  private constructor(options: EditsOptions) {
    this.#options = options;
  }
  static async begin(files: Readonly<Record<string, string>> = {}, options: EditsOptions = {}): Promise<Told> {
    const told = new Told(options);
    for (const [path, text] of Object.entries({ a: LINES, ...files })) told.repository.commitFile(path, text);
    await (await told.open()).take('init', { baseline: true });
    return told;
  }
  // anew, as each command does
  open = (): Promise<Edits> => Edits.open(this.repository, this.#options);
  lines = async (): Promise<string[]> => (await this.open()).told();
  records = async (): Promise<readonly SpoolRecord[]> => (await (await this.open()).take()).records;
}

/** Moves the time of a file, as `touch` does. */
function touch({ path }: TestRepository, name: string): void {
  utimesSync(join(path, name), 1_000_000_000, 1_000_000_000);
}

describe('told once', () => {
  it('a file with a secret, also when it is committed, touched, and committed again', async () => {
    const told = await Told.begin();
    const { repository } = told;
    repository.writeFile('s', `TOKEN=${TOKEN}\n`);
    expect(await told.lines()).toEqual(['added s +1/-0']);
    repository.git('add', '.');
    repository.git('commit', '-qm', 's');
    expect(await told.lines()).toEqual([]);
    touch(repository, 's');
    expect(await told.lines()).toEqual([]);
    repository.writeFile('s', `TOKEN=${TOKEN}\nmore\n`);
    expect(await told.lines()).toEqual(['modified s +1/-0']);
    repository.git('commit', '-qam', 'more');
    expect(await told.lines()).toEqual([]);
  });

  it('a large file and one with a filter, also when they are committed', async () => {
    const told = await Told.begin({}, { policy: makePolicy({ caps: { file: 1_000 } }, { flag: () => undefined, getAll: () => [] }) });
    const { repository } = told;
    repository.git('config', 'filter.short.clean', 'echo pointer');
    repository.commitFile('.gitattributes', '*.f filter=short\n');
    await told.lines();
    repository.writeFile('big', 'x'.repeat(2_000));
    repository.writeFile('x.f', 'x\n');
    expect(await told.lines()).toEqual(['added big binary', 'added x.f binary']);
    repository.git('add', '.');
    repository.git('commit', '-qm', 'both');
    expect(repository.git('show', 'HEAD:x.f')).toBe('pointer');
    expect(await told.lines()).toEqual([]);
    repository.writeFile('big', 'y'.repeat(3_000));
    repository.git('commit', '-qam', 'again');
    expect(await told.lines()).toEqual(['modified big binary']);
  });
});

it('no secret of a commit stands in the spool, be it one of many lines', async () => {
  const body = Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(65 + i)}${TOKEN.slice(4, 40)}x8vQ2mZ7wLrT4bYc9Kd1Fg0HjNs`).join(
    '\n',
  );
  const key = `-----BEGIN ${'RSA PRIVATE'} KEY-----\n${body}\n-----END ${'RSA PRIVATE'} KEY-----\n`;
  const told = await Told.begin({ key: `head\n${key}tail\n`, name: `TOKEN=${TOKEN}\n` });
  const { repository } = told;
  repository.writeFile('key', `head\n${key}other tail\n`);
  repository.writeFile('name', 'nothing\n');
  repository.writeFile(`${TOKEN}.txt`, 'x\n');
  expect(await told.lines()).toEqual(['added «redacted:github-pat».txt +1/-0', 'modified key +1/-1', 'modified name +1/-1']);
  const spool = repository.inGitDir('trace/spool');
  const text = readdirSync(spool)
    .map((file) => readFileSync(join(spool, file), 'utf8'))
    .join('');
  for (const line of [TOKEN, ...body.split('\n')]) expect(text).not.toContain(line);
});

describe('what git brought and what was done to it then', () => {
  it('are told apart within a file', async () => {
    const told = await Told.begin();
    const { repository } = told;
    repository.git('checkout', '-q', '-b', 'theirs');
    repository.commitFile('a', LINES.replace('line 1\n', 'their line\n'), 'theirs');
    repository.git('checkout', '-q', 'main');
    await told.lines();
    repository.git('merge', '-q', 'theirs');
    repository.writeFile('a', LINES.replace('line 1\n', 'their line\n').replace('line 11\n', 'my line\n'));
    const records = await told.records();
    expect(records.map(({ type, payload }) => [type, payload['origin'] ?? payload['file'], payload['change_summary']])).toEqual([
      ['edit', 'a', '+1/-1'],
      ['edits', 'vcs', '+1/-1'],
    ]);
    const diff = String(records[0]?.payload['diff_snippet']).split('\n');
    expect(diff.filter((line) => /^[+-](?![+-])/.test(line))).toEqual(['-line 11', '+my line']);
  });

  it('and a file that git deleted and the developer made again is new', async () => {
    const told = await Told.begin({ b: 'b\n' });
    const { repository } = told;
    repository.git('checkout', '-q', '-b', 'theirs');
    repository.git('rm', '-q', 'b');
    repository.git('commit', '-qm', 'gone');
    repository.git('checkout', '-q', 'main');
    await told.lines();
    repository.git('merge', '-q', 'theirs');
    repository.writeFile('b', 'other\n');
    expect(await told.lines()).toEqual(['added b +1/-0', 'vcs: b +0/-1']);
  });
});

it.each([
  ['content', ['a', `${LINES}less\n`], ['deleted gone binary', 'modified a binary']],
  ['tree', ['a', LINES], ['modified a +1/-0']],
] as const)('what changed is told although git has taken the %s of before', async (_, dirty, lines) => {
  const told = await Told.begin();
  const { repository } = told;
  repository.commitFile('gone', 'x\n');
  repository.writeFile(dirty[0], dirty[1]);
  await told.lines();
  repository.git('reset', '-q', '--hard', 'HEAD~1');
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('gc', '-q', '--prune=now');
  repository.writeFile('a', `${LINES}more\n`);
  expect(await told.lines()).toEqual(lines);
});

it('no name of an excluded path is told, be there ever so many', async () => {
  const policy = makePolicy({ exclude: { paths: ['private'] }, caps: { edits: 1 } }, { flag: () => undefined, getAll: () => [] });
  const told = await Told.begin({}, { policy });
  const { repository } = told;
  repository.git('checkout', '-q', '-b', 'theirs');
  for (const name of ['private/x', 'private/y', 'open', 'open2']) repository.writeFile(name, 'x\n');
  repository.git('add', '.');
  repository.git('commit', '-qm', 'x');
  expect(await told.lines()).toEqual(['work: open open2 +2/-0']);
  repository.git('checkout', '-q', 'main');
  expect(await told.lines()).toEqual(['vcs: open open2 +0/-2']);
});

it('a sparse checkout is no deletion', async () => {
  const told = await Told.begin({ 'x/1': '1\n', 'y/1': '1\n' });
  const { repository } = told;
  repository.git('sparse-checkout', 'init', '--cone', '--sparse-index');
  repository.git('sparse-checkout', 'set', 'x');
  expect(await told.lines()).toEqual([]);
  repository.writeFile('x/1', '2\n');
  expect(await told.lines()).toEqual(['modified x/1 +1/-1']);
  repository.git('sparse-checkout', 'disable');
  expect(await told.lines()).toEqual([]);
});

it('a linked work tree is not compared with one that had its name before', async () => {
  const { repository } = await Told.begin();
  const linked = repository.worktree('linked');
  const at = async (): Promise<string[]> => (await Edits.open(linked, { folder: 'worktrees/linked' })).told();
  linked.writeFile('a', 'dirty\n');
  expect(await at()).toEqual(['modified a +1/-12']);
  repository.git('worktree', 'remove', '--force', linked.path);
  repository.git('worktree', 'add', '-q', linked.path, 'linked');
  expect(await at()).toEqual([]);
});
