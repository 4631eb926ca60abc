/** Which remote and which traces a command without arguments means, and how deliveries are told. */
import { fail, type TraceError } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { GitConfig, Repository } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { harmless } from '../core/shown.ts';
import { branchTrace, describeTrace, journalRef, TRACES, type TraceName, traceOfRef, trackingRef, UNASSIGNED } from '../core/trace-name.ts';
import type { PushResult } from '../sync/push.ts';
import type { Output } from './output.ts';

/** The remote that `git push` would take: the branch's, the default for pushing, `origin`, or the only one. @throws no-remote */
export function defaultRemote(config: GitConfig, branch: string | undefined): string {
  const remotes = remoteNames(config);
  const configured = [
    branch === undefined ? undefined : config.get(`branch.${branch}.pushremote`),
    config.get('remote.pushdefault'),
    branch === undefined ? undefined : config.get(`branch.${branch}.remote`),
  ].find((name) => name !== undefined && name !== '.'); // '.' is this repository
  const chosen = configured ?? (remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0] : undefined);
  if (chosen !== undefined) return chosen;
  if (remotes.length === 0)
    throw fail('no-remote', 'this repository has no remote', ["'git remote add origin <url>' adds one; the trace stays here until then"]);
  throw fail('no-remote', `this repository has ${remotes.length} remotes and none is the default`, [
    `name one: ${remotes.map((name) => `'${name}'`).join(', ')}`,
  ]);
}

export function remoteNames(config: GitConfig): string[] {
  return [
    ...new Set(config.entries('remote.').flatMap(([key]) => (key.endsWith('.url') ? [key.slice('remote.'.length, -'.url'.length)] : []))),
  ];
}

/** Every trace that has a journal here. */
export async function localTraces(repository: Repository): Promise<{ trace: TraceName; tip: string }[]> {
  const refs = await repository.refs.list([TRACES]);
  return refs.flatMap(({ name, oid }) => {
    const found = traceOfRef(name);
    return found?.leaf === 'journal' ? [{ trace: found.trace, tip: oid }] : [];
  });
}

/** Traces with events that a remote is not known to have. What has no branch stays here. */
export async function undelivered(repository: Repository, remote: string): Promise<TraceName[]> {
  const [traces, known] = await Promise.all([localTraces(repository), repository.refs.list([trackingRef(remote, TRACES)])]);
  const there = new Map(known.map(({ name, oid }) => [name, oid]));
  return traces
    .filter(({ trace, tip }) => trace !== UNASSIGNED && there.get(trackingRef(remote, journalRef(trace))) !== tip)
    .map(({ trace }) => trace);
}

/** Every trace that a branch has or had: of all the pull requests that it was linked to, the newest first; else its own. */
export function tracesOfBranch(repository: Repository, branch: string, sha256: Sha256): TraceName[] {
  const linked = repository.config.getAll(`branch.${branch}.trace`).toReversed();
  return linked.length > 0 ? [...new Set(linked)] : [branchTrace(branch, sha256)];
}

/** Tells what became of a push; failures only where they are news. */
export function tellPush(output: Output, remote: string, result: PushResult): void {
  const shown = withoutUserinfo(remote);
  for (const [trace, what] of result.delivered) {
    if (what === 'sent') output.say(`trace: pushed ${journalRef(trace)} to '${shown}'`);
    if (what === 'inbox') output.say(`trace: delivered ${describeTrace(trace)} to an inbox on '${shown}'; the next sync folds it in`);
  }
  for (const trace of result.news)
    output.say(`warning: trace ${describeTrace(trace)} is not on '${shown}' yet: ${result.failed.get(trace)}`);
  // git's words, on every server; no wording of ours decides what is tried again
  if (result.news.some((trace) => result.failed.get(trace)?.includes('hidden ref')))
    output.say("hint: this server hides 'refs/traces' ('transfer.hideRefs' or 'receive.hideRefs'); who runs it can allow them");
  if (result.news.length > 0) output.say("hint: nothing is lost; the next push or 'git trace sync' tries again");
}

/** Tells what of a remote could not be taken over. */
export function tellFailedFetch(
  output: Output,
  failed: ReadonlyMap<TraceName, TraceError>,
  left: ReadonlyMap<string, TraceError> = new Map(),
): void {
  for (const [ref, { message }] of left) output.say(`warning: the inbox ${harmless(ref)} was left as it is: ${message}`);
  for (const [trace, { message }] of failed) output.say(`warning: trace ${describeTrace(trace)} was not fetched: ${message}`);
}
