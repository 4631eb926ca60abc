/**
 * (u) Union of three journals of 100,000 events each, of different clones, as a push and a fetch do it: from the two
 * commits to the local ref, against one `git commit-tree` and `git update-ref`.
 */
import { join } from 'node:path';
import { bundled } from '../scripts/bundled.mjs';
import { makeEvents, PROGRAM, paired, sandbox, time } from './measure.mjs';

export const target = 3;
const EACH = 100_000;

export async function bench() {
  const { Context, integrate, journalRef } = await bundled(
    "export { Context } from './src/cli/context.ts'; export { integrate } from './src/sync/integrate.ts'; export { journalRef } from './src/core/trace-name.ts';",
  );
  const box = sandbox('union');
  const output = { out: () => {}, say: () => {}, isTerminal: false, color: false, columns: 80 };
  try {
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    const tips = ['a', 'b', 'c'].map((name, i) => {
      box.git('init', '-q', name);
      const at = join(box.path, name);
      // sessions as they are in life: some hundred events each
      for (let part = 0; part < 4; part++) {
        const events = makeEvents(EACH / 4, 'x', 1 + part + 10 * i).map(({ ts, type, payload }, n) => ({
          ts,
          type,
          payload,
          session: `s${part}-${n >> 9}`,
        }));
        box.run(process.execPath, [PROGRAM, 'ingest', '-'], { cwd: at, input: JSON.stringify({ pr: 42, events }) });
      }
      box.git('-C', work, 'fetch', '-q', at, `refs/traces/42/journal:refs/bench/${name}`);
      return box.git('-C', work, 'rev-parse', `refs/bench/${name}`).trim();
    });
    const ref = journalRef('42');
    const context = new Context({ cwd: work, env: box.env, output, interactive: false });
    const ports = await context.flushPorts();
    const subject = async () => {
      box.git('-C', work, 'update-ref', ref, tips[0]);
      const took = await time(async () => {
        for (const tip of tips.slice(1)) await integrate(ports, '42', tip, 'origin');
      });
      return took / 2; // of one of the two unions
    };
    const tree = box.git('-C', work, 'rev-parse', `${tips[0]}^{tree}`).trim();
    const baseline = () =>
      time(() => {
        const commit = box.git('-C', work, 'commit-tree', '-p', tips[0], '-m', 'm', tree).trim();
        box.git('-C', work, 'update-ref', 'refs/bench/base', commit);
      });
    const result = await paired(15, subject, baseline);
    await context.close();
    return [
      {
        id: 'u',
        what: 'uniting 100,000 events of other sessions with 100,000 and then 200,000, each ÷ one `git commit-tree` and `git update-ref`',
        unit: 'ms',
        target,
        ...result,
      },
    ];
  } finally {
    box.remove();
  }
}
