/** `git trace test` and `git trace run` with real test runners: what the person sees stays, and the results are recorded. */
import { readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

let repository: TestRepository;

const SUITE = `
describe('cart', () => {
  test('adds', () => assert.equal(1 + 1, 2));
  test('sums up', () => assert.equal(0.1 + 0.2, 0.3));
  test.skip('ships', () => {});
});
`;

beforeAll(() => {
  repository = TestRepository.create();
  repository.putTraceOnPath();
  repository.commitFile('README.md', 'first\n');
  repository.git('trace', 'init');
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(repository.path, 'node_modules'));
  repository.writeFile('package.json', '{ "type": "module" }\n');
  repository.writeFile('node/cart.test.js', `import assert from 'node:assert';\nimport { describe, test } from 'node:test';${SUITE}`);
  repository.writeFile('vitest/cart.test.js', `import assert from 'node:assert';\nimport { describe, test } from 'vitest';${SUITE}`);
  repository.writeFile(
    'python/test_cart.py',
    'def test_adds():\n    assert 1 + 1 == 2\n\n\ndef test_sums_up():\n    assert 0.1 + 0.2 == 0.3\n',
  );
});

interface Event {
  readonly type: string;
  readonly ts: string;
  readonly payload: Record<string, unknown>;
}

/** The last two commands or test results of the trace. */
function lastTwo(): Event[] {
  const lines = repository.git('trace', 'show', '--ndjson').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Event)
    .filter(({ type }) => type === 'command' || type === 'test')
    .slice(-2);
}

const RESULT = { failed: 1, passed: 1, skipped: 1, source: 'local', failures: [{ name: expect.stringContaining('sums up') }] };
const vitest = './node_modules/.bin/vitest run --dir vitest';

describe('in a pipe', () => {
  test.each([
    ['vitest', vitest],
    ['node:test', 'node --test node/cart.test.js'],
  ])('%s is read by what it prints', (framework, line) => {
    const words = line.split(' ');
    const bare = repository.run(words[0] ?? '', words.slice(1));
    const run = repository.tryGit('trace', 'test', '--', ...words);
    expect(run.status).toBe(bare.status);
    expect(times(run.stdout)).toBe(times(bare.stdout));
    expect(times(run.stderr)).toBe(times(bare.stderr));
    const [command, result] = lastTwo();
    expect(command).toMatchObject({ type: 'command', payload: { command: line, exit_code: 1 } });
    expect(result).toMatchObject({ type: 'test', payload: { ...RESULT, framework, command: line } });
    expect((result?.ts ?? '') > (command?.ts ?? '')).toBe(true);
  });

  test('run does the same for a command it knows, and says nothing', () => {
    const { stderr, status } = repository.tryGit('trace', 'run', '--', 'node', '--test', 'node/cart.test.js');
    expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
    expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { ...RESULT, framework: 'node:test' } });
  });

  skipUnless(hasProgram('pytest'), 'pytest is not installed')('pytest', () => {
    const { status } = repository.tryGit('trace', 'test', 'pytest', '-q', '-p', 'no:cacheprovider', 'python');
    expect(status).toBe(1);
    const failures = [{ name: 'python/test_cart.py::test_sums_up', file: 'python/test_cart.py', message: 'assert (0.1 + 0.2) == 0.3' }];
    expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { framework: 'pytest', failed: 1, passed: 1, skipped: 0, failures } });
  });
});

/** Runs a script at a terminal in the repository, to its end; answers with what it left on the screen. */
async function atTerminal(script: string): Promise<string> {
  await using terminal = new TestTerminal('/bin/sh', ['-c', `${script}; echo "status $?"`], { cwd: repository.path, env: repository.env });
  await terminal.see(/status \d+/);
  return terminal.screen();
}

describe('at a terminal', () => {
  test.each([
    ['vitest', vitest],
    ['node:test', 'node --test node/cart.test.js'],
  ])('%s gets a reporter that nobody sees', async (framework, line) => {
    const before = readdirSync(dirname(repository.path));
    const bare = await atTerminal(line);
    expect(times(await atTerminal(`git trace test -- ${line}`))).toBe(times(bare));
    const [command, result] = lastTwo();
    expect(command).toMatchObject({ type: 'command', payload: { command: line, exit_code: 1, terminal: 'pty' } });
    const payload = result?.payload ?? {};
    expect(payload).toMatchObject({ ...RESULT, framework, command: line });
    // the summary for people has no stack
    expect(JSON.stringify(payload['failures'])).toMatch(/cart\.test\.js:\d+:\d+/);
    expect(readdirSync(dirname(repository.path))).toEqual(before);
  });

  test('reporters of the configuration stay', async () => {
    repository.writeFile('vitest.config.js', "export default { test: { reporters: ['tap-flat'], dir: 'vitest' } };\n");
    try {
      const bare = await atTerminal('./node_modules/.bin/vitest run');
      expect(times(await atTerminal('git trace test -- ./node_modules/.bin/vitest run'))).toBe(times(bare));
      expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { ...RESULT, framework: 'vitest' } });
    } finally {
      repository.run('rm', ['vitest.config.js']);
    }
  });
});

describe('reports', () => {
  const write = (path: string, name: string): string =>
    `mkdir -p "$(dirname ${path})" && echo '<testsuite name="shop"><testcase name="${name}"/></testsuite>' >${path}`;

  test('that were written meanwhile are found', () => {
    repository.tryGit('trace', 'test', '--', 'sh', '-c', write('api/build/test-results/junit.xml', 'a'));
    expect(lastTwo()[1]).toMatchObject({
      type: 'test',
      payload: { framework: 'junit', passed: 1, report: 'api/build/test-results/junit.xml' },
    });
  });

  test('that are named are read, and no other', () => {
    const script = `${write('out/mine.xml', 'a')}; ${write('junit.xml', 'b')}`;
    repository.tryGit('trace', 'test', '--report', 'out/*.xml', '--', 'sh', '-c', script);
    expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { report: 'out/mine.xml' } });
    const outside = join(dirname(repository.path), 'outside.xml');
    repository.tryGit('trace', 'test', '--report', outside, '--', 'sh', '-c', write(outside, 'c'));
    expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { passed: 1 } });
    expect(lastTwo()[1]?.payload).not.toHaveProperty('report');
  });

  test('that the policy names are found', () => {
    repository.writeFile('.gittrace.json', '{ "tests": { "reports": ["odd/**/*.data"] } }\n');
    repository.tryGit('trace', 'test', '--', 'sh', '-c', write('odd/place/x.data', 'a'));
    expect(lastTwo()[1]).toMatchObject({ type: 'test', payload: { report: 'odd/place/x.data' } });
    repository.run('rm', ['.gittrace.json']);
  });

  test('that were there before are not', () => {
    repository.run('sh', ['-c', `${write('junit.xml', 'old')}; touch -d '2026-01-01' junit.xml`]);
    const { stderr, status } = repository.tryGit('trace', 'test', '--', 'true');
    expect({ stderr, status }).toEqual({
      stderr:
        'git trace: the command was recorded, but no test results: there is no report, and the output has no summary\n' +
        "hint: name the report that your tests write: 'git trace test --report <glob> -- <command>'\n",
      status: 0,
    });
    expect(lastTwo()[1]).toMatchObject({ type: 'command', payload: { command: 'true' } });
  });

  test('a malicious one is a warning on the event', () => {
    const laughs = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><testsuite><testcase name="&c;"><failure/></testcase>';
    repository.tryGit('trace', 'test', '--', 'sh', '-c', `echo '${laughs}' >junit.xml`);
    expect(lastTwo()[1]).toMatchObject({
      type: 'test',
      payload: { failed: 1, failures: [{ name: '&c;' }], warning: expect.stringContaining('DOCTYPE') },
    });
  });
});

test('capture.output false keeps no sample, and what a failure says stays out', () => {
  repository.writeFile('.gittrace.json', '{ "capture": { "output": false } }\n');
  repository.tryGit('trace', 'test', '--', 'node', '--test', 'node/cart.test.js');
  const [command, result] = lastTwo();
  expect(command?.payload).toMatchObject({ stdout_sample: '' });
  expect(result?.payload['failures']).toEqual([{ name: 'cart > sums up', file: 'node/cart.test.js' }]);
  repository.run('rm', ['.gittrace.json']);
});

/** What changes from run to run does not count: times, process ids, and the time of day. */
function times(text: string): string {
  return text
    .replace(/Duration[^)]*\)/, 'Duration')
    .replace(/\d+:\d\d:\d\d/g, 'T')
    .replace(/\d+(?:\.\d+)? ?m?s\b/g, 'N')
    .replace(/(duration_ms:? )[\d.]+/g, '$1N');
}
