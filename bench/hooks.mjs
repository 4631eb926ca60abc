/** `git commit`, `git checkout` and a `git rebase` of 15 commits with all our hooks, against the same with empty sh hooks. */
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paired, sandbox, time } from './measure.mjs';

export const target = 1.3;
const ROUNDS = Number(process.env.GITTRACE_BENCH_ROUNDS ?? 60);
const HOOKS = ['post-commit', 'post-applypatch', 'post-checkout', 'post-merge', 'post-rewrite', 'pre-push'];

export async function bench() {
  const box = sandbox('hooks');
  try {
    const [subject, baseline] = ['subject', 'baseline'].map((name) => repository(box, name));
    // it would flush meanwhile
    box.run('git', ['config', 'trace.recorder', 'off'], { cwd: subject });
    box.trace(subject, 'init');
    for (const hook of HOOKS) {
      const path = join(baseline, '.git/hooks', hook);
      writeFileSync(path, '#!/bin/sh\nexit 0\n');
      chmodSync(path, 0o755);
    }
    const git = (path, ...args) => box.run('git', args, { cwd: path });
    const rows = [];
    const row = async (what, rounds, run, after = () => {}) => {
      const measure = async (path, round) => {
        const took = await time(() => run(path, round));
        after(path);
        // a spool that grows is not what is measured
        const spool = join(path, '.git/trace/spool');
        if (path === subject) for (const name of readdirSync(spool)) rmSync(join(spool, name));
        return took;
      };
      const result = await paired(
        rounds,
        (round) => measure(subject, round),
        (round) => measure(baseline, round),
      );
      rows.push({ id: 'h', what: `${what} with all our hooks ÷ with empty sh hooks`, unit: 'ms', target, ...result });
    };
    await row('`git commit`', ROUNDS, (path) => git(path, 'commit', '-q', '--allow-empty', '-m', 'm'));
    await row('`git checkout`', ROUNDS, (path, round) => git(path, 'checkout', '-q', round % 2 === 0 ? 'other' : 'main'));
    await row(
      '`git rebase` of 15 commits',
      Math.ceil(ROUNDS / 3),
      (path) => git(path, 'rebase', '-q', 'onto', 'topic'),
      (path) => git(path, 'checkout', '-q', 'before') && git(path, 'branch', '-f', 'topic', 'before'),
    );
    return rows;
  } finally {
    box.remove();
  }
}

/** 200 files; `other` differs in ten of them, `topic` is 15 commits to be put onto `onto`. */
function repository(box, name) {
  const path = join(box.path, name);
  const git = (...args) => box.run('git', args, { cwd: path });
  const write = (file, text) => writeFileSync(join(path, file), text);
  box.git('init', '-q', name);
  for (let i = 0; i < 200; i++) write(`file-${i}`, `${i}\n`);
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  git('checkout', '-q', '-b', 'other');
  for (let i = 0; i < 10; i++) write(`file-${i}`, 'other\n');
  git('commit', '-q', '-a', '-m', 'other');
  git('checkout', '-q', '-b', 'before', 'main');
  for (let i = 0; i < 15; i++) {
    write(`topic-${i}`, `${i}\n`);
    git('add', '-A');
    git('commit', '-q', '-m', `topic ${i}`);
  }
  git('branch', 'topic');
  git('checkout', '-q', '-b', 'onto', 'main');
  write('onto', 'onto\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'onto');
  git('checkout', '-q', 'main');
  return path;
}
