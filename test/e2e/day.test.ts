/**
 * A day of ordinary work: one line in the rc file, `git trace init`, and then nothing but the work itself, in a real
 * shell and with the recorder running. The trace tells all of it, in order, on another machine.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';
import { TestShell } from '../helpers/shells.ts';

test('a day of work leaves its trace without one more keystroke', { timeout: 120_000 }, async () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.git('config', 'trace.recorder', 'true');
  repository.git('config', 'trace.pushWait', '20000');
  repository.commitFile('package.json', '{}\n'); // whatever a folder above says
  repository.commitFile('add.js', 'exports.add = (a, b) => a - b;\n');
  repository.commitFile(
    'add.test.js',
    "require('node:test')('adds', () => require('node:assert').equal(require('./add.js').add(1, 2), 3));\n",
  );
  repository.commitFile('.gitignore', 'junit.xml\n');
  expect(repository.trace('init').status).toBe(0);
  onTestFinished(() => void repository.trace('recorder', '--stop'));
  await using shell = await TestShell.start('bash', repository);
  // where the recorder is slow to come, its work is done by the next command; here its own is to be seen
  const told = (text: string): Promise<void> =>
    vi.waitFor(() => expect(events(repository).map(brief)).toContainEqual(expect.stringContaining(text)), {
      timeout: 30_000,
      interval: 200,
    });

  await shell.type('git switch -q -c adding');
  await shell.type('node --test --test-reporter junit --test-reporter-destination junit.xml');
  await told('test 0 passed, 1 failed');
  repository.writeFile('add.js', 'exports.add = (a, b) => a + b;\n'); // in an editor
  await shell.type('node --test --test-reporter junit --test-reporter-destination junit.xml');
  await told('test 1 passed, 0 failed');
  await shell.type(' deploy --password hunter2hunter2');
  await shell.type('export API_TOKEN=0123456789abcdef-not-for-you');
  await shell.type('git trace note "the sign was wrong"');
  await shell.type('git commit -q -a -m "add, not subtract"');
  await shell.type('git push -q -u origin adding');
  await shell.exit();

  const elsewhere = remote.clone({ flags: ['--branch', 'adding'] });
  expect(elsewhere.trace('fetch', 'adding').status).toBe(0);
  const seen = events(elsewhere).map(brief);
  const edit = 'edit add.js +1/-1';
  const tests = 'command node --test --test-reporter junit --test-reporter-destination junit.xml';
  expect(seen.filter((line) => line !== 'session_started' && line !== edit)).toEqual([
    'checkout', // the command that made the branch began on the one before, and is in its trace
    `${tests} 1`,
    'test 0 passed, 1 failed',
    `${tests} 0`,
    'test 1 passed, 0 failed',
    'command  127',
    expect.stringMatching(/^command export API_TOKEN=«redacted:[a-z-]+» 0$/),
    'annotation the sign was wrong',
    'command git trace note "the sign was wrong" 0',
    'command git commit -q -a -m "add, not subtract" 0',
    'commit add, not subtract',
    'push',
  ]);
  // a file's time is as exact as the kernel's tick, so that the command right after it may come first
  const at = ['test 0 passed, 1 failed', edit, 'test 1 passed, 0 failed'].map((line) => seen.indexOf(line));
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(at).not.toContain(-1);
  expect(elsewhere.trace('verify', 'adding').status).toBe(0);
});

interface Event {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

function events(repository: TestRepository): Event[] {
  const { stdout } = repository.trace('show', '--ndjson', 'adding');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** An event in a line, for people. */
function brief({ type, payload }: Event): string {
  switch (type) {
    case 'command':
      return `command ${payload['command']} ${payload['exit_code']}`;
    case 'test':
      return `test ${payload['passed']} passed, ${payload['failed']} failed`;
    case 'edit':
      return `edit ${payload['file']} ${payload['change_summary']}`;
    case 'annotation':
      return `annotation ${payload['text']}`;
    case 'commit':
      return `commit ${String(payload['message']).trim()}`;
    default:
      return type;
  }
}
