/** What each operation of real git leaves in the spool: the right events, each once. docs/hooks.md is the same as a table. */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { install, records, spooled } from '../helpers/hooks.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

/** A repository with `main` one commit ahead of where `topic` with its three commits left it, on `topic`. */
class Lab {
  readonly repository = TestRepository.create();

  constructor({ conflict = false } = {}) {
    this.repository.commitFile('f', '0');
    this.git('switch', '-q', '-c', 'topic');
    for (const name of ['t1', 't2', 't3']) this.repository.commitFile(name, name, name);
    this.git('switch', '-q', 'main');
    this.repository.commitFile('m', 'm', 'm1');
    if (conflict) this.repository.commitFile('t2', 'other', 'conflicting');
    this.git('switch', '-q', 'topic');
    install(this.repository);
  }

  git(...args: string[]): string {
    return this.repository.git(...args);
  }

  oid(name: string): string {
    return this.git('rev-parse', name);
  }

  /** Edits the list of an interactive rebase with sed. */
  interactive(script: string, ...args: string[]): number | null {
    const env = { GIT_SEQUENCE_EDITOR: `sed -i -e '${script}'`, GIT_EDITOR: ':' };
    return this.repository.run('git', ['rebase', '-q', '-i', ...args], { env }).status;
  }

  /** Solves the conflict in `t2`. */
  solve(): void {
    writeFileSync(join(this.repository.path, 't2'), 'solved');
    this.git('add', 't2');
  }

  try(...args: string[]): number | null {
    return this.repository.run('git', args, { env: { GIT_EDITOR: ':' } }).status;
  }

  /** What was recorded since it was asked last. */
  seen(): SpoolRecord[] {
    const found = records(this.repository);
    for (const name of spooled(this.repository)) rmSync(this.repository.inGitDir(`trace/spool/${name}`));
    return found;
  }

  /** The same as words: type, branch, and what tells most. */
  told(): string[] {
    return this.seen().map(({ type, place, payload }) => `${type} ${place.branch} ${this.#words(type, payload)}`.trim());
  }

  #words(type: string, payload: SpoolRecord['payload']): string {
    if (type === 'checkout') return `${payload['from'] ?? '?'} → ${payload['to']}`;
    if (type === 'rewrite') return `${payload['command']} ${(payload['map'] as unknown[]).length}`;
    if (type === 'merge') return payload['squash'] ? 'squash' : payload['fast_forward'] ? 'fast-forward' : '';
    return this.git('log', '-1', '--format=%s', String(payload['sha']));
  }

  [Symbol.dispose](): void {
    this.repository[Symbol.dispose]();
  }
}

describe('commits', () => {
  test('commit, amend, --no-verify, fixup', () => {
    using lab = new Lab();
    lab.git('commit', '-q', '--allow-empty', '-m', 'x');
    expect(lab.told()).toEqual(['commit topic x']);
    const old = lab.oid('HEAD');
    lab.git('commit', '-q', '--amend', '--allow-empty', '-m', 'y');
    const now = lab.oid('HEAD');
    expect(lab.seen()).toEqual([
      { place: { branch: 'topic', head: now }, type: 'commit', payload: { sha: now } },
      { place: { branch: 'topic', head: now }, type: 'rewrite', payload: { command: 'amend', map: [{ old, new: now }] } },
    ]);
    lab.git('commit', '-q', '--allow-empty', '--no-verify', '-m', 'z');
    lab.git('commit', '-q', '--allow-empty', '--fixup', 'HEAD~1');
    expect(lab.told()).toEqual(['commit topic z', 'commit topic fixup! y']);
  });

  test('cherry-pick: one, several, --no-commit, with a conflict', () => {
    using lab = new Lab({ conflict: true });
    lab.git('switch', '-q', 'main');
    lab.seen();
    lab.git('cherry-pick', 'topic');
    expect(lab.seen().map(({ payload }) => payload)).toEqual([{ sha: lab.oid('main'), cherry_picked_from: lab.oid('topic') }]);
    lab.git('reset', '-q', '--hard', 'main~2');
    lab.git('cherry-pick', 'topic~2..topic');
    expect(lab.told()).toEqual(['commit main t2', 'commit main t3']);
    lab.git('cherry-pick', '--no-commit', 'topic~2');
    expect(lab.told()).toEqual([]);
    lab.git('commit', '-q', '-m', 'mine');
    expect(lab.told()).toEqual(['commit main mine']);
    lab.git('reset', '-q', '--hard', 'main@{4}');
    lab.repository.commitFile('t2', 'again', 'again');
    lab.seen();
    expect(lab.try('cherry-pick', 'topic~1')).toBe(1);
    lab.solve();
    lab.try('cherry-pick', '--continue');
    expect(lab.told()).toEqual(['commit main t2']);
    lab.git('reset', '-q', '--hard', 'HEAD~');
    expect(lab.try('cherry-pick', 'topic~1')).toBe(1);
    lab.git('cherry-pick', '--abort');
    expect(lab.told()).toEqual([]);
  });

  test('revert, stash, am', () => {
    using lab = new Lab({ conflict: true });
    lab.git('revert', '--no-edit', 'HEAD', 'HEAD~1');
    expect(lab.told()).toEqual(['commit topic Revert "t3"', 'commit topic Revert "t2"']);
    lab.repository.writeFile('f', 'changed');
    lab.git('stash', '-q');
    lab.git('stash', 'pop', '-q');
    expect(lab.told()).toEqual([]);
    lab.git('stash', '-q');
    lab.git('stash', 'branch', 'stashed');
    expect(lab.told()).toEqual(['checkout stashed topic → stashed']);

    const patches = lab.git('format-patch', '--stdout', 'topic~4..topic~2');
    lab.git('reset', '-q', '--hard');
    lab.git('switch', '-q', 'main');
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.seen();
    lab.repository.gitWith({ input: `${patches}\n` }, 'am', '-q');
    expect(lab.seen().map(({ type, payload }) => [type, payload])).toEqual([
      ['commit', { sha: lab.oid('HEAD~1'), applied: true }],
      ['commit', { sha: lab.oid('HEAD'), applied: true }],
    ]);
    lab.git('reset', '-q', '--hard', 'HEAD~2');
    lab.repository.commitFile('t2', 'other', 'other');
    lab.seen();
    expect(lab.repository.run('git', ['am', '-q', '-3'], { input: `${patches}\n` }).status).not.toBe(0);
    // a mailbox is applied on the branch itself; that is no rebase whose branch must be found
    lab.git('reset', '-q', '--hard');
    lab.git('commit', '-q', '--amend', '-m', 'meanwhile');
    expect(lab.told()).toEqual(['commit main meanwhile', 'rewrite main amend 1']);
    lab.solve();
    lab.git('am', '-q', '--continue');
    expect(lab.told()).toEqual(['commit main t2', 'commit main t3']);
  });
});

describe('merges', () => {
  test('fast-forward, true, --no-commit, squash, up to date', () => {
    using lab = new Lab();
    const [topic, main] = [lab.oid('topic'), lab.oid('main')];
    lab.git('merge', '-q', '-m', 'merged', 'main');
    const [record] = lab.seen();
    expect(record).toEqual({
      place: { branch: 'topic', head: lab.oid('HEAD') },
      type: 'merge',
      payload: { sha: lab.oid('HEAD'), command: 'merge main', old: topic },
    });
    lab.git('merge', '-q', 'main');
    lab.git('reset', '-q', '--hard', topic);
    lab.git('merge', '-q', '--no-commit', 'main');
    expect(lab.told()).toEqual([]);
    lab.git('commit', '-q', '-m', 'by hand');
    expect(lab.told()).toEqual(['commit topic by hand']);
    lab.git('reset', '-q', '--hard', topic);
    lab.git('merge', '-q', '--squash', 'main');
    expect(lab.seen().map(({ payload }) => payload)).toEqual([{ sha: topic, command: 'merge main', squash: true }]);
    lab.git('commit', '-q', '-m', 'squashed');
    expect(lab.told()).toEqual(['commit topic squashed']);
    lab.git('switch', '-q', 'main');
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.seen();
    lab.git('merge', '-q', main);
    expect(lab.seen().map(({ payload }) => payload)).toEqual([
      { sha: main, command: `merge ${main}`, old: lab.oid('main~'), fast_forward: true },
    ]);
  });

  test('conflicts: concluded by a commit, by --continue, or not at all', () => {
    using lab = new Lab({ conflict: true });
    for (const conclude of [
      ['commit', '-q', '-m', 'solved'],
      ['merge', '--continue'],
    ]) {
      expect(lab.try('merge', 'main')).toBe(1);
      lab.solve();
      lab.try(...conclude);
      expect(lab.seen().map(({ type, payload }) => [type, payload])).toEqual([['commit', { sha: lab.oid('HEAD') }]]);
      lab.git('reset', '-q', '--hard', 'HEAD~');
    }
    lab.try('merge', 'main');
    lab.git('merge', '--abort');
    expect(lab.told()).toEqual([]);
  });

  test('pull: fast-forward, merge, rebase', () => {
    using lab = new Lab();
    lab.git('remote', 'add', 'origin', '.');
    lab.git('pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');
    expect(lab.told()).toEqual(['merge topic']);
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.git('pull', '-q', '--rebase', 'origin', 'main');
    expect(lab.told()).toEqual(['rewrite topic rebase 3']);
    lab.git('switch', '-q', 'main');
    lab.seen();
    lab.git('pull', '-q', '--ff-only', 'origin', 'topic');
    expect(lab.told()).toEqual(['merge main fast-forward']);
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.git('pull', '-q', '--rebase', 'origin', 'topic');
    expect(lab.told()).toEqual(['merge main fast-forward']);
  });
});

describe('rebases', () => {
  for (const backend of ['--merge', '--apply']) {
    test(`${backend}: one rewrite and nothing else, with a conflict or without`, () => {
      using lab = new Lab({ conflict: true });
      const old = ['topic~2', 'topic~1', 'topic'].map((name) => lab.oid(name));
      lab.git('rebase', '-q', backend, 'main~1');
      const now = ['topic~2', 'topic~1', 'topic'].map((name) => lab.oid(name));
      expect(lab.seen()).toEqual([
        {
          place: { branch: 'topic', head: now[2] },
          type: 'rewrite',
          payload: {
            command: 'rebase',
            map: old.map((oid, i) => ({ old: oid, new: now[i] })),
            // git keeps it for the merge backend, and for the other one once it stopped
            ...(backend === '--merge' ? { onto: lab.oid('main~1') } : {}),
          },
        },
      ]);
      expect(lab.try('rebase', '-q', backend, 'main')).toBe(1);
      expect(lab.told()).toEqual([]);
      lab.git('rebase', '--abort');
      expect(lab.told()).toEqual([]);
      lab.try('rebase', '-q', backend, 'main');
      lab.solve();
      lab.try('rebase', '--continue');
      expect(lab.told()).toEqual(['rewrite topic rebase 3']);
      lab.git('switch', '-q', 'main');
      lab.repository.commitFile('more', '1');
      lab.seen();
      lab.git('rebase', '-q', backend, '--onto', 'HEAD', 'topic~2', 'topic');
      expect(lab.told()).toEqual(['rewrite topic rebase 2']);
    });
  }

  test('of a detached HEAD', () => {
    using lab = new Lab();
    lab.git('checkout', '-q', '--detach');
    lab.seen();
    lab.git('rebase', '-q', 'main');
    expect(lab.told()).toEqual(['rewrite null rebase 3']);
  });

  test('interactive: squash, fixup, reword, drop, and a commit by hand at a conflict', () => {
    using lab = new Lab({ conflict: true });
    expect(lab.interactive('2s/pick/squash/;3s/pick/fixup/', 'main~1')).toBe(0);
    expect(lab.told()).toEqual(['rewrite topic rebase 3']);
    lab.git('reset', '-q', '--hard', 'topic@{1}');
    const env = { GIT_SEQUENCE_EDITOR: "sed -i -e '2s/pick/reword/'", GIT_EDITOR: 'echo other >' };
    lab.repository.gitWith({ env }, 'rebase', '-q', '-i', 'main~1');
    expect(lab.told()).toEqual(['rewrite topic rebase 3']);
    expect(lab.interactive('2s/pick/drop/', 'main~1')).toBe(0);
    lab.told();
    expect(lab.git('log', '-1', '--format=%s')).toBe('t3');
    lab.git('reset', '-q', '--hard', 'topic@{2}');
    expect(lab.try('rebase', '-q', 'main')).toBe(1);
    lab.solve();
    lab.git('commit', '-q', '-m', 'by hand');
    expect(lab.told()).toEqual(['commit topic by hand']);
    lab.try('rebase', '--continue');
    expect(lab.told()).toEqual(['rewrite topic rebase 3']);
    lab.git('commit', '-q', '--allow-empty', '-m', 'fixup! t1');
    lab.told();
    lab.interactive('', '--autosquash', '--rebase-merges', 'main');
    expect(lab.told()).toEqual(['rewrite topic rebase 4']);
  });

  test('interactive: what a person does where it stops', () => {
    using lab = new Lab();
    lab.interactive('1s/pick/edit/;2,3d', 'main');
    expect(lab.told()).toEqual([]);
    lab.git('commit', '-q', '--amend', '-m', 'edited');
    lab.repository.commitFile('extra', '1', 'extra');
    lab.git('checkout', '-q', 'main', '--', 'm');
    lab.git('cherry-pick', 'topic');
    lab.git('merge', '-q', '--no-ff', '-m', 'merged', 'topic~2');
    expect(lab.told()).toEqual(['commit topic edited', 'rewrite topic amend 1', 'commit topic extra', 'commit topic t3', 'merge topic']);
    lab.git('checkout', '-q', 'HEAD~');
    expect(lab.told()).toEqual([expect.stringMatching(/^checkout topic [0-9a-f]{40} → HEAD~$/)]);
    expect(lab.try('rebase', '--continue')).toBe(0);
    expect(lab.told()).toEqual([expect.stringMatching(/^rewrite topic rebase /)]);
  });

  test('interactive: break, and what exec runs', () => {
    using lab = new Lab();
    expect(lab.interactive('1a break', 'main')).toBe(0);
    lab.git('commit', '-q', '--allow-empty', '-m', 'at the break');
    lab.git('revert', '--no-edit', 'HEAD~1');
    expect(lab.told()).toEqual(['commit topic at the break', 'commit topic Revert "t1"']);
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.try('rebase', '--continue');
    expect(lab.told()).toEqual(['rewrite topic rebase 3']);
    expect(lab.interactive('1a exec git commit -q --allow-empty -m executed', 'main~')).toBe(0);
    expect(lab.told()).toEqual(['commit topic executed', expect.stringMatching(/^rewrite topic rebase /)]);
  });

  test('with merges, autostash, of the root, and one that only goes forward', () => {
    using lab = new Lab();
    lab.git('switch', '-q', '-c', 'side', 'topic~');
    lab.repository.commitFile('s', 's', 's');
    lab.git('switch', '-q', 'topic');
    lab.git('merge', '-q', '-m', 'mm', 'side');
    lab.repository.writeFile('f', 'changed');
    lab.seen();
    lab.git('rebase', '-q', '--rebase-merges', '--autostash', 'main');
    expect(lab.told()).toEqual(['rewrite topic rebase 5']);
    lab.git('stash', '-q');
    lab.git('rebase', '-q', '--root', '--force-rebase');
    expect(lab.told()).toEqual([expect.stringMatching(/^rewrite topic rebase [67]$/)]);
    lab.git('switch', '-q', '-c', 'behind', 'topic~2');
    lab.seen();
    lab.git('rebase', '-q', 'topic');
    expect([lab.oid('HEAD'), lab.told()]).toEqual([lab.oid('topic'), []]);
  });

  test('thousands of commits are listed up to a limit, and counted', () => {
    using lab = new Lab();
    const lines = Array.from({ length: 3_000 }, (_, i) => `${i.toString(16).padStart(40, '0')} ${(i + 1).toString(16).padStart(40, 'a')}`);
    lab.git('config', 'trace.hooks', 'files');
    install(lab.repository);
    const chained = lab.repository.inGitDir('hooks/post-rewrite.pre-trace');
    writeFileSync(chained, '#!/bin/sh\nwc -l >lines.txt\nexit 3\n', { mode: 0o755 });
    const run = lab.repository.run('.git/hooks/post-rewrite', ['rebase'], { input: `${lines.join('\n')}\n` });
    expect(run).toMatchObject({ status: 3, stdout: '', stderr: '' });
    expect(lab.repository.readFile('lines.txt').trim()).toBe('3000');
    const [record] = lab.seen();
    expect(record?.payload).toMatchObject({ command: 'rebase', count: 3_000, truncated: true });
    expect(record?.payload['map']).toHaveLength(500);
  });
});

describe('checkouts', () => {
  test('of branches, commits, files, nothing', () => {
    using lab = new Lab();
    const [topic, main] = [lab.oid('topic'), lab.oid('main')];
    lab.git('switch', '-q', '-c', 'new');
    expect(lab.seen()).toEqual([
      {
        place: { branch: 'new', head: topic },
        type: 'checkout',
        payload: { branch: 'new', from: 'topic', to: 'new', old: topic, new: topic },
      },
    ]);
    lab.git('switch', '-q', 'main');
    expect(lab.seen()[0]?.payload).toEqual({ branch: 'main', from: 'new', to: 'main', old: topic, new: main });
    lab.git('switch', '-q', 'main');
    lab.git('checkout', '-q');
    lab.git('checkout', '-q', 'HEAD');
    lab.git('checkout', '-q', 'f');
    lab.git('restore', '-s', 'topic', 'f');
    expect(lab.told()).toEqual([]);
    lab.git('checkout', '-q', '--detach');
    expect(lab.seen()).toEqual([
      { place: { branch: 'main', head: main }, type: 'checkout', payload: { branch: null, from: 'main', to: main, old: main, new: main } },
    ]);
    lab.git('checkout', '-q', 'topic~1');
    expect(lab.told()).toEqual([`checkout null ${main} → topic~1`]);
    lab.git('checkout', '-q', 'new');
    lab.git('checkout', '-q', '-');
    lab.git('switch', '-q', '-');
    expect(lab.told()).toEqual([
      expect.stringMatching(/^checkout new .* → new$/),
      expect.stringMatching(/^checkout new new → /),
      expect.stringMatching(/^checkout new .* → new$/),
    ]);
    lab.git('checkout', '-q', '-B', 'new', 'main');
    expect(lab.told()).toEqual(['checkout new new → new']);
  });

  test("'git checkout' alone after a move to the same commit", () => {
    using lab = new Lab();
    lab.git('switch', '-q', '-c', 'one');
    lab.git('checkout', '-q');
    lab.git('checkout', '-q', 'HEAD');
    lab.git('switch', '-q', '-c', 'two');
    lab.git('checkout', '-q');
    lab.git('switch', '-q', 'one');
    lab.git('switch', '-q', 'two');
    lab.repository.commitFile('x', '1');
    lab.git('checkout', '-q');
    expect(lab.told()).toEqual([
      'checkout one topic → one',
      'checkout two one → two',
      'checkout one two → one',
      'checkout two one → two',
      'commit two change x',
    ]);
  });

  test('orphan branches, and their first commit', () => {
    using lab = new Lab();
    lab.git('checkout', '-q', '--orphan', 'empty');
    lab.git('switch', '-q', '-f', 'main');
    lab.git('switch', '-q', '--orphan', 'other');
    lab.git('commit', '-q', '--allow-empty', '-m', 'first');
    expect(lab.told()).toEqual([
      'checkout empty ? → empty',
      expect.stringMatching(/^checkout main /),
      'checkout other ? → other',
      'commit other first',
    ]);
  });

  test('bisect, branch -m, reset and update-ref are none', () => {
    using lab = new Lab();
    lab.git('bisect', 'start', 'HEAD', 'HEAD~3');
    lab.git('bisect', 'good');
    lab.git('bisect', 'reset');
    lab.git('branch', '-m', 'topic', 'renamed');
    lab.git('reset', '-q', '--hard', 'HEAD~');
    lab.git('update-ref', 'refs/heads/renamed', 'HEAD~');
    expect(lab.told()).toEqual([]);
  });

  test('without a reflog the branch that was left is not known', () => {
    using lab = new Lab();
    lab.git('config', 'core.logAllRefUpdates', 'false');
    rmSync(lab.repository.inGitDir('logs'), { recursive: true });
    lab.git('switch', '-q', 'main');
    expect(lab.told()).toEqual(['checkout main ? → main']);
  });
});

describe('pushes', () => {
  test('new, forwards, forced, a tag, deleted, and nothing to do', () => {
    using lab = new Lab();
    using remote = TestRepository.createBare();
    lab.git('config', 'trace.push', 'false');
    const push = (...args: string[]): unknown => {
      lab.git('push', '-q', remote.path, ...args);
      const pushes = lab.seen().filter(({ type }) => type === 'push');
      return pushes.map(({ payload }) => [payload['remote'], payload['refs']]);
    };
    const [old, ref] = [lab.oid('topic'), 'refs/heads/topic'];
    expect(push('topic')).toEqual([[remote.path, [{ ref, old: null, new: old }]]]);
    lab.git('commit', '-q', '--allow-empty', '-m', 'x');
    const now = lab.oid('topic');
    expect(push('topic')).toEqual([[remote.path, [{ ref, old, new: now }]]]);
    lab.git('commit', '-q', '--amend', '--allow-empty', '-m', 'y');
    const forced = lab.oid('topic');
    expect(push('--force', 'topic')).toEqual([[remote.path, [{ ref, old: now, new: forced }]]]);
    lab.git('tag', '-a', '-m', 'v', 'v1');
    expect(push('v1', 'main:other')).toEqual([
      [
        remote.path,
        expect.arrayContaining([
          { ref: 'refs/tags/v1', old: null, new: lab.oid('v1') },
          { ref: 'refs/heads/other', old: null, new: lab.oid('main') },
        ]),
      ],
    ]);
    expect(push(':topic')).toEqual([[remote.path, [{ ref, old: forced, new: null }]]]);
    expect(push('main:other')).toEqual([]);
  });
});

describe('places', () => {
  test('a linked worktree: made, worked in, rebased', () => {
    using lab = new Lab();
    const path = join(dirname(lab.repository.path), 'linked tree');
    lab.git('worktree', 'add', '-q', '-b', 'linked', path);
    expect(lab.told()).toEqual(['checkout linked ? → linked']);
    const inside = (...args: string[]): string => lab.repository.gitWith({ cwd: path }, ...args);
    inside('commit', '-q', '--allow-empty', '-m', 'w');
    inside('checkout', '-q', '--detach');
    inside('switch', '-q', 'linked');
    inside('rebase', '-q', 'main');
    expect(lab.told()).toEqual([
      'commit linked w',
      expect.stringMatching(/^checkout linked linked → [0-9a-f]{40}$/),
      expect.stringMatching(/^checkout linked [0-9a-f]{40} → linked$/),
      'rewrite linked rebase 4',
    ]);
  });

  test('a submodule, and a bare repository with a work tree', () => {
    using source = TestRepository.create({ name: 'source' });
    source.commitFile('s', '1');
    source.commitFile('s', '2');
    using lab = new Lab();
    const inner = lab.repository.submodule(source, 'lib');
    install(inner);
    inner.git('checkout', '-q', 'HEAD~');
    lab.seen();
    lab.git('submodule', 'update', '-q');
    inner.git('switch', '-q', '-c', 'work');
    inner.git('commit', '-q', '--allow-empty', '-m', 'i');
    expect(records(inner).map(({ type, place }) => `${type} ${place.branch}`)).toEqual([
      'checkout main',
      'checkout null',
      'checkout work',
      'commit work',
    ]);
    expect(lab.told()).toEqual([]);

    using bare = lab.repository.clone({ bare: true, name: 'bare.git' });
    install(bare);
    const path = join(dirname(bare.path), 'tree');
    bare.git('worktree', 'add', '-q', path, 'main');
    bare.gitWith({ cwd: path }, 'commit', '-q', '--amend', '--allow-empty', '-m', 'amended');
    expect(records(bare).map(({ type, place }) => `${type} ${place.branch}`)).toEqual(['checkout main', 'commit main', 'rewrite main']);
  });

  test('GIT_DIR and GIT_WORK_TREE, a short PATH, sha-256', () => {
    using repository = TestRepository.create({ sha256: true });
    repository.commitFile('a', '1');
    // the git of the short PATH may be older than the one that the others run with
    repository.git('config', 'trace.hooks', 'files');
    install(repository);
    const env = { GIT_DIR: repository.inGitDir(''), GIT_WORK_TREE: repository.path, PATH: '/usr/bin:/bin', HOME: undefined };
    const run = (...args: string[]): string => repository.gitWith({ env, cwd: '/' }, ...args);
    run('switch', '-q', '-c', 'other');
    run('commit', '-q', '--amend', '-m', 'amended');
    run('merge', '-q', '--no-ff', '-m', 'm', 'main', '--allow-unrelated-histories');
    expect(records(repository).map(({ type, place }) => `${type} ${place.branch}`)).toEqual([
      'checkout other',
      'commit other',
      'rewrite other',
      'merge other',
    ]);
    expect(records(repository)[2]?.payload['map']).toEqual([
      { old: repository.git('rev-parse', 'main'), new: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  const reftable = TestRepository.create({ name: 'probe' }).tryGit('init', '-q', '--ref-format=reftable', 'x').status === 0;

  skipUnless(reftable, 'this git has no reftable')('reftable', () => {
    using repository = TestRepository.create();
    rmSync(repository.inGitDir(''), { recursive: true });
    repository.git('init', '-q', '--ref-format=reftable');
    repository.commitFile('a', '1');
    install(repository);
    repository.git('switch', '-q', '-c', 'topic');
    repository.git('checkout', '-q');
    repository.commitFile('b', '1');
    repository.git('commit', '-q', '--amend', '-m', 'amended');
    repository.git('switch', '-q', 'main');
    repository.commitFile('c', '1');
    repository.git('rebase', '-q', 'main', 'topic');
    const path = join(dirname(repository.path), 'linked');
    repository.git('worktree', 'add', '-q', path, 'main');
    repository.gitWith({ cwd: path }, 'merge', '-q', 'topic');
    repository.gitWith({ cwd: path }, 'checkout', '-q', '--detach');
    expect(records(repository).map(({ type, place, payload }) => `${type} ${place.branch} ${payload['from'] ?? ''}`.trim())).toEqual([
      'checkout topic main',
      'commit topic',
      'commit topic',
      'rewrite topic',
      'checkout main topic',
      'commit main',
      'rewrite topic',
      'checkout main',
      'merge main',
      'checkout main main',
    ]);
  });

  test('HEAD as a symbolic link', () => {
    using lab = new Lab();
    const path = lab.repository.inGitDir('HEAD');
    rmSync(path);
    symlinkSync('refs/heads/topic', path);
    lab.git('commit', '-q', '--amend', '-m', 'x');
    expect(lab.told()).toEqual(['commit topic x', 'rewrite topic amend 1']);
  });
});
