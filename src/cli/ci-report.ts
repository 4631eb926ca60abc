/**
 * `git trace ci report`: records how a job of a build server went, with its tests, and delivers it. Whatever goes wrong
 * on our side is told once and fails no build; only a wrong call does.
 */
import { resolve } from 'node:path';
import { appendSummary, writeOutputFile } from '../adapters/fs/ci-files.ts';
import { reportFilesIn } from '../adapters/fs/report-files.ts';
import type { CiEnvironment } from '../capture/ci/job.ts';
import { type JobTests, jobBegan, jobRecords, jobSession } from '../capture/ci/job-events.ts';
import { reportCandidates, testsIn } from '../capture/tests/find-reports.ts';
import { fail, isTraceError, messageOf } from '../core/errors.ts';
import { allowed, type Policy } from '../core/policy.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { describeTrace, journalRef, type TraceName } from '../core/trace-name.ts';
import { type FlushPorts, flush } from '../journal/flush.ts';
import { SpoolFile } from '../spool/append.ts';
import type { Place, SpoolRecord } from '../spool/record.ts';
import { deliverToInbox } from '../sync/inbox.ts';
import { matrixWords } from '../timeline/words.ts';
import { ciPullRequest, JOB_OPTIONS, readCiEnvironment } from './ci-environment.ts';
import { type CiRepository, ciRepository } from './ci-repository.ts';
import type { Command, Input } from './command.ts';
import type { Context } from './context.ts';
import { counted } from './output.ts';

/** Bytes that a server shows of a job's summary. */
const SUMMARY_BYTES = 1_048_576;

export const ciReport: Command = {
  name: 'ci report',
  summary: 'record how a job went, and its tests',
  usage: ['ci report [--report <glob>]… [--conclusion <word>] [--pr <pr>] [--out <file>] [<options>]'],
  description:
    "Records a job's run and the results of its tests in the trace of its pull request, or of its branch, and sends them.\n" +
    'As the last step of a job, also of one that failed. Reporting twice adds only what is new. Without --report the reports\n' +
    'that the job has written below the current directory are read. Fails no build: what goes wrong is told, and the exit\n' +
    'status is 0.',
  options: {
    report: { type: 'string', value: '<glob>', summary: 'read these test reports and no others', multiple: true },
    ...JOB_OPTIONS,
    pr: { type: 'string', value: '<pr>', summary: 'record for this pull request' },
    remote: { type: 'string', value: '<url>', summary: 'send to this repository' },
    out: { type: 'string', value: '<file>', summary: "write what may not be sent to a file for 'git trace ingest'" },
    strict: { type: 'boolean', summary: 'exit with 1 if something went wrong' },
    json: { type: 'boolean', summary: 'print what was recorded as JSON' },
  },
  arguments: { min: 0, max: 0 },
  examples: [
    ['git trace ci report', 'reports are found'],
    ["git trace ci report --report 'out/*.xml'", 'reports of your own'],
  ],
  async run(context, input) {
    if (context.silenced()) return 0;
    try {
      return (await report(context, input)) || !input.flag('strict') ? 0 : 1;
    } catch (error) {
      if (isTraceError(error) && error.exit === 129) throw error;
      // what was wrong is shown, and may have been a secret
      await context.redactor();
      context.output.say(`warning: the job was not recorded: ${messageOf(error)}`);
      for (const hint of isTraceError(error) ? error.hints : []) context.output.say(`hint: ${hint}`);
      return input.flag('strict') ? 1 : 0;
    }
  },
};

/** Records and delivers; tells whether all of it has arrived. @throws what hinders recording */
async function report(context: Context, input: Input): Promise<boolean> {
  const ci = readCiEnvironment(context, input);
  if (ci === undefined || ci.runId === null)
    throw fail('bad-event', ci === undefined ? 'this is no job of a build server' : 'nothing names the run', [
      'on a build server that git trace does not know, set GITTRACE_CI_RUN_ID to what the run is called (docs/ci.md)',
    ]);
  const number = ciPullRequest(ci, input.text('pr'));
  const place = number !== undefined ? { trace: number } : ci.branch !== null ? { branch: ci.branch } : undefined;
  if (place === undefined)
    throw fail('no-branch', `the run belongs to no pull request and no branch${ci.ref === null ? '' : ` ('${ci.ref}')`}`, [
      "'--pr <number>' says which pull request it is for",
    ]);
  const repository = await ciRepository(context, ci, input.text('remote'));
  try {
    return await record(context, input, { ci, place, repository });
  } finally {
    await repository.close();
  }
}

interface Job {
  readonly ci: CiEnvironment;
  readonly place: Place;
  readonly repository: CiRepository;
}

async function record(context: Context, input: Input, { ci, place, repository }: Job): Promise<boolean> {
  const ports = await repository.context.flushPorts();
  const trace = place.trace ?? context.traceOfBranch(ports.repository, place.branch ?? '');
  const policy = repository.isCheckout ? ports.policy : withoutOutput(ports.policy);
  const tests = await testsOf(context, ports, input.texts('report'), ci);
  const session = jobSession(ci, context.sha256);
  const all = jobRecords(ci, place, {
    session: ports.redactor.text(session).kinds.length === 0 ? session : `ci-${context.sha256(session).slice(0, 16)}`,
    userId: context.uuidOf(`git-trace ci\0${ci.provider}\0${ci.actor ?? ''}`),
    os: process.platform,
    now: context.clock.now(),
    tests,
  });
  const records = all.flatMap((one) => kept(one, policy, ports));
  const spool = new SpoolFile(ports.files, context.random, 'ci', process.pid);
  const { accepted, fates } = await flush(ports, {
    wait: 60_000,
    finished: new Set([spool.name]),
    watch: spool.name,
    fill: () => spool.appendAll(records, { durable: true }),
  });
  const waits = fates.find(({ error, reason }) => error !== undefined || reason !== undefined);
  if (waits !== undefined) throw waits.error ?? fail('bad-event', `an event cannot be recorded: ${waits.reason}`);
  const failure = await deliver(ports, repository.remote, trace);
  tell(context, { ci, trace, remote: repository.remote, accepted, tests, failure, records, out: input.text('out') });
  if (input.flag('json'))
    context.output.out(
      `${JSON.stringify({ trace, session: records[0]?.session?.id ?? session, accepted, tests: tests.length, delivered: failure === undefined })}\n`,
    );
  return failure === undefined;
}

/** Sends what this clone has to its inbox, which no other job writes; gives back why it has not arrived. */
async function deliver(ports: FlushPorts, remote: string, trace: TraceName): Promise<string | undefined> {
  try {
    await deliverToInbox(ports, remote, trace);
    return undefined;
  } catch (error) {
    if (isTraceError(error)) return error.message;
    throw error;
  }
}

/** What of a record may leave the job: as the policy allows, and without secrets. */
function kept(record: SpoolRecord, policy: Policy, { redactor }: FlushPorts): SpoolRecord[] {
  const payload = allowed(record.type, record.payload, policy);
  return payload === undefined ? [] : [{ ...record, payload: JSON.parse(JSON.stringify(redactor.redact(payload))) }];
}

/** Where no checkout tells what the team allows, what programs printed stays here. */
function withoutOutput(policy: Policy): Policy {
  return { ...policy, capture: { ...policy.capture, output: false } };
}

/** The results of the tests: of the reports that are named, else of those that look like the job's. */
async function testsOf(context: Context, ports: FlushPorts, globs: readonly string[], ci: CiEnvironment): Promise<JobTests[]> {
  const now = context.clock.now();
  const top = ports.repository.workTree ?? context.cwd;
  const named = globs
    .flatMap((glob) => glob.split('\n'))
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '');
  // a person may name reports wherever they are
  const files = reportFilesIn(named.length > 0 ? '/' : top);
  const patterns = named.length > 0 ? named.map((glob) => resolve(context.cwd, glob)) : ports.policy.reports;
  const window = { from: named.length > 0 ? 0 : jobBegan(ci, now) - 1_000, to: now + 60_000 };
  const below = ports.repository.workTree === undefined ? '' : ports.repository.prefix.replace(/\/$/, '');
  const candidates = reportCandidates(window, below, files, { top, patterns, only: named.length > 0 });
  const committed = await Promise.all(
    candidates.map(async ({ path }) => named.length === 0 && (await ports.repository.objects.read(`HEAD:${path}`)) !== undefined),
  );
  const found = testsIn(
    candidates.filter((_, i) => committed[i] !== true),
    files,
    { runner: 'script', top, source: 'ci' },
  );
  if (found.length === 0 && named.length > 0) context.output.say(`warning: no test report was found at '${named.join("', '")}'`);
  return found.map(({ payload, reports }) => ({
    payload: named.length > 0 ? within(payload, top) : payload,
    at: Math.max(...reports.map(({ modified }) => Math.floor(modified))),
  }));
}

/** Says a report's path relative to the work tree; one outside of it is nobody's business. */
function within(payload: JobTests['payload'], top: string): JobTests['payload'] {
  const { report: path, ...rest } = payload;
  const absolute = `/${path ?? ''}`;
  return path === undefined || !absolute.startsWith(`${top}/`) ? rest : { ...rest, report: absolute.slice(top.length + 1) };
}

interface Told {
  readonly ci: CiEnvironment;
  readonly trace: TraceName;
  readonly remote: string;
  readonly accepted: number;
  readonly tests: readonly JobTests[];
  /** Why it was not delivered. */
  readonly failure: string | undefined;
  readonly records: readonly SpoolRecord[];
  readonly out: string | undefined;
}

/** Tells what was recorded and where it is now; what could not be sent goes to the file that was named. */
function tell(context: Context, { ci, trace, remote, accepted, tests, failure, records, out }: Told): void {
  const { output } = context;
  const job = `job '${ci.job ?? ci.runId}${ci.matrix === null ? '' : ` (${matrixWords(ci.matrix)})`}'`;
  const sum = (count: 'passed' | 'failed' | 'skipped'): number => tests.reduce((total, { payload }) => total + payload[count], 0);
  const counts = tests.length === 0 ? 'no test reports' : `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
  if (failure === undefined) {
    const what = accepted === 0 ? 'nothing new' : counted(accepted, 'event');
    output.say(`recorded ${what} of ${job} (${counts}) in ${journalRef(trace)} on '${withoutUserinfo(remote)}'`);
    return;
  }
  const lines = [`${job} (${counts}) was not delivered to trace ${describeTrace(trace)}: ${failure}`];
  if (isDenied(failure)) lines.push('this job may not write to the repository, as is usual for pull requests from forks (docs/ci.md)');
  if (out !== undefined && out !== '') {
    writeOutputFile(out, context.cwd, batch(records));
    lines.push(`the events are in '${out}': 'git trace ingest ${out}' records them where that is allowed`);
  }
  output.say(`warning: ${lines[0]}`);
  for (const line of lines.slice(1)) output.say(`hint: ${line}`);
  if (ci.stepSummary !== null) appendSummary(ci.stepSummary, `**git trace**\n\n${fenced(lines.join('\n'))}\n`, SUMMARY_BYTES);
}

/** The words in which servers say that one may read but not write. */
function isDenied(reason: string): boolean {
  return /\b403\b|\bdenied\b|not allowed|read.?only|forbidden|permission|protected|write access/i.test(reason);
}

/** Text that Markdown takes as it is. */
function fenced(text: string): string {
  return `\`\`\`text\n${text.replaceAll('`', "'")}\n\`\`\``;
}

/** The records as a batch that `git trace ingest` takes, with the ids they would have had here. */
function batch(records: readonly SpoolRecord[]): string {
  const { place, session } = records[0] ?? {};
  const { trace, branch } = place ?? {};
  return `${JSON.stringify({
    ...(trace === undefined ? { branch } : { pr: Number(trace) }),
    session: session?.id,
    developer: session?.developer,
    events: records.map(({ type, ts, payload }) => ({ assigned: ['ts'], payload, ts, type })),
  })}\n`;
}
