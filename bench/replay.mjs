/**
 * (f) `git trace show --follow`: from the append of an event to its row, from the start to the first row, and memory while
 * 10,000 events come and are flushed. Milliseconds and bytes are given against one of them: the bounds are absolute.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeEvents, median, PROGRAM, paired, randomness, sandbox, spoolText, time } from './measure.mjs';

export const target = { median: 15, late: 50, start: 6, memory: 1.25 };
/** Events whose way is measured. */
const MEASURED = 300;
/** Events before these. */
const WARM = 20;
/** Events that come while memory is looked at, and after how many it is looked at first. */
const [EARLY, LATE] = [1_000, 10_000];
/** What counts is what is kept, not what was not collected yet. */
export const SMALL_HEAP = ['--max-semi-space-size=2', '--max-old-space-size=64'];
/** Events between two flushes. */
const FLUSHED = 500;

export async function bench() {
  const box = sandbox('replay');
  try {
    const work = repositoryWith(box, 'work', 600);
    const started = () =>
      paired(
        15,
        () => firstFrame(box, work, ['show', '--follow']),
        () => time(() => box.run(process.execPath, ['-e', '0'])),
      );
    const start = await started();
    const ways = await follow(box, work, visible);
    const waiting = await started();
    const memory = await follow(box, repositoryWith(box, 'long', 10), remembered);
    const row = (what, unit, limit, result) => ({ id: 'f', what, unit, target: limit, ...result });
    return [
      row('append → visible through `show --follow`, median ÷ 1 ms', 'ms', target.median, against(median(ways), 1)),
      row('the same, 95th percentile ÷ 1 ms', 'ms', target.late, against(percentile(ways, 0.95), 1)),
      row('start to first frame of `show --follow` of 600 events ÷ `node -e 0`', 'ms', target.start, start),
      row(`the same, with ${WARM + MEASURED} more that wait for a flush`, 'ms', target.start, waiting),
      row(
        'memory of `show --follow` (a heap of 64 MiB) after 10,000 live events ÷ after 1,000',
        'bytes',
        target.memory,
        against(memory.late, memory.early),
      ),
    ];
  } finally {
    box.remove();
  }
}

/** A repository with a trace of so many events of `main`. */
export function repositoryWith(box, name, count) {
  box.git('init', '-q', name);
  const work = join(box.path, name);
  box.run('git', ['commit', '-q', '--allow-empty', '-m', 'first'], { cwd: work });
  mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
  writeFileSync(join(work, '.git/trace/spool/bench-999999-a.ndjson'), spoolText(makeEvents(count, 'bench')));
  box.trace(work, 'flush');
  return work;
}

/** Milliseconds from the start of a command that goes on to the first that it prints. */
export async function firstFrame(box, work, args) {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: work, env: box.env, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const took = performance.now() - began;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  return took;
}

export function percentile(values, part) {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1];
}

export function against(subject, baseline) {
  return { subject, baseline, ratio: subject / baseline };
}

/** The spool file of a producer that goes on. */
export function liveSpool(work) {
  const file = join(work, `.git/trace/spool/live-${process.pid}-b.ndjson`);
  return {
    append(text) {
      const record = { place: { branch: 'main' }, type: 'annotation', ts: new Date().toISOString(), payload: { text } };
      appendFileSync(file, `\n${JSON.stringify(record)}\n`);
    },
  };
}

/** Runs a measurement beside a follower. */
async function follow(box, work, measure) {
  const child = spawn(process.execPath, [...SMALL_HEAP, PROGRAM, 'show', '--follow', '--limit', '1'], {
    cwd: work,
    env: box.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let look = () => {};
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    text = (text + piece).slice(-4_096);
    look();
  });
  const sees = (wanted) =>
    new Promise((resolve) => {
      look = () => text.includes(wanted) && resolve(performance.now());
      look();
    });
  try {
    await sees('showing 1 of');
    return await measure({ box, work, child, sees });
  } finally {
    child.kill('SIGKILL');
  }
}

async function visible({ work, sees }) {
  const random = randomness(7);
  const spool = liveSpool(work);
  const ways = [];
  for (let i = -WARM; i < MEASURED; i++) {
    // nobody records at the pace of our clock
    await wait(5 + random() * 25);
    const wanted = `event ${i} is here`;
    const seen = sees(wanted);
    const began = performance.now();
    spool.append(wanted);
    const took = (await seen) - began;
    if (i >= 0) ways.push(took);
  }
  return ways;
}

/** Bytes that a process has after some live events and after many, flushed meanwhile. */
export async function remembered({ box, work, child, sees }) {
  const spool = liveSpool(work);
  let early = 0;
  for (let i = 1; i <= LATE; i++) {
    spool.append(`event ${i} is here, and says a little more than that, as events do`);
    if (i % FLUSHED !== 0) continue;
    await sees(`event ${i} is here`);
    box.trace(work, 'flush');
    if (i === EARLY) early = memoryOf(child.pid);
  }
  return { early, late: memoryOf(child.pid) };
}

/** Bytes of a process that are in memory. */
function memoryOf(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
