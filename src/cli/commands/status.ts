/** `git trace status`: what is recorded, what waits, what could not be delivered, what could not be read. */

import { hookFiles } from '../../adapters/fs/hook-files.ts';
import { readHookStatus } from '../../capture/install.ts';
import { isTraceError } from '../../core/errors.ts';
import type { Repository, TraceFiles } from '../../core/ports.ts';
import { describeTrace, journalRef, type TraceName, trackingRef, UNASSIGNED } from '../../core/trace-name.ts';
import { loadState } from '../../journal/state.ts';
import { QUARANTINE } from '../../spool/quarantine.ts';
import { spoolBacklog } from '../../spool/read.ts';
import { loadPending, type Pending } from '../../sync/pending.ts';
import type { Command } from '../command.ts';
import { type Context, HOST_FAILURE } from '../context.ts';
import { hookSite } from '../hook-site.ts';
import { ago, counted } from '../output.ts';
import { recorderError, recorderPid } from '../recorder.ts';
import { defaultRemote } from '../remote.ts';
import { serverUrl } from '../server-state.ts';

/** Everything that status tells, as `--json` prints it. */
interface Status {
  readonly branch: string | null;
  readonly trace: TraceName;
  readonly ref: string;
  readonly tip: string | null;
  readonly recording: 'on' | 'paused' | 'paused in this shell' | 'not initialised';
  /** Why the policy cannot be used: then nothing goes from the spool into the journal. */
  readonly policy_error: string | null;
  /** The recorder's process, and what it could not do last. */
  readonly recorder: { readonly pid: number | null; readonly error: string | null };
  /** Where 'git trace serve' listens. */
  readonly server: string | null;
  readonly hooks: readonly { readonly hook: string; readonly state: string; readonly text: string }[];
  readonly spool: { readonly records: number; readonly bytes: number; readonly oldest: string | null };
  readonly quarantine: readonly { readonly name: string; readonly reason: string }[];
  readonly unassigned: boolean;
  readonly remote: string | null;
  readonly delivered: boolean;
  readonly pending: Pending;
  readonly host_error: string | null;
}

export const status: Command = {
  name: 'status',
  summary: 'tell what is recorded and what waits',
  usage: ['status [--json]'],
  description:
    'Tells where the current branch is recorded, what waits in the spool, what could not be delivered and why, and what\ncould not be read. Changes nothing.',
  options: { json: { type: 'boolean', summary: 'print it as JSON' } },
  arguments: { min: 0, max: 0 },
  examples: [],
  async run(context, input) {
    const repository = await context.repository();
    const found = await gather(context, repository, await context.files());
    if (input.flag('json')) context.output.out(`${JSON.stringify(found)}\n`);
    else context.output.out(`${tell(found, context.clock.now()).join('\n')}\n`);
    return 0;
  },
};

const RECORDING = { no: 'on', repository: 'paused', shell: 'paused in this shell' } as const;

async function gather(context: Context, repository: Repository, files: TraceFiles): Promise<Status> {
  const { branch } = await repository.head();
  const trace = branch === undefined ? UNASSIGNED : context.traceOfBranch(repository, branch);
  const ref = journalRef(trace);
  const remote = remoteOf(repository, branch);
  const [tip, there, unassigned] = await Promise.all([
    repository.refs.get(ref),
    remote === undefined ? undefined : repository.refs.get(trackingRef(remote, ref)),
    repository.refs.get(journalRef(UNASSIGNED)),
  ]);
  const backlog = spoolBacklog(files, context.clock, loadState(files).offsets);
  return {
    branch: branch ?? null,
    trace,
    ref,
    tip: tip ?? null,
    recording: files.exists('hook.sh') ? RECORDING[(await context.paused()) ?? 'no'] : 'not initialised',
    policy_error: await policyError(context),
    server: serverUrl(files) ?? null,
    recorder: { pid: recorderPid(files) ?? null, error: recorderError(files) ?? null },
    hooks: files.exists('hook.sh') ? readHookStatus(hookFiles, await hookSite(context, repository)) : [],
    spool: {
      records: backlog.records,
      bytes: backlog.bytes,
      oldest: backlog.oldest === undefined ? null : new Date(backlog.oldest).toISOString(),
    },
    quarantine: quarantined(files),
    unassigned: unassigned !== undefined,
    remote: remote ?? null,
    delivered: tip !== undefined && tip === there,
    pending: loadPending(files),
    host_error: files.read(HOST_FAILURE)?.toString('utf8').trim() ?? null,
  };
}

function tell(found: Status, now: number): string[] {
  const lines = [found.branch === null ? 'HEAD is detached' : `on branch ${found.branch}`];
  lines.push(
    `trace: ${describeTrace(found.trace)} (${found.ref})${found.tip === null ? ', empty so far' : `, at ${found.tip.slice(0, 10)}`}`,
  );
  if (found.recording === 'not initialised') lines.push("recording: by hand only; 'git trace init' installs the hooks");
  else if (found.recording === 'on') lines.push('recording: on');
  else lines.push(`recording: ${found.recording}; 'git trace resume${found.recording === 'paused' ? '' : ' --shell'}' goes on`);
  if (found.policy_error !== null) lines.push(`policy: ${found.policy_error}; what is recorded waits in the spool`);
  if (found.recorder.pid !== null) lines.push(`recorder: process ${found.recorder.pid}`);
  if (found.server !== null) lines.push(`server: ${found.server}`);
  const { error } = found.recorder;
  // it says when, and what; of the policy it was said already
  if (error !== null && (found.policy_error === null || !error.includes(found.policy_error)))
    lines.push(`recorder: could not go on at ${error.replace(' ', ': ')}`);
  for (const { hook, state, text } of found.hooks) if (state !== 'ok') lines.push(`hook ${hook}: ${text}; 'git trace init' mends it`);
  const { records, oldest } = found.spool;
  lines.push(
    records === 0
      ? 'spool: nothing waits'
      : `spool: ${counted(records, 'record')} waiting${oldest === null ? '' : `, the oldest for ${ago(now - Date.parse(oldest))}`}; ${found.recorder.pid === null ? 'the next push, show or flush' : 'the recorder'} takes them`,
  );
  if (found.remote === null) lines.push('remote: none');
  else if (found.tip !== null)
    lines.push(
      `remote: ${found.delivered ? `'${found.remote}' has all of it` : `'${found.remote}' lacks some of it; 'git trace push' sends it`}`,
    );
  for (const [remote, traces] of Object.entries(found.pending)) {
    for (const [trace, failure] of Object.entries(traces)) {
      lines.push(
        `not delivered: ${describeTrace(trace)} to '${remote}', ${counted(failure.attempts, 'attempt')} in ${ago(now - Date.parse(failure.since))}: ${failure.error}`,
      );
    }
  }
  if (found.host_error !== null) lines.push(`pull request: could not be looked up at the last push: ${found.host_error}`);
  if (found.unassigned && found.trace !== UNASSIGNED)
    lines.push("unassigned: some events had no branch; 'git trace show unassigned' shows them");
  for (const { name, reason } of found.quarantine.slice(0, 5)) lines.push(`quarantine: trace/${QUARANTINE}/${name}: ${reason}`);
  if (found.quarantine.length > 5) lines.push(`quarantine: ${found.quarantine.length - 5} more`);
  return lines;
}

async function policyError(context: Context): Promise<string | null> {
  try {
    context.redactor(await context.policy());
    return null;
  } catch (error) {
    if (isTraceError(error) && error.code === 'bad-policy') return error.message;
    throw error;
  }
}

function remoteOf(repository: Repository, branch: string | undefined): string | undefined {
  try {
    return defaultRemote(repository.config, branch);
  } catch (error) {
    if (isTraceError(error)) return undefined;
    throw error;
  }
}

function quarantined(files: TraceFiles): { name: string; reason: string }[] {
  return files.list(QUARANTINE).flatMap((name) => {
    if (!name.endsWith('.json')) return [];
    try {
      const value: unknown = JSON.parse(files.read(`${QUARANTINE}/${name}`)?.toString('utf8') ?? '');
      const reason = typeof value === 'object' && value !== null && 'reason' in value ? String(value.reason) : 'unknown';
      return [{ name: name.replace(/\.json$/, ''), reason }];
    } catch {
      return [{ name, reason: 'its description cannot be read' }];
    }
  });
}
