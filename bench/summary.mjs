/** (s) `git trace summary` of 10,000 events, the whole process, against an empty node. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents, PROGRAM, paired, sandbox, spoolText, time } from './measure.mjs';

export const target = 5;

export async function bench() {
  const box = sandbox('summary');
  try {
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
    writeFileSync(join(work, '.git/trace/spool/bench-999999-a.ndjson'), spoolText(makeEvents(10_000, 'bench')));
    box.trace(work, 'flush');
    const node = (...args) => time(() => box.run(process.execPath, args, { cwd: work }));
    const result = await paired(
      15,
      () => node(PROGRAM, 'summary', '--host', 'github'),
      () => node('-e', '0'),
    );
    return [{ id: 's', what: '`git trace summary` of 10,000 events ÷ `node -e 0`', unit: 'ms', target, ...result }];
  } finally {
    box.remove();
  }
}
