/**
 * (d, j) Many at once on one pull request, over each transport: 8 clones × 50 rounds, and 50 jobs that deliver once. The
 * p95 of a delivery (`git trace push`, a process of its own) against the median of one that nobody contends for: the same
 * crowd at the same pace, each on a pull request of its own, so that both share the machine with as many. Fails if an
 * event is lost or doubled, or a journal is tried more than three times.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { bundled } from '../scripts/bundled.mjs';
import { median, PROGRAM, randomness, sandbox, time } from './measure.mjs';

export const target = 4;
const CLONES = 8;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 50);
const JOBS = 50;
/** The pull request that all work on. */
const SHARED = '42';
/** Turns that the rounds are taken in. */
const BLOCKS = 5;
/** Milliseconds of work between two deliveries of a clone, at most; half of it on average. */
const PAUSE = 4_000;
const TRIES = 3;
const TRANSPORTS = ['file', 'http-backend', 'ssh'];

/** Notes what became of each push of a journal: what is refused early the remote's hooks never see. */
const NOTING_GIT = `#!/bin/sh
case "$* " in
  *' --porcelain '*':refs/traces/'*'/journal '*) ;;
  *) exec "$BENCH_GIT" "$@" ;;
esac
"$BENCH_GIT" "$@" && { printf + >>"$BENCH_TRIES"; exit 0; }
status=$?
printf - >>"$BENCH_TRIES"
exit $status
`;

export async function bench() {
  const { startHttp, startSsh } = await bundled("export { startHttp, startSsh } from './test/helpers/servers.ts'");
  const asked = process.env.BENCH_TRANSPORTS?.split(',') ?? TRANSPORTS;
  const rows = [];
  for (const transport of asked) {
    for (const [id, crowd] of [
      ['d', clones],
      ['j', jobs],
    ]) {
      const box = sandbox(`sync-${transport}`);
      let server;
      try {
        box.env.BENCH_GIT = box.run('sh', ['-c', 'command -v git']).toString().trim();
        mkdirSync(join(box.path, 'bin'));
        writeFileSync(join(box.path, 'bin/git'), NOTING_GIT, { mode: 0o755 });
        box.git('init', '-q', '--bare', 'remote.git');
        const remote = join(box.path, 'remote.git');
        box.git('-C', remote, 'config', 'http.receivepack', 'true');
        let url = `file://${remote}`;
        if (transport === 'http-backend') {
          server = await startHttp(remote);
          url = server.url;
        }
        if (transport === 'ssh') {
          mkdirSync(join(box.path, 'sshd'));
          server = await startSsh(join(box.path, 'sshd'), remote);
          url = server.url;
          box.env.GIT_SSH_COMMAND = server.command();
        }
        const { what, together, apart } = await crowd(box, url);
        const late = [...together].sort((a, b) => a - b)[Math.ceil(together.length * 0.95) - 1];
        const alone = median(apart);
        process.stderr.write(
          `${transport} ${id}: median ${median(together).toFixed(0)} p95 ${late.toFixed(0)} alone ${alone.toFixed(0)}\n`,
        );
        rows.push({ id, what: `${what}, over ${transport}`, unit: 'ms', target, subject: late, baseline: alone, ratio: late / alone });
      } finally {
        server?.close();
        box.remove();
      }
    }
  }
  return rows;
}

async function clones(box, url) {
  const crowd = Array.from({ length: CLONES }, (_, i) => newRepository(box, url, `clone-${i}`));
  const random = randomness(8);
  const [together, apart] = [[], []].map((times) => ({ times, deliveries: [] }));
  const wanted = [];
  let notes = 0;
  const work = async (trace, rounds, { times, deliveries }) => {
    await Promise.all(
      crowd.map(async (at, i) => {
        for (let round = 0; round < rounds; round++) {
          await wait(random() * PAUSE);
          const note = `note ${notes++}`;
          if (trace(i) === SHARED) wanted.push(note);
          await record(box, at, trace(i), note);
          deliveries.push(await deliver(box, at, trace(i), times));
        }
      }),
    );
  };
  // in turn, so that other work of the machine burdens both alike
  for (let block = 0; block < BLOCKS; block++) {
    await work((i) => String(100 + i), ROUNDS / BLOCKS / 2, apart);
    await work(() => SHARED, ROUNDS / BLOCKS, together);
  }
  return {
    what: `p95 of a delivery, ${CLONES} clones × ${ROUNDS} rounds on one pull request (${await outcome(box, url, wanted, together.deliveries)}) ÷ the median of one, each on a pull request of its own`,
    together: together.times,
    apart: apart.times,
  };
}

async function jobs(box, url) {
  const work = async (name, trace) => {
    const crowd = Array.from({ length: JOBS }, (_, i) => newRepository(box, url, `${name}-${i}`));
    for (const [i, at] of crowd.entries()) await record(box, at, trace(i), `job ${i}`);
    const times = [];
    return { deliveries: await Promise.all(crowd.map((at, i) => deliver(box, at, trace(i), times))), times };
  };
  const apart = await work('apart', (i) => String(100 + i));
  const together = await work('together', () => SHARED);
  const wanted = Array.from({ length: JOBS }, (_, i) => `job ${i}`);
  return {
    what: `p95 of a delivery, ${JOBS} jobs that start at the same moment on one pull request (${await outcome(box, url, wanted, together.deliveries)}) ÷ the median of one, each on a pull request of its own`,
    together: together.times,
    apart: apart.times,
  };
}

function newRepository(box, url, name) {
  box.git('init', '-q', name);
  box.git('-C', name, 'remote', 'add', 'origin', url);
  return join(box.path, name);
}

function record(box, at, trace, note) {
  const events = [{ ts: new Date().toISOString(), type: 'annotation', payload: { text: note } }];
  return run(box, at, ['ingest', '-'], JSON.stringify({ pr: Number(trace), session: 'bench', events }));
}

/** One delivery; how often the journal was tried, and what became of it. */
async function deliver(box, at, trace, times) {
  const tries = join(at, '.git/tries');
  writeFileSync(tries, '');
  let said;
  times.push(
    await time(async () => {
      said = await run(box, at, ['push', '--json', trace], '', { BENCH_TRIES: tries, PATH: `${box.path}/bin:${box.env.PATH}` });
    }),
  );
  // what comes after the first success folds what others had left in inboxes
  return { tries: readFileSync(tries, 'utf8').replace(/\+.*/, '+').length, how: JSON.parse(said).delivered[trace] };
}

async function run(box, cwd, args, input = '', env = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...box.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`git trace ${args.join(' ')} ended with ${child.exitCode}: ${errors}`);
  return out;
}

/** Every event once, within the tries, or it throws. */
async function outcome(box, url, wanted, deliveries) {
  const most = Math.max(...deliveries.map(({ tries }) => tries));
  if (most > TRIES) throw new Error(`a journal was tried ${most} times`);
  if (!existsSync(join(box.path, 'last'))) newRepository(box, url, 'last');
  const last = join(box.path, 'last');
  await run(box, last, ['sync', '42']); // folds what is in inboxes
  const lines = box
    .git('-C', last, 'ls-tree', '-r', '--format=%(objectname) %(path)', 'refs/traces/42/journal')
    .split('\n')
    .filter((line) => line.endsWith('.ndjson'))
    .flatMap((line) => box.git('-C', last, 'cat-file', 'blob', line.split(' ')[0]).trim().split('\n'));
  const found = lines.map((line) => JSON.parse(line)).flatMap(({ payload }) => (payload.text === undefined ? [] : [payload.text]));
  if (JSON.stringify(found.sort()) !== JSON.stringify([...wanted].sort()))
    throw new Error(`of ${wanted.length} events there are ${new Set(found).size}, in ${found.length} lines`);
  if (box.git('-C', 'remote.git', 'for-each-ref', 'refs/traces/42/inbox') !== '') throw new Error('an inbox is left');
  const again = deliveries.filter(({ tries }) => tries > 1).length;
  const inbox = deliveries.filter(({ how }) => how === 'inbox').length;
  return `${found.length} of ${wanted.length} events arrived, once each; at most ${most} tries; ${again} deliveries tried again, ${inbox} by inbox`;
}
