/**
 * (m) A trace of a million events: appending, pushing the difference, reading its newest events, streaming it whole; each
 * against the same of an empty or small trace.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { Importer, writeJournal } from './large.mjs';
import { makeEvents, PROGRAM, paired, sandbox, spoolText, time } from './measure.mjs';

export const target = { append: 2, push: 3, limit: 3, memory: 300 };
const COUNT = 1_000_000;
const REF = 'refs/traces/heads/main/journal';

export async function bench() {
  const box = sandbox('scale');
  try {
    const large = await repositoryOf(box, 'large', COUNT);
    const small = await repositoryOf(box, 'small', 1_000);
    const row = (what, limit, result) => ({ id: 'm', what, unit: 'ms', target: limit, ...result });
    const limited = await paired(
      5,
      () => time(() => box.trace(large, 'show', '--limit', '100')),
      () => time(() => box.trace(small, 'show', '--limit', '100')),
    );
    const append = await paired(
      7,
      (round) => appended(box, large, 'main', round),
      (round) => appended(box, large, `empty-${round}`, 100 + round),
    );
    const mixed = await paired(
      5,
      async (round) => {
        await appended(box, large, 'main', 200 + round);
        return time(() => box.trace(large, 'show', '--limit', '100'));
      },
      async (round) => {
        await appended(box, small, 'main', 200 + round);
        return time(() => box.trace(small, 'show', '--limit', '100'));
      },
    );
    const pushes = pushed(box, large);
    const peak = await peakMemory(box, large);
    return [
      row('append of 10 events to a trace of 1,000,000 ÷ to an empty one', target.append, append),
      {
        id: 'm',
        what: 'bytes that a push of these 10 sends ÷ zlib of their lines',
        unit: 'bytes',
        target: target.push,
        ...pushes,
      },
      row('`show --limit 100` of 1,000,000 events ÷ of 1,000', target.limit, limited),
      row('the same, each time after an append of 10 events', target.limit, mixed),
      {
        id: 'm',
        what: 'peak memory of `show --json` of 1,000,000 events ÷ 1 MiB',
        unit: 'bytes',
        target: target.memory,
        subject: peak,
        baseline: 1_048_576,
        ratio: peak / 1_048_576,
      },
    ];
  } finally {
    box.remove();
  }
}

async function repositoryOf(box, name, count) {
  box.git('init', '-q', name);
  const path = join(box.path, name);
  const importer = new Importer(box, path);
  await writeJournal(importer, REF, count);
  await importer.end();
  mkdirSync(join(path, '.git/trace/spool'), { recursive: true });
  return path;
}

/** Events of ten minutes of work that come after all others. */
function ten(round) {
  return makeEvents(10, 'bash-5.2.15-77-1800000000', 5_000 + round).map((event, i) => ({
    ...event,
    ts: new Date(Date.UTC(2030, 0, 1) + round * 600_000 + i * 60_000).toISOString(),
  }));
}

/** Milliseconds that a flush of ten events takes. */
async function appended(box, work, branch, round) {
  writeFileSync(join(work, `.git/trace/spool/bench-999999-${round}.ndjson`), spoolText(ten(round), branch));
  return time(() => box.trace(work, 'flush'));
}

/** What `git push` sends of ten more events, counted between git and the remote. */
function pushed(box, work) {
  box.git('init', '-q', '--bare', 'remote.git');
  const sent = join(box.path, 'sent');
  const counted = join(box.path, 'receive-pack');
  writeFileSync(counted, `#!/bin/sh\ntee '${sent}' | git receive-pack "$@"\n`, { mode: 0o755 });
  const push = () => box.git('-C', work, 'push', '-q', `--receive-pack=${counted}`, `file://${box.path}/remote.git`, `${REF}:${REF}`);
  push();
  const sizes = [];
  for (let round = 300; round < 305; round++) {
    writeFileSync(join(work, `.git/trace/spool/bench-999999-${round}.ndjson`), spoolText(ten(round)));
    box.trace(work, 'flush');
    push();
    const lines = ten(round).map(({ session, ts, type, payload }) => `${JSON.stringify({ payload, session, ts, type })}\n`);
    sizes.push({ subject: statSync(sent).size, baseline: deflateSync(lines.join('')).length });
  }
  sizes.sort((a, b) => a.subject / a.baseline - b.subject / b.baseline);
  const { subject, baseline } = sizes[sizes.length >> 1];
  return { subject, baseline, ratio: subject / baseline };
}

/** Bytes that the process had in memory at most while it wrote the document. */
async function peakMemory(box, work) {
  const child = spawn(process.execPath, [PROGRAM, 'show', '--json'], { cwd: work, env: box.env, stdio: ['ignore', 'pipe', 'inherit'] });
  let peak = 0;
  let bytes = 0;
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
    peak = Math.max(peak, highWater(child.pid));
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0 || bytes < COUNT * 200) throw new Error(`show --json ended with ${status} after ${bytes} bytes`);
  return peak;
}

function highWater(pid) {
  try {
    return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has just ended
  }
}
