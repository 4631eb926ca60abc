/** What a job records, its session's name, and with what it may speak to its git server. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ciCredential, credentialVariables, splitUserinfo } from '../../src/capture/ci/credential.ts';
import { ciEnvironment } from '../../src/capture/ci/environment.ts';
import type { CiEnvironment } from '../../src/capture/ci/job.ts';
import { jobRecords, jobSession } from '../../src/capture/ci/job-events.ts';
import { payloadFault } from '../../src/core/event.schema.ts';
import { SESSION } from '../../src/core/segment.ts';
import { BUILDKITE, CIRCLE, GENERIC, GITHUB, GITLAB, HEAD, JENKINS, pullRequest } from '../helpers/ci.ts';

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const NOW = Date.UTC(2026, 10, 21, 9, 20);
const test1 = { payload: { failed: 0, failures: [], framework: 'junit', passed: 1, skipped: 0, source: 'ci' as const }, at: NOW - 60_000 };

function job(env: Readonly<Record<string, string>>, event?: unknown): CiEnvironment {
  const found = ciEnvironment(env, event);
  if (found === undefined) throw new Error('not recognised');
  return found;
}

const github = job(GITHUB, { pull_request: pullRequest() });

describe('the session of a job', () => {
  test('tells a person which one it is', () => {
    expect(jobSession(github, sha256)).toBe('github-actions-1658821493-3-greeting-job-a1e15a66b6b0ced6');
  });

  test.each([
    ['attempt', { attempt: 4 }],
    ['job', { job: 'other' }],
    ['place in the matrix', { matrix: '{"node":20}' }],
    ['workflow', { workflow: 'other' }],
    ['run', { runId: '1' }],
    ['id of the job', { jobId: '9' }],
    ['repository', { host: null }],
  ])('is another one for another %s', (_, other) => {
    expect(jobSession({ ...github, ...other }, sha256)).not.toBe(jobSession(github, sha256));
  });

  test.each([{ conclusion: 'failure' }, { sha: null }, { event: 'push' }, { actor: 'ada' }])('stays the same when %j', (other) => {
    expect(jobSession({ ...github, ...other }, sha256)).toBe(jobSession(github, sha256));
  });

  test.each([
    GITHUB,
    GITLAB,
    CIRCLE,
    BUILDKITE,
    JENKINS,
    GENERIC,
    { ...GITHUB, GITHUB_JOB: '日本語 …/../x' },
    { CI: '1', GITTRACE_CI_PROVIDER: '…' },
  ])('is a name that a journal takes: %j', (env) => {
    expect(jobSession(job(env), sha256)).toMatch(SESSION);
    expect(jobSession({ ...job(env), matrix: 'm'.repeat(500) }, sha256)).toMatch(SESSION);
  });
});

describe('the records of a job', () => {
  const report = { session: 's', userId: '0a8db079-f7f9-8d02-b035-5e87a509dc4e', os: 'linux', now: NOW, tests: [test1] };
  const records = (ci: CiEnvironment, more = {}) => jobRecords(ci, { trace: '42' }, { ...report, ...more });

  test('begin with the session, end with how the job went, and fit the schemas', () => {
    const all = records({ ...github, conclusion: 'success', matrix: '{"node":20}' });
    expect(all.map(({ type, payload }) => [type, payload])).toMatchInlineSnapshot(`
      [
        [
          "session_started",
          {
            "developer": {
              "ide_version": null,
              "name": "octocat",
              "os": "linux",
              "user_id": "0a8db079-f7f9-8d02-b035-5e87a509dc4e",
            },
            "kind": "ci",
            "tool": "github-actions",
          },
        ],
        [
          "test",
          {
            "failed": 0,
            "failures": [],
            "framework": "junit",
            "passed": 1,
            "skipped": 0,
            "source": "ci",
          },
        ],
        [
          "ci_run",
          {
            "attempt": 3,
            "conclusion": "success",
            "event": "pull_request",
            "job": "greeting_job",
            "matrix": "{"node":20}",
            "provider": "github-actions",
            "ref": "refs/pull/42/merge",
            "run_id": "1658821493",
            "run_url": "https://github.com/octocat/Hello-World/actions/runs/1658821493/attempts/3",
            "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            "workflow": "My test workflow",
          },
        ],
        [
          "session_ended",
          {
            "status": "completed",
          },
        ],
      ]
    `);
    for (const { type, payload } of all) expect(payloadFault(type, payload)).toBeUndefined();
    expect(all.every(({ tsAssigned }) => tsAssigned)).toBe(true);
  });

  test('have no end while nobody says how the job went', () => {
    expect(records(github).map(({ type }) => type)).toEqual(['session_started', 'test', 'ci_run']);
  });

  test.each([
    ['success', 'completed'],
    ['skipped', 'completed'],
    ['failure', 'failed'],
    ['error', 'failed'],
    ['cancelled', 'interrupted'],
    ['aborted', 'interrupted'],
    ['constructor', 'failed'],
  ])('a job that ended with %s is %s', (conclusion, status) => {
    expect(records({ ...github, conclusion }).at(-1)).toMatchObject({ type: 'session_ended', payload: { status } });
  });

  test('tests have the time of their report, where it can be of this job', () => {
    const times = (at: number, ci = github) => records(ci, { tests: [{ ...test1, at }] }).map(({ ts }) => ts);
    const now = new Date(NOW).toISOString();
    expect(times(NOW - 60_000)).toEqual(['2026-11-21T09:19:00.000Z', '2026-11-21T09:19:00.000Z', now]);
    // out of a cache, or from a clock that is ahead
    expect(times(NOW - 86_400_000)).toEqual([now, now, now]);
    expect(times(NOW + 1)).toEqual([now, now, now]);
    const started = job(GITLAB);
    expect(times(NOW - 60_000, started)).toEqual(['2026-11-21T09:10:00.000Z', '2026-11-21T09:19:00.000Z', now]);
    expect(times(NOW - 3_600_000, started)).toEqual(['2026-11-21T09:10:00.000Z', now, now]);
  });
});

describe('with what a job may speak to its server', () => {
  const url = 'https://github.com/octocat/Hello-World.git';
  const user = (address: string, env: Record<string, string>, ci: CiEnvironment | undefined) => ciCredential(address, env, ci)?.user;

  test('a token that was given to us comes first', () => {
    const env = { GITTRACE_TOKEN: 'a', GITHUB_TOKEN: 'b' };
    expect(ciCredential(url, env, github)).toEqual({ user: 'x-access-token', token: 'a', isOurs: true });
    expect(ciCredential(url, { GITHUB_TOKEN: 'b' }, github)).toEqual({ user: 'x-access-token', token: 'b', isOurs: false });
  });

  test("the server's own token goes to that server alone", () => {
    expect(user('https://example.com/o/r.git', { GITHUB_TOKEN: 'b' }, github)).toBeUndefined();
    expect(user('https://github.com:8443/o/r.git', { GITHUB_TOKEN: 'b' }, github)).toBeUndefined();
    expect(user('http://github.com/o/r.git', { GITHUB_TOKEN: 'b' }, github)).toBeUndefined();
    expect(user(url, { GITHUB_TOKEN: 'b' }, undefined)).toBeUndefined();
    expect(user(url, { GITHUB_TOKEN: 'b' }, job(CIRCLE))).toBeUndefined();
  });

  test('in GitLab', () => {
    const gitlab = 'https://gitlab.example.com/namespace/awesome-project.git';
    expect(user(gitlab, { CI_JOB_TOKEN: 'a' }, job(GITLAB))).toBe('gitlab-ci-token');
    expect(user(gitlab, { CI_JOB_TOKEN: 'a', GITLAB_TOKEN: 'b' }, job(GITLAB))).toBe('oauth2');
  });

  test.each(['git@github.com:o/r.git', '/srv/r.git', 'file:///srv/r.git', ''])("'%s' wants none", (address) => {
    expect(user(address, { GITTRACE_TOKEN: 'a' }, github)).toBeUndefined();
  });

  test('git is told in its environment, beside what that says already', () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Ada' };
    expect(credentialVariables(url, { user: 'u', token: 'secret', isOurs: true }, env)).toEqual({
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_1: 'http.https://github.com/.extraheader',
      GIT_CONFIG_VALUE_1: '',
      GIT_CONFIG_KEY_2: 'http.https://github.com/.extraheader',
      GIT_CONFIG_VALUE_2: `AUTHORIZATION: basic ${Buffer.from('u:secret').toString('base64')}`,
    });
  });

  test.each([
    ['https://ada:se%40cret@example.com/r.git', 'https://example.com/r.git', { user: 'ada', token: 'se@cret' }],
    ['https://ghp_x@example.com/r.git', 'https://example.com/r.git', { user: 'x-access-token', token: 'ghp_x' }],
    ['https://ada:50%@example.com/r.git', 'https://example.com/r.git', { user: 'ada', token: '50%' }],
    ['https://example.com/r.git', 'https://example.com/r.git', undefined],
    ['git@example.com:r.git', 'git@example.com:r.git', undefined],
  ])('an address and the login in it: %s', (address, rest, login) => {
    expect(splitUserinfo(address)).toEqual({ url: rest, ...(login === undefined ? {} : { login: { ...login, isOurs: true } }) });
  });
});

test('the head of the pull request is what a run says that it tested', () => {
  expect(jobRecords(github, { trace: '42' }, { session: 's', userId: 'u', os: 'linux', now: NOW, tests: [] })[1]?.payload['sha']).toBe(
    HEAD,
  );
});
