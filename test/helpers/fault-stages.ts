/**
 * Stages on which one system call fails: a command, the repositories it works on, and what must be true of them once it
 * was run again without a fault. Looks at the result through plain git, except for `git trace verify`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from './clone.ts';
import { type Doing, FAULTS, type Fault, keep, listPoints, type Point, type Struck, strike } from './faults.ts';
import { readTexts } from './journal.ts';
import type { Outcome, TestRepository } from './repository.ts';

export interface Stage extends Doing {
  /** Repositories that hold every event in the end. */
  readonly holders: readonly TestRepository[];
  /** The texts of all notes, by trace. */
  readonly expected: Readonly<Record<string, readonly string[]>>;
  /** What the command drops from trace 42: it is in no holder any more, and with `history` in no commit of theirs. */
  readonly gone?: { readonly text: string; readonly history: boolean };
  /** How the command may end when it finds all done; 0 unless told. */
  readonly ends?: readonly number[];
  /** What is run after it, and must end with 0. */
  readonly last?: readonly string[];
}

/** Which of the points are struck: all of them, or a sample by a seed that is printed. */
export interface Extent {
  readonly all: boolean;
  readonly seed: number;
}

/** The extent that the environment asks for: `GITTRACE_FAULT=all`, or `GITTRACE_TEST_SEED=<number>` for the sample of a former run. */
export const EXTENT: Extent = {
  all: process.env['GITTRACE_FAULT'] === 'all',
  seed: Number(process.env['GITTRACE_TEST_SEED'] ?? Date.now() % 1_000_000),
};

/** Milliseconds for a test of one stage. */
export const LIMIT = EXTENT.all ? 5_400_000 : 300_000;

/** Milliseconds in which a command that finds what a dead one left behind must be done. */
const RECOVERY_MS = 15_000;
/** Runs until a fault hits: what a process writes elsewhere in between is not always the same. */
const TRIES = 3;
/** So many times the faults that are wanted are drawn at most. */
const MOST_DRAWN = 4;

/** Puts notes into the spool, each in a session of its own, as processes do that are gone by now. */
export function spool(at: TestRepository, trace: string, texts: readonly string[], sessions = 1): void {
  const folder = join(at.path, '.git/trace/spool');
  mkdirSync(folder, { recursive: true });
  const rows = texts.map((text, i) => ({
    place: { trace },
    session: { id: `s${i % sessions}` },
    type: 'annotation',
    ts: new Date(Date.UTC(2026, 9, 1, 9, 0, i)).toISOString(),
    payload: { text },
  }));
  const name = `load-4194399-${trace.replaceAll('/', '-')}${texts.length}.ndjson`; // no process has that number
  writeFileSync(join(folder, name), rows.map((row) => `\n${JSON.stringify(row)}\n`).join(''));
}

/** Strikes the points of a stage, and tells all that was wrong: with what was said, with what was left, with the run after it. */
export function strikeAll(title: string, stage: Stage, count: number, { all, seed }: Extent): readonly string[] {
  const restore = keep(stage.all);
  const points = listPoints(stage);
  const cases = shuffled(
    points.flatMap((point) => FAULTS.map((fault) => ({ point, fault }))),
    `${seed} ${title}`,
  );
  const wrong: string[] = [];
  const missed: string[] = [];
  let hits = 0;
  let struckAt = 0;
  // how often git reads and writes a pipe is not always the same: for a fault that hits nothing another is drawn
  for (const { point, fault } of cases) {
    if (!all && (hits === count || struckAt === MOST_DRAWN * count)) break;
    struckAt++;
    let struck: Struck | undefined;
    for (let tries = 0; tries < TRIES && struck?.hit !== true; tries++) {
      restore();
      struck = strike(stage, point, fault);
    }
    if (struck === undefined) continue;
    const { outcome, hit } = struck;
    if (hit) hits++;
    else missed.push(describe(point, fault));
    const found = [
      ...(hit ? faceOf(outcome, point, fault) : []),
      ...(outcome.status === 0 ? contentsOf(stage, 'after it said it was done') : []),
      ...recover(stage),
    ];
    if (found.length === 0) continue;
    const said = `  it said (${outcome.status ?? outcome.signal}): ${outcome.stderr.trim()}`;
    wrong.push([describe(point, fault), said, ...found.map((one) => `  ${one}`)].join('\n'));
    process.stderr.write(`${title}: ${wrong.at(-1)}\n`);
  }
  const from = all ? '' : `, drawn with GITTRACE_TEST_SEED=${seed}`;
  process.stderr.write(
    `${title}: ${struckAt} of ${points.length * FAULTS.length} faults at ${points.length} calls, ${hits} of them hit${from}\n`,
  );
  if (missed.length > 0) process.stderr.write(`${title}: another call was struck than ${missed.join(', ')}\n`);
  if (hits < Math.min(count, cases.length) / 2) wrong.push(`only ${hits} of ${struckAt} faults were hit`);
  return wrong;
}

function describe({ process, call, nth, path }: Point, fault: Fault): string {
  return `${fault} at ${process} ${call} ${nth} '${path}'`;
}

/** What is wrong with how a command took a fault: it must end by itself and say what is the matter, in words for people. */
function faceOf({ status, signal, stderr }: Outcome, { process }: Point, fault: Fault): string[] {
  if (stderr.startsWith('it took longer')) return ['it hung'];
  if (fault === 'SIGKILL' && process === 'node') return signal === 'SIGKILL' ? [] : ['it was not killed'];
  if (status === null) return [`it was ended by ${signal}`];
  const wrong: string[] = [];
  if (status !== 0 && !/^(error|warning): \S/m.test(stderr)) wrong.push('it failed without a word');
  if (stderr.includes('this is a mistake in git-trace')) wrong.push('it took the fault for a mistake of its own');
  if (/^\s+at .*[(:]|node:internal|UnhandledPromise/m.test(stderr)) wrong.push('it showed a stack trace');
  return wrong;
}

/** What is wrong once the command was run again. */
function recover(stage: Stage): string[] {
  const { at, args, input, all } = stage;
  const left = all.filter((one) => one !== at).flatMap(locksOf);
  const run = (): Outcome => at.traceWith({ ...(input === undefined ? {} : { input }), timeout: 90_000 }, ...args);
  const began = performance.now();
  let again = run();
  const took = performance.now() - began;
  const wrong: string[] = [];
  const { ends = [0] } = stage;
  const isDone = ({ status }: Outcome): boolean => status !== null && ends.includes(status);
  if (!isDone(again) && left.length > 0) {
    // a lock that a killed git left in the remote is its owner's to remove; until then nothing may be lost
    wrong.push(...contentsOf({ ...stage, holders: [at] }, 'while the remote is locked'));
    for (const lock of left) rmSync(lock, { force: true });
    again = run();
  }
  if (took > RECOVERY_MS) wrong.push(`the next run took ${Math.round(took)} ms`);
  if (!isDone(again)) wrong.push(`the next run ended with ${again.status}: ${again.stderr.trim()}`);
  if (stage.last !== undefined) {
    for (const lock of left) rmSync(lock, { force: true });
    const { status, stderr } = at.trace(...stage.last);
    if (status !== 0) wrong.push(`'${stage.last.join(' ')}' ended with ${status}: ${stderr.trim()}`);
  }
  wrong.push(...contentsOf(stage, 'after the next run'), ...remainsOf(stage));
  for (const lock of locksOf(at)) wrong.push(`a lock stayed: ${lock.slice(at.path.length + 1)}`);
  for (const trace of Object.keys(stage.expected)) {
    const { status, stdout, stderr } = at.trace('verify', trace.replace(/^heads\//, ''));
    if (status !== 0) wrong.push(`verify ${trace} ended with ${status}: ${stdout}${stderr}`.trim());
  }
  for (const one of all) {
    const { status, stdout, stderr } = one.tryGit('fsck', '--strict', '--no-progress', '--no-dangling');
    if (status !== 0) wrong.push(`git fsck in '${one.path.split('/').at(-1)}' ended with ${status}: ${stdout}${stderr}`);
  }
  return wrong;
}

/** What is lost or doubled. */
function contentsOf({ holders, expected }: Stage, when: string): string[] {
  return holders.flatMap((holder) =>
    Object.entries(expected).flatMap(([trace, texts]) => {
      const found = notesOf(holder, trace);
      const wrong = [...found].flatMap(([place, there]) =>
        new Set(there).size < there.length ? [`${when} ${place} has doubles: ${there}`] : [],
      );
      const together = new Set([...found.values()].flat());
      const lost = texts.filter((text) => !together.has(text));
      if (lost.length > 0) wrong.push(`${when} '${holder.path.split('/').at(-1)}' lacks ${lost} of ${trace}`);
      return wrong;
    }),
  );
}

/** Where that is which the command was to drop. */
function remainsOf({ holders, gone }: Stage): string[] {
  if (gone === undefined) return [];
  const { text, history } = gone;
  return holders.flatMap((holder) => {
    const objects = 'git rev-list --objects --all | cut -d " " -f 1 | git cat-file --batch';
    const there = history
      ? holder.run('sh', ['-c', objects]).stdout.includes(text)
      : [...notesOf(holder, '42').values()].flat().includes(text);
    return there ? [`after the next run '${holder.path.split('/').at(-1)}' still has ${text}`] : [];
  });
}

/** The texts of the notes of a trace, by where they are: its journal, its inboxes, the archives. */
function notesOf(at: TestRepository, trace: string): Map<string, string[]> {
  const refs = at.git('for-each-ref', '--format=%(refname)', `refs/traces/${trace}`, 'refs/traces/archive').split('\n').filter(Boolean);
  const places = refs.map((ref) => (ref.startsWith('refs/traces/archive/') ? `${ref}:${trace}` : ref));
  const there = places.filter((place) => at.tryGit('rev-parse', '--quiet', '--verify', place).status === 0);
  return new Map(there.map((place) => [place, readTexts(at, place)]));
}

function locksOf(at: TestRepository): string[] {
  const folder = at.path.endsWith('.git') ? at.path : join(at.path, '.git');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name));
}

function shuffled<T>(items: readonly T[], seed: string): T[] {
  const random = seeded(seed);
  return items
    .map((item) => ({ item, key: random.next(2 ** 40) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
