/** Edits between boundaries, with real git: what is told, who is said to have done it, and what is never touched. */
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makePolicy } from '../../src/core/policy.ts';
import { Edits } from '../helpers/edits.ts';
import { TestRepository } from '../helpers/repository.ts';

const none = { flag: () => undefined, getAll: () => [] };

async function begin(): Promise<{ repository: TestRepository; edits: Edits }> {
  const repository = TestRepository.create();
  repository.commitFile('a', 'one\ntwo\n');
  repository.commitFile('b', 'bee\n');
  const edits = await Edits.open(repository);
  await edits.take('init', { baseline: true });
  return { repository, edits };
}

describe('what is told', () => {
  it('each file with its counts, and nothing twice', async () => {
    const { repository, edits } = await begin();
    expect(await edits.told()).toEqual([]);
    repository.writeFile('a', 'one\n2\nthree\n');
    repository.writeFile('new/c', 'c\n');
    rmSync(join(repository.path, 'b'));
    expect(await edits.told()).toEqual(
      ['edit added new/c +1/-0', 'edit deleted b +0/-1', 'edit modified a +2/-1'].map((line) => line.slice(5)),
    );
    expect(await edits.told()).toEqual([]);
  });

  it('the diff as git writes it, and when the file was saved', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('a', 'one\nzwei\n');
    const saved = statSync(join(repository.path, 'a')).mtimeMs;
    const { records } = await edits.take('test');
    expect(records).toHaveLength(1);
    expect(records[0]?.payload).toEqual({
      additions: 1,
      boundary: 'test',
      change_summary: '+1/-1',
      deletions: 1,
      diff_snippet: repository.git('-c', 'core.abbrev=7', 'diff', 'a').concat('\n'),
      file: 'a',
      status: 'modified',
    });
    const late = Date.parse(records[0]?.ts ?? '') - Math.floor(saved);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(10);
    expect(records[0]?.place).toEqual({ branch: 'main', head: repository.git('rev-parse', 'HEAD') });
  });

  it('when the file was saved, also if it was committed before anybody looked', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('a', 'one\nzwei\n');
    const saved = statSync(join(repository.path, 'a')).mtimeMs;
    repository.git('commit', '-qam', 'x');
    const { records } = await edits.take('commit');
    const late = Date.parse(records[0]?.ts ?? '') - Math.floor(saved);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(10);
  });

  it('a rename, a mode, a binary file, line ends of Windows', async () => {
    const { repository, edits } = await begin();
    repository.commitFile('long', `${'line\n'.repeat(20)}end\n`);
    await edits.take();
    repository.git('mv', 'long', 'longer');
    chmodSync(join(repository.path, 'a'), 0o755);
    repository.writeFile('image.png', Buffer.from([0x89, 0x50, 0, 1, 2]));
    repository.writeFile('b', 'bee\r\n');
    const { records } = await edits.take();
    const by = new Map(records.map(({ payload }) => [payload['file'], payload]));
    expect(by.get('longer')).toMatchObject({ status: 'renamed', old_file: 'long', additions: 0 });
    expect(by.get('a')).toMatchObject({ status: 'mode', mode: '100755', old_mode: '100644' });
    expect(by.get('image.png')).toMatchObject({ status: 'added', binary: true, change_summary: 'binary', diff_snippet: '' });
    expect(by.get('b')?.['diff_snippet']).toContain('-bee\n+bee\r\n');
  });

  it('nothing that an editor keeps beside a file, unless git has it', async () => {
    const { repository, edits } = await begin();
    for (const name of ['.a.swp', '.a.swx', 'new/.b.swo', '4913', '.#a', '#a#', '.~lock.a#', 'a~']) repository.writeFile(name, 'x\n');
    repository.writeFile('a.swp', 'x\n');
    expect(await edits.told()).toEqual(['added a.swp +1/-0']);
    repository.git('add', 'a~');
    repository.git('commit', '-qm', 'x');
    repository.writeFile('a~', 'y\n');
    expect(await edits.told()).toEqual([expect.stringContaining(' a~ ')]);
  });

  it('nothing that is ignored, and nothing of a repository inside', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('.gitignore', '*.log\nout/\n');
    await edits.take();
    repository.writeFile('x.log', 'x');
    repository.writeFile('out/y', 'y');
    repository.writeFile('inner/z', 'z');
    repository.run('git', ['init', '-q', 'inner']);
    expect(await edits.told()).toEqual([]);
  });

  it('what differs from HEAD, where there is no snapshot yet', async () => {
    const repository = TestRepository.create();
    repository.commitFile('a', 'a\n');
    repository.writeFile('a', 'b\n');
    expect(await (await Edits.open(repository)).told()).toEqual(['modified a +1/-1']);
    const empty = TestRepository.create();
    empty.writeFile('first', '1\n');
    expect(await (await Edits.open(empty)).told()).toEqual(['added first +1/-0']);
  });

  it('an edit of the same size in the same moment', async () => {
    const { repository, edits } = await begin();
    const path = join(repository.path, 'a');
    const { atime, mtime } = statSync(path);
    repository.writeFile('a', 'ONE\ntwo\n');
    utimesSync(path, atime, mtime);
    expect(await edits.told()).toEqual(['modified a +1/-1']);
  });

  it('a formatter that rewrites 500 files as one summary', async () => {
    const { repository, edits } = await begin();
    for (let i = 0; i < 500; i++) repository.writeFile(`src/f${i}.ts`, `let a = ${i}\n`);
    await edits.take();
    for (let i = 0; i < 500; i++) repository.writeFile(`src/f${i}.ts`, `const a = ${i};\n`);
    const { records } = await edits.take();
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      type: 'edits',
      payload: { files_changed: 500, origin: 'work', change_summary: '+500/-500', additions: 500, deletions: 500 },
    });
    expect(JSON.stringify(records[0]).length).toBeLessThan(65_536);
  });

  it('a file that is too large by its size alone, again when it changes', async () => {
    const { repository } = await begin();
    const policy = makePolicy({ caps: { file: 1_000 } }, none);
    const edits = await Edits.open(repository, { policy });
    repository.writeFile('big', 'x'.repeat(5_000));
    expect((await edits.take()).records[0]?.payload).toMatchObject({ file: 'big', bytes: 5_000, diff_snippet: '', binary: true });
    expect(await edits.told()).toEqual([]);
    repository.writeFile('big', 'y'.repeat(6_000));
    expect((await edits.take()).records[0]?.payload).toMatchObject({ file: 'big', bytes: 6_000, status: 'modified' });
  });

  it('what the policy allows', async () => {
    const { repository } = await begin();
    const edits = await Edits.open(repository, {
      policy: makePolicy({ exclude: { paths: ['secrets/'] }, capture: { diffs: false } }, none),
    });
    repository.writeFile('secrets/x', 'x\n');
    repository.writeFile('a', 'x\n');
    const { records } = await edits.take();
    expect(records.map(({ payload }) => [payload['file'], payload['diff_snippet']])).toEqual([['a', '']]);
    const off = await Edits.open(repository, { policy: makePolicy({ capture: { edits: false } }, none) });
    await expect(off.take()).rejects.toThrow();
  });

  it('the beginning of a diff that is longer than its cap, whole lines', async () => {
    const { repository } = await begin();
    const edits = await Edits.open(repository, { policy: makePolicy({ caps: { diff: 300 } }, none) });
    repository.writeFile('a', 'a line\n'.repeat(100));
    const { payload } = (await edits.take()).records[0] ?? {};
    expect(payload?.['truncated']).toBe(true);
    expect(payload?.['diff_snippet']).toMatch(/^diff --git [\s\S]*\+a line\n$/);
    expect(String(payload?.['diff_snippet']).length).toBeLessThanOrEqual(300);
  });
});

describe('who did it', () => {
  it.each([
    ['a checkout', (r: TestRepository) => r.git('checkout', '-q', 'other'), ['vcs: a c +2/-1']],
    ['a merge', (r: TestRepository) => r.git('merge', '-q', '--no-edit', 'other'), ['vcs: a c +2/-1']],
    ['a rebase', (r: TestRepository) => r.git('rebase', '-q', 'other'), ['vcs: a c +2/-1']],
    ['a cherry-pick', (r: TestRepository) => r.git('cherry-pick', 'other'), ['vcs: c +1/-0']],
    ['a reset', (r: TestRepository) => r.git('reset', '-q', '--hard', 'other'), ['vcs: a c +2/-1']],
  ])('%s is git', async (_, act, expected) => {
    const { repository, edits } = await begin();
    repository.git('checkout', '-q', '-b', 'other');
    repository.commitFile('a', 'one\nTWO\n');
    repository.commitFile('c', 'sea\n');
    repository.git('checkout', '-q', 'main');
    await edits.take();
    act(repository);
    const told = await edits.told();
    expect(told).toEqual(expected);
  });

  it('a commit is the developer, also one that comes between two boundaries', async () => {
    const { repository, edits } = await begin();
    repository.commitFile('a', 'one\n2\n');
    expect(await edits.told()).toEqual(['modified a +1/-1']);
    repository.writeFile('a', 'one\n3\n');
    await edits.take();
    repository.git('commit', '-qam', 'x');
    expect(await edits.told()).toEqual([]);
    repository.commitFile('a', 'one\n4\n');
    repository.git('commit', '-q', '--amend', '-m', 'better');
    expect(await edits.told()).toEqual(['modified a +1/-1']);
  });

  it('both: what was edited and what a checkout brought are told apart', async () => {
    const { repository, edits } = await begin();
    repository.git('branch', 'other');
    repository.git('checkout', '-q', 'other');
    repository.commitFile('c', 'sea\n');
    repository.git('checkout', '-q', 'main');
    await edits.take();
    repository.writeFile('a', 'one\nmine\n');
    repository.git('checkout', '-q', 'other');
    repository.commitFile('b', 'buzz\n');
    expect(await edits.told()).toEqual(['modified a +1/-1', 'modified b +1/-1', 'vcs: c +1/-0']);
  });

  it('a stash takes away and brings back by git', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('a', 'one\nstashed\n');
    repository.writeFile('untracked', 'u\n');
    await edits.take();
    repository.git('stash', 'push', '-q', '--include-untracked');
    expect(await edits.told()).toEqual(['vcs: a untracked +1/-2']);
    repository.git('stash', 'pop', '-q');
    expect(await edits.told()).toEqual(['vcs: a untracked +2/-1']);
  });
});

describe('what is never touched', () => {
  it("the person's index, its lock, and the objects of the repository", async () => {
    const { repository, edits } = await begin();
    repository.writeFile('a', 'staged\n');
    repository.git('add', 'a');
    const index = repository.inGitDir('index');
    const before = { bytes: readFileSync(index), at: statSync(index).mtimeMs };
    const objects = repository.git('count-objects', '-v');
    // somebody holds the lock, as an editor's git does
    writeFileSync(`${index}.lock`, 'held');
    repository.writeFile('a', 'and more\n');
    repository.writeFile('d', 'd\n');
    expect(await edits.told()).toEqual(['added d +1/-0', 'modified a +1/-2']);
    expect(readFileSync(`${index}.lock`, 'utf8')).toBe('held');
    rmSync(`${index}.lock`);
    expect(readFileSync(index).equals(before.bytes)).toBe(true);
    expect(statSync(index).mtimeMs).toBe(before.at);
    expect(repository.git('count-objects', '-v')).toBe(objects);
    expect(repository.git('fsck', '--no-dangling')).toBe('');
  });

  it('the middle of a conflict', async () => {
    const { repository, edits } = await begin();
    repository.git('checkout', '-q', '-b', 'other');
    repository.commitFile('a', 'one\ntheirs\n');
    repository.git('checkout', '-q', 'main');
    repository.commitFile('a', 'one\nours\n');
    await edits.take();
    expect(repository.tryGit('merge', 'other').status).toBe(1);
    expect((await edits.take()).records).toHaveLength(1);
    const status = repository.git('status', '--porcelain');
    expect(status).toBe('UU a');
    repository.writeFile('a', 'one\nboth\n');
    expect(await edits.told()).toEqual(['modified a +1/-5']);
    expect(repository.git('status', '--porcelain')).toBe(status);
  });
});

describe('what is kept', () => {
  it('no secret, in no object of the store', async () => {
    const { repository, edits } = await begin();
    const secret = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'.split('').reverse().join('')}`;
    repository.writeFile('.env', `TOKEN=${secret}\n`);
    repository.writeFile('packed.bin', Buffer.concat([Buffer.from([0, 1]), Buffer.from(secret)]));
    const { records } = await edits.take();
    expect(JSON.stringify(records)).not.toContain(secret);
    expect(JSON.stringify(records)).toContain('«redacted:');
    for (const bytes of storedBytes(edits)) expect(bytes.toString('latin1')).not.toContain(secret);
    expect(await edits.told()).toEqual([]);
    repository.appendFile('.env', 'PORT=1\n');
    expect(await edits.told()).toEqual(['modified .env +1/-0']);
  });

  it('one store: when it has grown another one is begun, and nothing is told twice or lost', async () => {
    const { repository, edits } = await begin();
    for (let i = 0; i < 5_000; i++) repository.writeFile(`many/${i}`, `${i}\n`);
    await edits.take();
    repository.writeFile('a', 'next\n');
    const stores = (): string[] =>
      readdirSync(join(edits.ports.files.path, edits.ports.folder)).filter((name) => name.startsWith('objects-'));
    expect(await edits.told()).toEqual(['modified a +1/-2']);
    expect(stores()).toEqual(['objects-1']);
    repository.writeFile('b', 'next\n');
    expect(await edits.told()).toEqual(['modified b +1/-1']);
    // what is there to be stored is no growth
    expect(await edits.told()).toEqual([]);
    expect(stores()).toEqual(['objects-1']);
  });

  it('nothing of a store that is damaged: another one is begun', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('new', 'n\n');
    await edits.take();
    rmSync(join(edits.ports.files.path, edits.ports.folder, 'objects-0'), { recursive: true });
    repository.writeFile('a', 'x\n');
    await edits.take();
    repository.writeFile('a', 'y\n');
    expect(await edits.told()).toEqual(['modified a +1/-1']);
  });

  it('records that a process could not hand over come with the next boundary, once', async () => {
    const { repository, edits } = await begin();
    repository.writeFile('a', 'x\n');
    const { records } = await edits.take();
    const { files, folder } = edits.ports;
    // as if it had died after its snapshot was noted down and before the spool had its records
    const name = files.list('spool').find((file) => file.startsWith('edit-')) ?? '';
    files.replace(`${folder}/${name}`, files.read(`spool/${name}`) ?? '');
    files.remove(`spool/${name}`);
    expect((await edits.take()).records).toEqual([]);
    expect(edits.spooled(name)).toEqual(records);
    expect(files.exists(`${folder}/${name}`)).toBe(false);
  });

  it('linked work trees and submodules each by themselves', async () => {
    const { repository, edits } = await begin();
    const linked = repository.worktree('side');
    const theirs = await Edits.open(linked, { folder: 'worktrees/linked-side' });
    linked.writeFile('a', 'side\n');
    expect(await edits.told()).toEqual([]);
    expect((await theirs.take()).records[0]).toMatchObject({ place: { branch: 'side' }, payload: { file: 'a' } });
    const inner = repository.submodule(linked, 'sub');
    await edits.take();
    inner.commitFile('q', 'q\n');
    expect(await edits.told()).toEqual(['modified sub +1/-1']);
    expect(await (await Edits.open(inner)).told()).toEqual([]);
  });

  it('all that was done in a linked work tree since it was made, whenever it is looked at first', async () => {
    const { repository, edits } = await begin();
    edits.ports.files.replace('installed.json', '{}');
    const side = repository.worktree('late');
    side.commitFile('a', 'one\n2\n');
    side.writeFile('b', 'buzz\n');
    const theirs = await Edits.open(side, { folder: 'worktrees/linked-late' });
    expect(await theirs.told()).toEqual(['modified a +1/-1', 'modified b +1/-1']);
  });

  it('a repository of sha256', async () => {
    const repository = TestRepository.create({ sha256: true });
    repository.commitFile('a', 'a\n');
    const edits = await Edits.open(repository);
    await edits.take('init', { baseline: true });
    repository.writeFile('a', 'b\n');
    expect(await edits.told()).toEqual(['modified a +1/-1']);
  });
});

/** Every loose object of the snapshots' stores. */
function storedBytes(edits: Edits): Buffer[] {
  const folder = join(edits.ports.files.path, edits.ports.folder);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return /^[0-9a-f]{38}$/.test(entry.name) ? inflateSync(bytes) : bytes;
    });
}
