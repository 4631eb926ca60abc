/** (a) `git commit` with our hooks, against `git commit` with an empty sh hook. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paired, sandbox, time } from './measure.mjs';

export const target = 1.3;

export async function bench() {
  const box = sandbox('commit');
  try {
    const repositories = ['subject', 'baseline'].map((name) => {
      box.git('init', '-q', name);
      const path = join(box.path, name);
      for (let i = 0; i < 200; i++) writeFileSync(join(path, `file-${i}`), `${i}\n`);
      box.git('-C', name, 'add', '-A');
      box.git('-C', name, 'commit', '-q', '-m', 'first');
      return path;
    });
    const [subject, baseline] = repositories;
    box.trace(subject, 'init');
    const hook = join(baseline, '.git/hooks/post-commit');
    mkdirSync(join(baseline, '.git/hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    chmodSync(hook, 0o755);
    const commit = (path) => time(() => box.run('git', ['commit', '-q', '--allow-empty', '-m', 'm'], { cwd: path }));
    const result = await paired(
      60,
      () => commit(subject),
      () => commit(baseline),
    );
    rmSync(subject, { recursive: true });
    return [{ id: 'a', what: '`git commit` with our hook ÷ with an empty sh hook', unit: 'ms', target, ...result }];
  } finally {
    box.remove();
  }
}
