/**
 * Stage 1, CI: what a job leaves in a journal: the beginning and end of its session, its tests, how it went. All that is
 * made of the job alone, so that the same job says the same events however often it reports. Pure.
 */
import type { JsonObject } from '../../core/canonical.ts';
import type { PayloadOf } from '../../core/event.schema.ts';
import type { EventPayload, Sha256 } from '../../core/line.ts';
import { SESSION } from '../../core/segment.ts';
import { timestamp } from '../../core/time.ts';
import type { Place, SpoolRecord } from '../../spool/record.ts';
import type { CiEnvironment } from './job.ts';

/** Characters of a session's name that tell a person which job it is; the rest is a hash. */
const READABLE = 47;

/**
 * The session of a job: the same for every report of one job, another for every other job of the run, of another
 * attempt, of another place in the matrix.
 *
 * @example
 * jobSession({ ...job, provider: 'github-actions', runId: '30433642', attempt: 1, job: 'unit' }, sha256)
 * // 'github-actions-30433642-1-unit-5f0c2e8f9a3b1d47'
 */
export function jobSession(ci: CiEnvironment, sha256: Sha256): string {
  const { provider, host, runId, attempt, job, matrix, jobId, workflow } = ci;
  const whole = [provider, host?.name, host?.repository, runId, attempt, workflow, job, matrix, jobId].map((part) => part ?? '').join('\0');
  const words = [provider, runId, attempt, job, matrix]
    .filter((part) => part !== null)
    .map((part) =>
      String(part)
        .replace(/[^A-Za-z0-9]+/g, '-')
        .replace(/^-|-$/g, ''),
    )
    .filter((part) => part !== '')
    .join('-')
    .slice(0, READABLE)
    .replace(/-+$/, '');
  const name = `${words}-${sha256(whole).slice(0, 16)}`;
  return SESSION.test(name) ? name : `ci-${sha256(whole).slice(0, 16)}`;
}

/** What a job has to tell. */
export interface JobReport {
  readonly session: string;
  /** A UUID made of provider and account. */
  readonly userId: string;
  /** What the machine runs on. */
  readonly os: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tests: readonly JobTests[];
}

export interface JobTests {
  readonly payload: PayloadOf<'test'>;
  /** When the report was written, in milliseconds since 1970. */
  readonly at: number;
}

/** In the words of the servers, and of people. */
const GOOD = /^(?:success|succeeded|passed|completed|skipped|neutral|ok)$/i;
const STOPPED = /^(?:cancel|abort|interrupt|timed_out|timeout)/i;

/** A job lasts no longer than this; a file that is older was not written by it. */
const LONGEST_JOB_MS = 6 * 3_600_000;

/** When a job began at the earliest, in milliseconds since 1970. */
export function jobBegan(ci: CiEnvironment, now: number): number {
  return ci.startedAt === null ? now - LONGEST_JOB_MS : Date.parse(ci.startedAt);
}

/**
 * Makes the records of a job's report. Their times are filled in, so that their ids depend on what they say alone and a
 * second report adds only what is new. The end is told once somebody says how the job went.
 */
export function jobRecords(ci: CiEnvironment, place: Place, report: JobReport): SpoolRecord[] {
  const { session: id, now, userId, os, tests } = report;
  const earliest = jobBegan(ci, now);
  const told = tests.map(({ payload, at }) => ({ payload, at: at >= earliest && at <= now ? at : now })).sort((a, b) => a.at - b.at);
  const from = ci.startedAt === null ? Math.min(now, ...told.map(({ at }) => at)) : Math.min(now, earliest);
  const developer = { ide_version: null, ...(ci.actor === null ? {} : { name: ci.actor }), os, user_id: userId };
  const record = (type: string, at: number, payload: EventPayload): SpoolRecord => ({
    place,
    session: { id, kind: 'ci', tool: ci.provider, developer },
    type,
    ts: timestamp(at),
    tsAssigned: true,
    payload: payload as JsonObject, // made of texts, numbers and lists of them
  });
  const status = GOOD.test(ci.conclusion ?? '') ? 'completed' : STOPPED.test(ci.conclusion ?? '') ? 'interrupted' : 'failed';
  return [
    record('session_started', from, { developer, kind: 'ci', tool: ci.provider }),
    ...told.map(({ payload, at }) => record('test', at, payload)),
    record('ci_run', now, runPayload(ci)),
    ...(ci.conclusion === null ? [] : [record('session_ended', now, { status })]),
  ];
}

function runPayload(ci: CiEnvironment): PayloadOf<'ci_run'> {
  const { attempt, conclusion, event, job, matrix, provider, ref, runId, runUrl, sha, workflow } = ci;
  return {
    attempt,
    conclusion,
    event,
    job,
    ...(matrix === null ? {} : { matrix }),
    provider,
    ref,
    run_id: runId ?? '',
    run_url: runUrl,
    sha,
    workflow,
  };
}
