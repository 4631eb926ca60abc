/** The job that a command of `git trace ci` runs in: the environment, the event's payload, and what options say of it. */
import { readSmallFile } from '../adapters/fs/ci-files.ts';
import { ciEnvironment, withSaid } from '../capture/ci/environment.ts';
import type { CiEnvironment } from '../capture/ci/job.ts';
import { fail } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { parseTraceArgument, type TraceName } from '../core/trace-name.ts';
import type { Input, Option } from './command.ts';
import type { Context } from './context.ts';

/** Bytes of an event's payload; GitHub sends at most 25 MB. */
const EVENT_BYTES = 33_554_432;

/** Options by which a person says of a job what its environment does not. */
export const JOB_OPTIONS: Readonly<Record<string, Option>> = {
  job: { type: 'string', value: '<name>', summary: 'call the job so' },
  matrix: { type: 'string', value: '<json>', summary: 'say which job of a matrix it is' },
  conclusion: { type: 'string', value: '<word>', summary: 'say how the job went: success, failure, cancelled' },
  'job-id': { type: 'string', value: '<id>', summary: 'tell the job from others of its name, in the words of the server' },
};

/** The job we are in; `undefined` outside of any. */
export function readCiEnvironment(context: Context, input: Input): CiEnvironment | undefined {
  const environment = ciEnvironment(context.env, eventOf(context));
  if (environment === undefined) return undefined;
  return withSaid(environment, {
    job: input.text('job'),
    matrix: input.text('matrix'),
    conclusion: input.text('conclusion'),
    jobId: input.text('job-id'),
  });
}

/** The payload of the event that started the run; anybody may have written what stands in it. */
function eventOf({ env }: Context): unknown {
  const path = env['GITHUB_EVENT_PATH'];
  const text = path === undefined || path === '' ? undefined : readSmallFile(path, EVENT_BYTES);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the variables still tell most of it
  }
}

/** The pull request that is meant: the option's, else the job's. @throws bad-argument */
export function ciPullRequest(ci: CiEnvironment | undefined, option: string | undefined): TraceName | undefined {
  if (option === undefined || option === '') return ci?.pullRequest?.number;
  const meant = parseTraceArgument(option);
  if (meant.kind === 'number') return meant.number;
  throw fail('bad-argument', `--pr is ${shown(option)}, expected the number or the address of a pull request`);
}
