/**
 * (b) What our hook adds to `git push` with 20 new events in a 600-event trace, to a local bare repository, against one
 * more plain push and an empty node.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents, median, sandbox, spoolText, time } from './measure.mjs';

export const target = 1.5;
const ROUNDS = 25;

export async function bench() {
  const box = sandbox('push');
  try {
    box.git('init', '-q', '--bare', 'remote.git');
    box.git('clone', '-q', 'remote.git', 'work');
    const work = join(box.path, 'work');
    const git = (...args) => box.run('git', args, { cwd: work });
    git('commit', '-q', '--allow-empty', '-m', 'first');
    box.trace(work, 'init');
    const events = makeEvents(600 + 20 * (ROUNDS + 2), 'bench');
    const spool = (name, some) => writeFileSync(join(work, `.git/trace/spool/bench-999999-${name}.ndjson`), spoolText(some));
    spool('first', events.splice(0, 600));
    git('push', '-q', 'origin', 'main');
    box.trace(work, 'link', '42');
    box.trace(work, 'sync');
    const [added, base] = [[], []];
    for (let i = -2; i < ROUNDS; i++) {
      git('commit', '-q', '--allow-empty', '-m', 'm');
      const plain = await time(() => git('push', '-q', '--no-verify', 'origin', 'main'));
      const node = await time(() => box.run(process.execPath, ['-e', '0']));
      git('commit', '-q', '--allow-empty', '-m', 'm');
      spool(`round${i + 2}`, events.splice(0, 20));
      const hooked = await time(() => git('push', '-q', 'origin', 'main'));
      if (i < 0) continue;
      added.push(hooked - plain);
      base.push(plain + node);
    }
    const [subject, baseline] = [median(added), median(base)];
    return [
      {
        id: 'b',
        what: 'what our hook adds to `git push` with 20 new events ÷ (a plain push + `node -e 0`)',
        unit: 'ms',
        target,
        subject,
        baseline,
        ratio: subject / baseline,
      },
    ];
  } finally {
    box.remove();
  }
}
