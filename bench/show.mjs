/** (d) `show --json` of 100,000 events, against `git cat-file --batch` of the same segments and JSON.parse of their lines. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents, paired, sandbox, spoolText, time } from './measure.mjs';

export const target = 2;

export async function bench() {
  const box = sandbox('show');
  try {
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
    writeFileSync(join(work, '.git/trace/spool/bench-999999-a.ndjson'), spoolText(makeEvents(100_000, 'bench')));
    box.trace(work, 'flush');
    const ref = 'refs/traces/heads/main/journal';
    const oids = box
      .git('-C', 'work', 'ls-tree', '-r', ref)
      .split('\n')
      .filter((line) => line.endsWith('.ndjson'))
      .map((line) => line.split(/\s/)[2]);
    const baseline = () =>
      time(() => {
        const bytes = box.run('git', ['cat-file', '--batch'], { cwd: work, input: `${oids.join('\n')}\n` });
        let parsed = 0;
        for (let at = 0; at < bytes.length; ) {
          const end = bytes.indexOf(0x0a, at);
          const size = Number(bytes.toString('latin1', at, end).split(' ')[2]);
          for (const line of bytes.toString('utf8', end + 1, end + 1 + size).split('\n'))
            if (line !== '') parsed += JSON.parse(line) ? 1 : 0;
          at = end + 1 + size + 1;
        }
        if (parsed < 100_000) throw new Error(`the baseline read ${parsed} lines`);
      });
    const result = await paired(5, () => time(() => box.trace(work, 'show', '--json')), baseline);
    return [
      {
        id: 'd',
        what: '`show --json` of 100,000 events ÷ `git cat-file --batch` of the same segments and JSON.parse',
        unit: 'ms',
        target,
        ...result,
      },
    ];
  } finally {
    box.remove();
  }
}
