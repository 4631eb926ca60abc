/**
 * The commits of a trace, what led to each, and what became of it: replaced by an amend or a rebase, taken back by a
 * revert. Also which pushes were forced. Says nothing that no event says. Pure.
 */
import { listOf, memberOf, numberOf, textOf } from '../timeline/members.ts';
import { ofType, type Step } from './steps.ts';

export interface Commit {
  readonly step: Step;
  readonly sha: string;
  /** First line of the message; empty where the object was gone. */
  readonly subject: string;
  readonly additions: number;
  readonly deletions: number;
  readonly files: readonly string[];
  readonly filesChanged: number;
  /** The commit that stands in its place today, where it was replaced. */
  readonly replacedBy: string | undefined;
  /** By what: amend, rebase. */
  readonly replacedHow: string | undefined;
  /** The commit that it takes back. */
  readonly reverts: string | undefined;
  /** The commit that it was made of by an amend. */
  readonly amends: string | undefined;
  readonly isMerge: boolean;
  /** What happened since the commit before it. */
  readonly before: readonly Step[];
}

export interface History {
  readonly commits: readonly Commit[];
  /** How many commits stand today, as far as the trace knows. */
  readonly standing: number;
  readonly additions: number;
  readonly deletions: number;
  readonly files: number;
  readonly amends: number;
  /** Each rebase, with how many commits it replaced. */
  readonly rebases: readonly { readonly step: Step; readonly count: number }[];
  readonly pushes: number;
  /** Pushes that replaced commits which the trace knows. */
  readonly forced: readonly Step[];
  /** The newest commit that the trace knows of. */
  readonly head: string | undefined;
  /** Pushed commits that no event tells of. */
  readonly strangers: readonly string[];
  /** What stands in a commit's place today; itself, if nothing does. */
  nowOf(sha: string): string;
  /** What a commit was replaced by, if it was. */
  nextOf(sha: string): string | undefined;
}

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Longer chains of replaced commits are followed no further. */
const LONGEST_CHAIN = 10_000;

/** Reads commits, merges, rewrites and pushes. */
export function historyOf(steps: readonly Step[]): History {
  const { replaced, amends, rebases } = rewritesOf(steps);
  const nowOf = (sha: string): string => follow(sha, replaced);
  const made = ofType(steps, 'commit', 'merge').filter(
    ({ type, payload }) => type === 'commit' || memberOf(payload, 'fast_forward') !== true,
  );
  const known = new Set(made.map(({ payload }) => textOf(payload, 'sha')).filter((sha) => sha !== undefined));
  const amended = new Map([...replaced].flatMap(([old, { to, command }]) => (command === 'amend' ? [[to, old] as const] : [])));
  const commits: Commit[] = [];
  let from = 0;
  for (const step of made) {
    const sha = textOf(step.payload, 'sha');
    // a squash makes no commit
    if (sha === undefined || memberOf(step.payload, 'squash') === true) continue;
    const now = nowOf(sha);
    commits.push({
      step,
      sha,
      subject: ((textOf(step.payload, 'message') ?? '').trim().split('\n')[0] ?? '').trim(),
      additions: numberOf(step.payload, 'additions') ?? 0,
      deletions: numberOf(step.payload, 'deletions') ?? 0,
      files: listOf(step.payload, 'files').flatMap((file) => textOf(file, 'path') ?? []),
      filesChanged: numberOf(step.payload, 'files_changed') ?? 0,
      replacedBy: now === sha ? undefined : now,
      replacedHow: replaced.get(sha)?.command,
      reverts: textOf(step.payload, 'reverts'),
      amends: amended.get(sha),
      isMerge: step.type === 'merge',
      before: steps.slice(from, step.index),
    });
    from = step.index + 1;
  }
  // of a commit and what it was amended to, only the last one counts
  const counted = commits.filter(({ sha, isMerge }) => !isMerge && !hasKnownSuccessor(sha, replaced, known));
  const { pushes, forced, pushed } = pushesOf(steps, replaced);
  const standing = new Set(counted.map(({ sha }) => nowOf(sha)));
  const told = new Set([...known, ...[...replaced.values()].map(({ to }) => to)]);
  return {
    commits,
    standing: standing.size,
    additions: counted.reduce((sum, { additions }) => sum + additions, 0),
    deletions: counted.reduce((sum, { deletions }) => sum + deletions, 0),
    files: new Set(counted.flatMap(({ files }) => files)).size,
    amends,
    rebases,
    pushes,
    forced,
    head: headOf(steps, nowOf),
    strangers: [...pushed].filter((sha) => !told.has(sha)),
    nowOf,
    nextOf: (sha) => replaced.get(sha)?.to,
  };
}

interface Replacement {
  readonly to: string;
  readonly command: string;
}

function rewritesOf(steps: readonly Step[]): {
  replaced: Map<string, Replacement>;
  amends: number;
  rebases: { step: Step; count: number }[];
} {
  const replaced = new Map<string, Replacement>();
  let amends = 0;
  const rebases: { step: Step; count: number }[] = [];
  for (const step of ofType(steps, 'rewrite')) {
    const command = textOf(step.payload, 'command') ?? 'rewrite';
    const map = listOf(step.payload, 'map');
    if (command === 'amend') amends++;
    else rebases.push({ step, count: numberOf(step.payload, 'count') ?? map.length });
    for (const pair of map) {
      const [old, to] = [textOf(pair, 'old'), textOf(pair, 'new')];
      if (old !== undefined && to !== undefined && old !== to) replaced.set(old, { to, command });
    }
  }
  return { replaced, amends, rebases };
}

function follow(sha: string, replaced: ReadonlyMap<string, Replacement>): string {
  const seen = new Set([sha]);
  let now = sha;
  for (let next = replaced.get(now)?.to; next !== undefined && !seen.has(next); next = replaced.get(now)?.to) {
    now = next;
    seen.add(now);
    if (seen.size > LONGEST_CHAIN) break;
  }
  return now;
}

function hasKnownSuccessor(sha: string, replaced: ReadonlyMap<string, Replacement>, known: ReadonlySet<string>): boolean {
  const seen = new Set([sha]);
  for (
    let next = replaced.get(sha)?.to;
    next !== undefined && !seen.has(next) && seen.size < LONGEST_CHAIN;
    next = replaced.get(next)?.to
  ) {
    if (known.has(next)) return true;
    seen.add(next);
  }
  return false;
}

function pushesOf(
  steps: readonly Step[],
  replaced: ReadonlyMap<string, Replacement>,
): { pushes: number; forced: Step[]; pushed: Set<string> } {
  const forced: Step[] = [];
  const pushed = new Set<string>();
  let pushes = 0;
  for (const step of ofType(steps, 'push')) {
    pushes++;
    let isForced = false;
    for (const ref of listOf(step.payload, 'refs')) {
      const [before, after, name] = [textOf(ref, 'old'), textOf(ref, 'new'), textOf(ref, 'ref')];
      // a ref that is deleted replaces nothing
      if (before !== undefined && after !== undefined && replaced.has(before)) isForced = true;
      if (after !== undefined && OID.test(after) && name?.startsWith('refs/heads/')) pushed.add(after);
    }
    if (isForced) forced.push(step);
  }
  return { pushes, forced, pushed };
}

/** The commit that the latest commit, rewrite or push left; failing those, the one that CI looked at last. */
function headOf(steps: readonly Step[], nowOf: (sha: string) => string): string | undefined {
  const left = steps.findLast((step) => leftBy(step) !== undefined);
  const sha =
    left === undefined
      ? steps.map(({ type, payload }) => (type === 'ci_run' ? oidOf(payload, 'sha') : undefined)).findLast(Boolean)
      : leftBy(left);
  return sha === undefined ? undefined : nowOf(sha);
}

function leftBy({ type, payload }: Step): string | undefined {
  if (type === 'commit' || type === 'merge') return oidOf(payload, 'sha');
  if (type === 'rewrite') return oidOf(listOf(payload, 'map').at(-1), 'new');
  if (type !== 'push') return undefined;
  return oidOf(
    listOf(payload, 'refs').find((ref) => textOf(ref, 'ref')?.startsWith('refs/heads/')),
    'new',
  );
}

function oidOf(value: unknown, name: string): string | undefined {
  const sha = textOf(value, name);
  return sha !== undefined && OID.test(sha) ? sha : undefined;
}
