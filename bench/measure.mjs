/** How the benches measure: subject and baseline in turn in one run, medians and their ratio. Never a single absolute time. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../bin/git-trace.js', import.meta.url));

/** Milliseconds that a function takes. */
export async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs subject and baseline in turn, after a warm-up, and gives the medians of their times. */
export async function paired(rounds, subject, baseline) {
  const times = { subject: [], baseline: [] };
  for (let i = -2; i < rounds; i++) {
    // who goes first changes, so that neither always meets the warmer cache
    const order = i % 2 === 0 ? ['subject', 'baseline'] : ['baseline', 'subject'];
    for (const who of order) {
      const took = await (who === 'subject' ? subject(i + 2) : baseline(i + 2));
      if (i >= 0) times[who].push(took);
    }
  }
  return { subject: median(times.subject), baseline: median(times.baseline), ratio: median(times.subject) / median(times.baseline) };
}

/** A temporary folder with its own HOME, so that no user configuration takes part. */
export function sandbox(name) {
  const path = mkdtempSync(join(tmpdir(), `git-trace-bench-${name}-`));
  const config = join(path, 'gitconfig');
  writeFileSync(
    config,
    '[user]\n\tname = A U Thor\n\temail = author@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[trace]\n\trecorder = false\n',
  );
  const env = { ...process.env, HOME: path, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' };
  // certificates that node reads at every start would make the baseline slower than the program is
  for (const key of Object.keys(env)) if (/^(GITTRACE_|GIT_DIR$|GIT_INDEX|GIT_WORK|NODE_EXTRA_CA_CERTS$)/.test(key)) delete env[key];
  const run = (command, args, options = {}) =>
    execFileSync(command, args, { cwd: path, env, stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1 << 30, ...options });
  return {
    path,
    env,
    run,
    git: (...args) => run('git', args).toString(),
    trace: (cwd, ...args) => run(process.execPath, [PROGRAM, ...args], { cwd }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Numbers from 0 to 1 that are the same in every run. */
export function randomness(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS =
  'expected received to equal undefined cannot read property of null at Object module src lib index line test suite ok not running build compile warning unused import value type string number function returned after ms in node internal process task queue'.split(
    ' ',
  );

/** Events as a working day leaves them: commands with output, edits, tests, commits; about 350 bytes each, compressing 3 : 1. */
export function makeEvents(count, session, seed = 42) {
  const random = randomness(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const hex = (digits) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const text = (length) => {
    let out = '';
    while (out.length < length) out += `${pick(WORDS)}${random() < 0.15 ? `\n${Math.floor(random() * 1000)}: ` : ' '}`;
    return out.slice(0, length);
  };
  let at = Date.UTC(2026, 10, 2, 9, 0, 0);
  return Array.from({ length: count }, (_, i) => {
    at += Math.floor(random() * 60_000);
    const file = `src/${pick(['core', 'api', 'ui', 'db'])}/${pick(WORDS)}-${Math.floor(random() * 40)}.ts`;
    const base = { session, ts: new Date(at).toISOString() };
    const kind = random();
    if (kind < 0.55) {
      const output = text(60 + Math.floor(random() * 300));
      return {
        ...base,
        type: 'command',
        payload: {
          command: pick([`npm test -- ${file}`, `git diff ${file}`, `grep -rn ${pick(WORDS)} src`, 'npm run build', `node ${file}`]),
          cwd: '',
          duration_ms: Math.floor(random() * 9000),
          exit_code: random() < 0.2 ? 1 : 0,
          output_bytes: output.length,
          output_sha256: hex(64),
          stdout_sample: output,
        },
      };
    }
    if (kind < 0.8)
      return {
        ...base,
        type: 'edit',
        payload: {
          change_summary: `+${Math.floor(random() * 30)}/-${Math.floor(random() * 20)}`,
          diff_snippet: `@@ -${i},7 +${i},9 @@\n ${text(80)}\n+${text(120)}\n-${text(60)}`,
          file,
        },
      };
    if (kind < 0.95)
      return {
        ...base,
        type: 'test',
        payload: {
          failed: Math.floor(random() * 3),
          failures: random() < 0.3 ? [`${file} > ${text(40)}`] : [],
          framework: 'vitest',
          passed: Math.floor(random() * 300),
          skipped: 0,
        },
      };
    return { ...base, type: 'commit', payload: { files_changed: 1 + Math.floor(random() * 9), message: text(50), sha: hex(40) } };
  });
}

/** Events as a node producer spools them. */
export function spoolText(events, branch = 'main') {
  return events
    .map(({ session, type, ts, payload }) => `\n${JSON.stringify({ place: { branch }, session: { id: session }, type, ts, payload })}\n`)
    .join('');
}
