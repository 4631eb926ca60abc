/**
 * What `git trace run` and `git trace test` do alike: have a command run as if it had been typed, put it and the results
 * of its tests into the spool, and leave as it did. Whatever goes wrong on our side is told once and changes nothing.
 */
import { relative, resolve } from 'node:path';
import { makeTemporaryFolder, reportFilesIn, type TemporaryFolder } from '../adapters/fs/report-files.ts';
import { startSha256 } from '../adapters/system.ts';
import { leadsTo } from '../adapters/terminal/find-command.ts';
import { leaveLike } from '../adapters/terminal/leave.ts';
import { createCommandRunner } from '../adapters/terminal/run-command.ts';
import { environmentAsTyped, recordRun } from '../capture/run.ts';
import { type Recognised, recogniseWords } from '../capture/tests/recognise.ts';
import { planReporter, type ReporterPlan } from '../capture/tests/reporters.ts';
import { startTranscript } from '../capture/tests/transcript.ts';
import { isTraceError, messageOf, type TraceError } from '../core/errors.ts';
import type { PayloadOf } from '../core/event.schema.ts';
import type { EventPayload } from '../core/line.ts';
import { allowed, RECORD_ALL } from '../core/policy.ts';
import { SESSION } from '../core/segment.ts';
import { timestamp } from '../core/time.ts';
import { flush } from '../journal/flush.ts';
import { SpoolFile } from '../spool/append.ts';
import { SPOOL } from '../spool/read.ts';
import type { Place } from '../spool/record.ts';
import type { Context } from './context.ts';
import { recordEdits } from './edits.ts';

/** Spool files after which a run flushes by itself; a push or show does it otherwise. */
const MANY = 100;
/** Bytes of a configuration file that are looked at. */
const CONFIG_BYTES = 262_144;

export interface RunOptions {
  /** Tests are expected: a reporter may be added to the command, and it is told if there are no results. */
  readonly isTest: boolean;
  /** Where reports lie, relative to where we stand; without any, the usual places. */
  readonly reports: readonly string[];
}

/** Runs a command, records it, and ends this process, or answers with the status to end with. */
export async function runRecorded(context: Context, words: readonly string[], options: RunOptions): Promise<number> {
  const repository = await context.repository();
  const place = await context.place();
  const cwd = repository.prefix.replace(/\/$/, '');
  const paused = await context.paused();
  const silenced = context.silenced() || paused !== undefined;
  const recognised = silenced ? undefined : recogniseWords(words);
  const reporter = options.isTest && options.reports.length === 0 ? addReporter(context, words, recognised) : undefined;
  const printed = options.isTest || recognised !== undefined ? [startTranscript(), startTranscript()] : [];
  await recordEdits(context, 'start', { quiet: true });
  const startedAt = context.clock.now();
  const recording = await recordRun(
    createCommandRunner(),
    { argv: reporter?.plan.words ?? words, typed: words, env: environmentAsTyped(context.env), cwd },
    startSha256,
    { stdout: (bytes) => printed[0]?.add(bytes), stderr: (bytes) => printed[1]?.add(bytes) },
  );
  if (recording.failure !== undefined) {
    // it names the command, and somebody may have typed a secret for one
    await context.redactor();
    context.output.say(`git trace: ${recording.failure}`);
  }
  try {
    const { payload, failure } = recording;
    const results =
      printed.length === 0 || failure !== undefined
        ? undefined
        : () => resultsOf({ context, options, recognised, reporter, payload, startedAt, cwd, printed });
    if (paused !== undefined)
      context.output.say(`git trace: recording is paused in this ${paused}, so this was not recorded; 'git trace resume' goes on`);
    if (!silenced) await record(context, { place, startedAt, payload, results });
  } catch (error) {
    const what = isTraceError(error) && error.code === 'bad-policy' ? 'waits in the spool' : 'was not recorded';
    context.output.say(`warning: the command ${what}: ${messageOf(error)}`);
  } finally {
    reporter?.folder.remove();
  }
  await context.close();
  return leaveLike(recording.exit);
}

interface Recorded {
  readonly place: Place;
  readonly startedAt: number;
  readonly payload: PayloadOf<'command'>;
  /** Reads the results of the tests, where some are looked for. */
  readonly results: (() => Promise<PayloadOf<'test'>[]>) | undefined;
}

/** Puts a command and the results of its tests into the spool. @throws bad-policy, disk-full, read-only */
async function record(context: Context, { place, startedAt, payload, results }: Recorded): Promise<void> {
  const ports = await context.flushPorts().catch(badPolicy);
  const { redactor, policy } = isTraceError(ports) ? { redactor: await context.redactor(), policy: RECORD_ALL } : ports;
  const files = await context.files();
  const spool = new SpoolFile(files, context.random, 'run', process.pid);
  const session = context.env['GITTRACE_SESSION'];
  const append = (type: string, ms: number, kept: EventPayload): void =>
    spool.append({
      place,
      ...(session === undefined || !SESSION.test(session) ? {} : { session: { id: session } }),
      type,
      ts: timestamp(ms),
      // now, because only here are the secrets of the environment known that the command may have printed
      payload: JSON.parse(JSON.stringify(redactor.redact(kept))),
    });
  const command = allowed('command', payload, policy);
  if (command !== undefined) append('command', startedAt, command);
  if (results !== undefined && command?.['hidden'] !== true) {
    for (const result of await results()) {
      const kept = allowed('test', result, policy);
      if (kept !== undefined) append('test', startedAt + (payload.duration_ms ?? 0), kept);
    }
  }
  if (isTraceError(ports)) throw ports;
  await recordEdits(context, 'command');
  if (files.list(SPOOL).length > MANY) await flush(ports, { wait: 0, finished: new Set([spool.name]) });
}

/** A policy that cannot be used holds what was recorded in the spool, and does not lose it. */
function badPolicy(error: unknown): TraceError {
  if (isTraceError(error) && error.code === 'bad-policy') return error;
  throw error;
}

interface Finished {
  readonly context: Context;
  readonly options: RunOptions;
  readonly recognised: Recognised | undefined;
  readonly reporter: Added | undefined;
  readonly payload: PayloadOf<'command'>;
  readonly startedAt: number;
  readonly cwd: string;
  readonly printed: readonly ReturnType<typeof startTranscript>[];
}

async function resultsOf({
  context,
  options,
  recognised,
  reporter,
  payload,
  startedAt,
  cwd,
  printed,
}: Finished): Promise<PayloadOf<'test'>[]> {
  // what reads reports is loaded when the command has ended: nobody waits for it before
  const { testResults } = await import('../capture/tests/results.ts');
  const repository = await context.repository();
  const top = repository.workTree ?? context.cwd;
  // a person may name reports wherever they are; a policy only those of its work tree
  const named = options.reports.map((pattern) => resolve(context.cwd, pattern));
  const found = testResults({
    command: { command: payload.command, cwd, startedAt, durationMs: payload.duration_ms ?? 0 },
    recognised,
    ...(reporter === undefined ? {} : { own: { files: reportFilesIn(reporter.folder.path), name: reporter.plan.report } }),
    files: reportFilesIn(named.length > 0 ? '/' : top),
    search: {
      top,
      patterns: named.length > 0 ? named : (await context.policy().catch(() => RECORD_ALL)).reports,
      only: named.length > 0,
    },
    printed: printed.map((transcript) => transcript.finish()),
  });
  const results = named.length > 0 ? found.map((result) => reportWithin(result, top)) : found;
  if (results.length === 0 && options.isTest) tellNone(context, options);
  return results;
}

/** Says a report's path relative to the work tree; one outside of it is nobody's business. */
function reportWithin(payload: PayloadOf<'test'>, top: string): PayloadOf<'test'> {
  const { report, ...rest } = payload;
  const path = relative(top, `/${report ?? ''}`);
  return report === undefined || path.startsWith('..') ? rest : { ...rest, report: path };
}

interface Added {
  readonly plan: ReporterPlan;
  readonly folder: TemporaryFolder;
}

/** Adds a reporter where nobody will see it; what hinders that is no reason not to run the tests. */
function addReporter(context: Context, words: readonly string[], recognised: Recognised | undefined): Added | undefined {
  if (recognised === undefined || process.stdout.isTTY !== true) return undefined;
  // there runners add a reporter of their own to the default one
  if (context.env['GITHUB_ACTIONS'] !== undefined) return undefined;
  const folder = makeTemporaryFolder();
  if (folder === undefined) return undefined;
  const here = reportFilesIn(context.cwd);
  try {
    const plan = planReporter({
      words,
      recognised,
      folder: folder.path,
      isOurNode: (word) => leadsTo(word, environmentAsTyped(context.env)['PATH'], process.execPath),
      config: (name) => here.read(name, CONFIG_BYTES)?.toString('utf8'),
    });
    if (plan !== undefined) {
      for (const [name, text] of Object.entries(plan.files)) folder.write(name, text);
      return { plan, folder };
    }
  } catch {
    // a full disk, most likely
  }
  folder.remove();
  return undefined;
}

function tellNone(context: Context, { reports }: RunOptions): void {
  const where =
    reports.length > 0 ? `no report was written to '${reports.join("', '")}'` : 'there is no report, and the output has no summary';
  context.output.say(`git trace: the command was recorded, but no test results: ${where}`);
  if (reports.length === 0)
    context.output.say("hint: name the report that your tests write: 'git trace test --report <glob> -- <command>'");
}
