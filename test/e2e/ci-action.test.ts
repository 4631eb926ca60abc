/**
 * The GitHub Action as a runner has it: the tree of a release's tag and nothing else, started with inputs in the
 * environment.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { GITHUB, pullRequest } from '../helpers/ci.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';

/** Where the runner has unpacked the action. */
let action: string;
let release: TestRepository;

beforeAll(() => {
  release = TestRepository.create({ name: 'release' });
  // the clone may belong to somebody else than who runs the tests, as in a container
  const list = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = execFileSync('git', list, { encoding: 'utf8' }).split('\0');
  for (const path of paths) if (path !== '' && existsSync(path)) cpSync(path, join(release.path, path), { recursive: true });
  symlinkSync(realpathSync('node_modules'), join(release.path, 'node_modules'));
  release.git('add', '--all');
  release.git('commit', '-q', '-m', 'everything');
  expect(release.run(process.execPath, ['scripts/release-action.mjs'])).toMatchObject({ status: 0 });
  action = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'action-'));
  release.git('archive', '--output', join(action, '..', 'action.tar'), tag());
  release.run('tar', ['-xf', join(action, '..', 'action.tar'), '-C', action]);
});

function tag(): string {
  return `v${JSON.parse(readFileSync('package.json', 'utf8')).version}`;
}

/** Runs the action in an empty folder, and gives back its outputs too. */
function act(inputs: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}): Outcome & { outputs: string } {
  const job = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'job-'));
  mkdirSync(join(job, 'work'));
  writeFileSync(join(job, 'event.json'), JSON.stringify({ pull_request: pullRequest() }));
  writeFileSync(join(job, 'work/results.xml'), '<testsuite name="a"><testcase name="b"/></testsuite>');
  const env = {
    ...GITHUB,
    GITHUB_EVENT_PATH: join(job, 'event.json'),
    GITHUB_STEP_SUMMARY: join(job, 'summary.md'),
    GITHUB_OUTPUT: join(job, 'outputs'),
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    ...more,
  };
  const outcome = release.run(process.execPath, [join(action, 'dist/action.js')], { cwd: join(job, 'work'), env });
  return { ...outcome, outputs: existsSync(env.GITHUB_OUTPUT) ? readFileSync(env.GITHUB_OUTPUT, 'utf8') : '' };
}

test('the tag has the build, and no branch has', () => {
  expect(existsSync(join(action, 'dist/action.js'))).toBe(true);
  expect(existsSync(join(action, 'node_modules'))).toBe(false);
  expect(release.git('ls-tree', '--name-only', 'HEAD', 'dist')).toBe('');
  expect(release.git('rev-parse', `${tag()}^`)).toBe(release.git('rev-parse', 'HEAD'));
  expect(release.git('status', '--porcelain')).toBe('');
  expect(release.run(process.execPath, ['scripts/release-action.mjs'])).toMatchObject({
    status: 1,
    stderr: `error: there is a tag '${tag()}'\nhint: raise the version in 'package.json'\n`,
  });
});

test('it reports as its inputs say, and sets its outputs', () => {
  const remote = TestRepository.createBare();
  const inputs = {
    conclusion: 'success',
    matrix: '{\n  "node": 20\n}',
    'job-id': '4711',
    remote: remote.path,
    report: 'results.xml\n',
    job: '',
  };
  const { status, stdout, stderr, outputs } = act({ ...inputs, strict: 'true' });
  expect({ status, stdout, stderr: stderr.replace(remote.path, '<remote>') }).toEqual({
    status: 0,
    stdout: '',
    stderr: `recorded 4 events of job 'greeting_job (20)' (1 passed, 0 failed, 0 skipped) in refs/traces/42/journal on '<remote>'\n`,
  });
  expect(outputs).toMatch(
    /^trace=42\nsession=github-actions-1658821493-3-greeting-job-node-[0-9a-f-]+\naccepted=4\ntests=1\ndelivered=true\n$/,
  );
});

test('what goes wrong is told and fails no job, unless it is to', () => {
  const told = expect.stringContaining("was not delivered to trace 42: cannot push to '/nowhere'");
  expect(act({ remote: '/nowhere' })).toMatchObject({ status: 0, stderr: told, outputs: expect.stringContaining('delivered=false\n') });
  expect(act({ remote: '/nowhere', strict: 'true' }).status).toBe(1);
});

test('a mode that there is not is told', () => {
  expect(act({ mode: 'reprot' })).toMatchObject({ status: 129, stderr: 'error: mode is "reprot", expected report, comment, archive\n' });
});

test('the token stands in no message', () => {
  const token = 'ghs_abcdefghijklmnopqrstuvwxyz0123456789';
  const { stdout, stderr } = act({ token }, { GITHUB_SERVER_URL: 'http://127.0.0.1:1' });
  expect(stderr).toContain('was not delivered');
  expect(stdout + stderr).not.toContain(token);
});
