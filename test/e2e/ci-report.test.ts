/**
 * `git trace ci report` as a job calls it: from a shallow checkout, without any, from fifty jobs at once, with a token
 * that may only read. Another clone then fetches and sees what there is.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILDKITE, CIRCLE, GENERIC, GITHUB, GITLAB, HEAD, JENKINS, pullRequest } from '../helpers/ci.ts';
import { startGitHub } from '../helpers/github/github.ts';
import { BIN, type Outcome, TestRepository } from '../helpers/repository.ts';

const JUNIT = `<testsuites><testsuite name="cart">
  <testcase name="adds"/><testcase name="removes"><failure message="expected 1">in cart.js</failure></testcase>
</testsuite></testsuites>`;

interface Shown {
  readonly type: string;
  readonly session: string;
  readonly payload: Record<string, unknown>;
}

/** An empty folder, as a job without a checkout has it. */
function folder(): string {
  return mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'job-'));
}

/** A job of pull request 42 that sends to a bare repository, with its temporary files apart. */
function jobOf(remote: string, more: Readonly<Record<string, string>> = {}): { env: Record<string, string>; temporary: string } {
  const at = folder();
  const event = join(at, 'event.json');
  writeFileSync(event, JSON.stringify({ action: 'synchronize', pull_request: pullRequest() }));
  const temporary = join(at, 'tmp');
  mkdirSync(temporary);
  const summary = join(at, 'summary.md');
  const own = { GITHUB_EVENT_PATH: event, GITHUB_STEP_SUMMARY: summary, GITTRACE_CI_REMOTE: remote, TMPDIR: temporary };
  return { env: { ...GITHUB, ...own, ...more }, temporary };
}

/** Runs the command somewhere, as the last step of a job. */
function report(cwd: string, env: Readonly<Record<string, string | undefined>>, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, 'ci', 'report', ...args], { cwd, env: { ...process.env, ...env } });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.on('close', (status, signal) =>
      resolve({ status, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** What another clone sees of a trace once it has fetched it. */
function seen(remote: TestRepository, trace = '42'): Shown[] {
  const reader = remote.clone();
  expect(reader.trace('fetch', trace).status).toBe(0);
  return reader
    .trace('show', trace, '--ndjson')
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const types = (events: readonly Shown[]): string[] => events.map(({ type }) => type);

test('from a checkout of depth 1 with a detached HEAD: run, tests and end of the job', async () => {
  const { remote } = TestRepository.createWithRemote();
  const checkout = remote.clone({ depth: 1 });
  checkout.git('checkout', '-q', '--detach');
  checkout.writeFile('build/test-results/TEST-cart.xml', JUNIT);
  const { env } = jobOf(remote.path);
  const { status, stdout, stderr } = await report(checkout.path, env, '--conclusion', 'failure', '--matrix', '{ "node": 20 }', '--json');
  expect(stderr.replace(remote.path, '<remote>')).toBe(
    `recorded 4 events of job 'greeting_job (20)' (1 passed, 1 failed, 0 skipped) in refs/traces/42/journal on '<remote>'\n`,
  );
  expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, trace: '42', accepted: 4, tests: 1, delivered: true });
  const events = seen(remote);
  expect(types(events)).toEqual(['session_started', 'test', 'ci_run', 'session_ended']);
  expect(events[0]?.payload).toMatchObject({ kind: 'ci', tool: 'github-actions', developer: { name: 'octocat' } });
  expect(events[1]?.payload).toMatchObject({
    failed: 1,
    failures: [{ name: 'removes', message: expect.stringContaining('expected 1') }],
    passed: 1,
    report: 'build/test-results/TEST-cart.xml',
    source: 'ci',
  });
  expect(events[2]?.payload).toMatchObject({ attempt: 3, conclusion: 'failure', job: 'greeting_job', matrix: '{"node":20}', sha: HEAD });
  expect(events[3]?.payload).toEqual({ status: 'failed' });
});

test('a second report adds only what is new', async () => {
  const { remote } = TestRepository.createWithRemote();
  const checkout = remote.clone({ depth: 1 });
  checkout.writeFile('out/a.xml', JUNIT);
  const { env } = jobOf(remote.path);
  const glob = ['--report', 'out/*.xml', '--conclusion', 'success'];
  await report(checkout.path, env, ...glob);
  expect((await report(checkout.path, env, ...glob)).stderr).toContain('recorded nothing new of job');
  expect(seen(remote)).toHaveLength(4);
  checkout.writeFile('out/b.xml', JUNIT.replace('adds', 'counts'));
  expect((await report(checkout.path, env, ...glob)).stderr).toContain('recorded 1 event of job');
  expect(types(seen(remote)).sort()).toEqual(['ci_run', 'session_ended', 'session_started', 'test', 'test']);
});

test('what is committed is no report of the job', async () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.commitFile('test/fixtures/junit.xml', JUNIT);
  repository.git('push', '-q');
  const checkout = remote.clone({ depth: 1 });
  const { env } = jobOf(remote.path);
  expect((await report(checkout.path, env)).stderr).toContain('(no test reports)');
  expect((await report(checkout.path, env, '--report', 'test/fixtures/*.xml')).stderr).toContain('(1 passed, 1 failed, 0 skipped)');
});

test('nor is what lay there before the job', async () => {
  const { remote } = TestRepository.createWithRemote();
  const checkout = remote.clone({ depth: 1 });
  checkout.writeFile('out/junit.xml', JUNIT);
  const old = Date.now() / 1_000 - 86_400;
  utimesSync(join(checkout.path, 'out/junit.xml'), old, old);
  expect((await report(checkout.path, jobOf(remote.path).env)).stderr).toContain('(no test reports)');
});

test('without a checkout: nothing of it stays, and what tests printed does not leave, for no policy is known', async () => {
  const remote = TestRepository.createBare();
  const { env, temporary } = jobOf(remote.path, { GIT_DIR: '/nowhere' });
  const at = folder();
  writeFileSync(join(at, 'junit.xml'), JUNIT);
  const { status, stderr } = await report(at, env);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('recorded 3 events') });
  const [, found] = seen(remote);
  expect(found).toMatchObject({ type: 'test', payload: { failed: 1, failures: [{ name: 'removes' }], report: 'junit.xml' } });
  expect(JSON.stringify(found)).not.toContain('expected 1');
  expect(readdirSync(temporary)).toEqual([]);
  // again, in another repository of its own: readers see each event once
  await report(at, env);
  expect(types(seen(remote))).toEqual(['session_started', 'test', 'ci_run']);
});

test("a team's policy holds here too", async () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.commitFile('.gittrace.json', '{"capture":{"output":false},"tests":{"reports":["odd/place.txt"]}}');
  repository.git('push', '-q');
  const checkout = remote.clone({ depth: 1 });
  checkout.writeFile('odd/place.txt', JUNIT.replace('removes', 'leaks ghp_1234567890abcdefghijABCDEFGHIJ123456'));
  await report(checkout.path, jobOf(remote.path).env);
  const text = JSON.stringify(seen(remote));
  expect(text).toContain('leaks «redacted:');
  expect(text).not.toMatch(/ghp_|expected 1/);
});

test.each([
  ['GitHub Actions', GITHUB, '42'],
  ['GitLab CI', GITLAB, '1'],
  ['CircleCI', CIRCLE, '1234'],
  ['Buildkite', BUILDKITE, '123'],
  ['Jenkins', JENKINS, '42'],
  ['any other', GENERIC, '42'],
])('%s: the trace of the pull request, and nothing of the job taken for a secret', async (_, env, trace) => {
  const remote = TestRepository.createBare();
  const { status, stderr } = await report(folder(), { ...env, GITTRACE_CI_REMOTE: remote.path });
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining(`in refs/traces/${trace}/journal`) });
  const events = seen(remote, trace);
  expect(types(events).slice(0, 2)).toEqual(['session_started', 'ci_run']);
  expect(events.filter(({ payload }) => payload['redaction'] !== undefined)).toEqual([]);
  expect(events[1]?.payload).toMatchObject({ provider: events[0]?.payload['tool'], sha: env === GITHUB ? null : HEAD });
});

test('a push belongs to its branch', async () => {
  const remote = TestRepository.createBare();
  const pushed = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/feature/login', GITHUB_SHA: HEAD };
  expect((await report(folder(), jobOf(remote.path, pushed).env)).stderr).toContain("in refs/traces/heads/feature%2Flogin/journal on '");
  expect(types(seen(remote, 'feature/login'))).toEqual(['session_started', 'ci_run']);
});

test('fifty jobs at once lose nothing', { timeout: 180_000 }, async () => {
  const { remote } = TestRepository.createWithRemote();
  const at = folder();
  writeFileSync(join(at, 'junit.xml'), JUNIT);
  const { env } = jobOf(remote.path);
  const jobs = Array.from({ length: 50 }, (_, i) =>
    report(at, env, '--matrix', JSON.stringify({ shard: i }), '--conclusion', 'success', '--strict'),
  );
  const outcomes = await Promise.all(jobs);
  expect(outcomes.map(({ status }) => status)).toEqual(jobs.map(() => 0));
  const events = seen(remote);
  expect(new Set(events.map(({ session }) => session)).size).toBe(50);
  const shards = events.filter(({ type }) => type === 'ci_run').map(({ payload }) => JSON.parse(String(payload['matrix'])).shard);
  expect(shards.sort((a, b) => a - b)).toEqual(jobs.map((_, i) => i));
  expect(events.filter(({ type }) => type === 'test')).toHaveLength(50);
});

describe('on a host that looks at tokens', () => {
  async function hosted(readOnly: boolean) {
    const github = await startGitHub({ users: ['ada'], repositories: ['octocat/Hello-World'] });
    const repository = github.repository('octocat/Hello-World');
    const token = await github.token('octocat', { actions: true, readOnly });
    const { env } = jobOf('', { GITTRACE_CI_REMOTE: '', GITHUB_SERVER_URL: github.web });
    return { github, remote: repository.at, token, env };
  }

  test("the job's token is enough, and stands nowhere", async () => {
    const { remote, token, env } = await hosted(false);
    const { status, stderr } = await report(folder(), { ...env, GITHUB_TOKEN: token });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('recorded 2 events') });
    expect(types(seen(remote))).toEqual(['session_started', 'ci_run']);
  });

  test('a checkout that has kept its credential', async () => {
    const { github, remote, token, env } = await hosted(false);
    const checkout = TestRepository.create();
    checkout.git('remote', 'add', 'origin', github.cloneUrl(github.repository('octocat/Hello-World')));
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
    checkout.git('config', `http.${github.web}/.extraheader`, `AUTHORIZATION: basic ${basic}`);
    expect((await report(checkout.path, { ...env, GITHUB_TOKEN: 'ghs_wrong' })).stderr).toContain('recorded 2 events');
    // ours wins over it, where it is given
    const readOnly = await github.token('octocat', { actions: true, readOnly: true });
    expect((await report(checkout.path, { ...env, GITTRACE_TOKEN: readOnly, GITHUB_JOB: 'other' })).stderr).toContain('403');
    expect(seen(remote)).toHaveLength(2);
  });

  test('a token that may only read: it is said once, the events go to a file, and the build passes', async () => {
    const { github, remote, token, env } = await hosted(true);
    const at = folder();
    writeFileSync(join(at, 'junit.xml'), JUNIT);
    const { status, stdout, stderr } = await report(at, { ...env, GITHUB_TOKEN: token }, '--conclusion', 'failure', '--out', 'trace.json');
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(stderr.replaceAll(github.web, 'https://github.example')).toMatchInlineSnapshot(`
      "warning: job 'greeting_job' (1 passed, 1 failed, 0 skipped) was not delivered to trace 42: cannot push to 'https://github.example/octocat/Hello-World.git': Write access to repository not granted.; unable to access 'https://github.example/octocat/Hello-World.git/': The requested URL returned error: 403
      hint: this job may not write to the repository, as is usual for pull requests from forks (docs/ci.md)
      hint: the events are in 'trace.json': 'git trace ingest trace.json' records them where that is allowed
      "
    `);
    const summary = readFileSync(env['GITHUB_STEP_SUMMARY'] ?? '', 'utf8');
    expect(summary).toContain('this job may not write to the repository');
    const file = readFileSync(join(at, 'trace.json'), 'utf8');
    expect(stderr + summary + file).not.toContain(token);
    expect((await report(at, { ...env, GITHUB_TOKEN: token }, '--strict')).status).toBe(1);
    // who may write takes them over, and they are the same events
    const clone = remote.clone();
    expect(clone.traceWith({ input: file }, 'ingest', '-').stderr).toBe('4 events accepted, 0 duplicates, 0 rejected\n');
    expect(clone.traceWith({ input: file }, 'ingest', '-').stderr).toBe('0 events accepted, 4 duplicates, 0 rejected\n');
    expect(clone.trace('push', '--remote', remote.path, '42').status).toBe(0);
    expect(types(seen(remote))).toEqual(['session_started', 'test', 'ci_run', 'session_ended']);
  });
});

describe('what goes wrong is told and fails no build', () => {
  test.each([
    ['no build server', {}, []],
    ['a run without a name', { CI: 'true' }, []],
    ['a run for a tag', { ...GITHUB, GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/tags/v1' }, []],
    ['nothing that tells the repository', { CI: 'true', GITTRACE_CI_RUN_ID: '1', GITTRACE_CI_BRANCH: 'main' }, []],
    ['a remote that is not there', { ...GITHUB, GITTRACE_CI_REMOTE: '/nowhere' }, []],
    ['a report that is not there', { ...GITHUB, GITTRACE_CI_REMOTE: '/nowhere' }, ['--report', 'out/*.xml']],
  ])('%s', async (_, env, args) => {
    const { status, stderr } = await report(folder(), { ...env, TMPDIR: folder() }, ...args);
    expect(status).toBe(0);
    expect(stderr).toMatchSnapshot();
    expect((await report(folder(), { ...env, TMPDIR: folder() }, '--strict', ...args)).status).toBe(1);
  });

  test('only a wrong call does', async () => {
    expect((await report(folder(), {}, '--reports', 'x')).status).toBe(129);
    expect((await report(folder(), GITHUB, '--pr', 'main')).status).toBe(129);
  });

  test('nothing is recorded where somebody has switched it off', async () => {
    const remote = TestRepository.createBare();
    expect(await report(folder(), { ...jobOf(remote.path).env, GITTRACE: '0' })).toMatchObject({ status: 0, stderr: '' });
    expect(remote.git('for-each-ref')).toBe('');
  });
});
