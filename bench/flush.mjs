/** (c) Flush of 100,000 events, as a whole process, against sha-256 and JSON.stringify of the same. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents, paired, sandbox, spoolText, time } from './measure.mjs';

export const target = 4;
const COUNT = 100_000;

export async function bench() {
  const box = sandbox('flush');
  try {
    const events = makeEvents(COUNT, 'bench');
    const text = spoolText(events);
    const work = join(box.path, 'work');
    const subject = async () => {
      rmSync(work, { recursive: true, force: true });
      box.git('init', '-q', 'work');
      mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
      writeFileSync(join(work, '.git/trace/spool/bench-999999-a.ndjson'), text);
      return time(() => box.trace(work, 'flush'));
    };
    const baseline = () =>
      time(() => {
        for (const event of events) createHash('sha256').update(JSON.stringify(event)).digest('hex');
      });
    const result = await paired(5, subject, baseline);
    return [{ id: 'c', what: 'flush of 100,000 events ÷ sha-256 and JSON.stringify of the same', unit: 'ms', target, ...result }];
  } finally {
    box.remove();
  }
}
