/** (f) `git trace --version` and `git trace status`, as git starts them, against an empty node. */
import { symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PROGRAM, paired, sandbox, time } from './measure.mjs';

export const target = { version: 1.5, status: 4 };

export async function bench() {
  const box = sandbox('start');
  try {
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    box.run('git', ['commit', '-q', '--allow-empty', '-m', 'first'], { cwd: work });
    box.trace(work, 'init');
    box.trace(work, 'note', 'something');
    symlinkSync(PROGRAM, join(box.path, 'git-trace'));
    const env = { ...box.env, PATH: `${box.path}${delimiter}${box.env.PATH}` };
    const run = (...args) => time(() => box.run('git', ['trace', ...args], { cwd: work, env }));
    const baseline = () => time(() => box.run(process.execPath, ['-e', '0']));
    return [
      {
        id: 'f',
        what: '`git trace --version` ÷ `node -e 0`',
        unit: 'ms',
        target: target.version,
        ...(await paired(30, () => run('--version'), baseline)),
      },
      {
        id: 'f',
        what: '`git trace status` ÷ `node -e 0`',
        unit: 'ms',
        target: target.status,
        ...(await paired(30, () => run('status'), baseline)),
      },
    ];
  } finally {
    box.remove();
  }
}
