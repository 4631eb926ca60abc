/**
 * `npm run quickstart [-- <repository>]`: from a fresh clone to a trace that a second person reads. Installs, builds,
 * then works in copies of a real repository, this one or the one given, with a bare one as their remote. Prints every
 * command as it is typed, and ends with what was checked. Everything is below .quickstart; nothing else is touched.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ready, root } from './ready.mjs';

const folder = join(root, '.quickstart');
const color = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';

const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration } from './duration.mjs';

test('minutes and hours', () => {
  assert.equal(duration(45), '45 min');
  assert.equal(duration(90), '1 h 30 min');
});
`;
const wrong = (minutes) => `export function duration(minutes) {
  if (minutes < 60) return \`\${minutes} min\`;
  return \`\${Math.floor(minutes / 60)} h \${${minutes}} min\`;
}
`;

ready();
const started = performance.now();
const source = process.argv[2] === undefined ? root : resolvedSource(process.argv[2]);
prepare();
console.log(`
A journal of the work on a pull request, from the first command to a colleague who replays it. 'ada' and 'ben' are two
clones of ${source === root ? 'this repository' : source}; 'origin.git' is the remote of both.`);

say('Ada switches recording on. It is said what is recorded, and where it goes.');
const ada = clone('ada', 'Ada');
run(ada, 'git config trace.pushWait 20000', 0, 'here a push waits for the trace, however slow this machine is');
run(ada, 'git trace init');

say('She works. Commands that are worth keeping she runs through git trace; commits are recorded by a hook.');
run(ada, 'git switch -q -c durations');
run(ada, 'git trace run -- git log --oneline -5');
write(ada, 'duration.mjs', wrong('minutes'));
write(ada, 'duration.test.mjs', TEST);
run(ada, 'git add duration.mjs duration.test.mjs');
run(ada, 'git commit -q -m "say durations in words"');
run(ada, 'git trace run -- node --test duration.test.mjs', 1, 'it fails, as the first one does');
run(ada, 'git trace note "the hours are not taken off the minutes"');
write(ada, 'duration.mjs', wrong('minutes % 60'));
run(ada, 'git diff -U0 duration.mjs');
run(ada, 'git trace run -- node --test duration.test.mjs');
run(ada, 'git commit -q -a -m "take the hours off the minutes"');

say('The branch becomes pull request 42. An ordinary push takes the trace along.');
run(ada, 'git trace link 42');
run(ada, 'git push -q -u origin durations');
run(ada, 'git trace status');

say('Ben has only cloned. He names the pull request, and its trace is fetched.');
const ben = clone('ben', 'Ben');
run(ben, 'git trace show 42');

say('And without git trace: the journal is a ref, its lines are files.');
run(ben, 'git log --oneline refs/traces/42/journal');
run(ben, 'git ls-tree -r --name-only refs/traces/42/journal');
check();

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`
done in ${seconds} s: everything is in ${folder}
Go on there (cd .quickstart/ada, with .quickstart/bin on your PATH), or remove it: rm -rf .quickstart`);

/** The argument as git takes it: a URL, or a path from where npm was called. */
function resolvedSource(text) {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[^/]+@[^/]+:/.test(text) ? text : resolve(process.env.INIT_CWD ?? process.cwd(), text);
}

/** The folder, a git that knows only us, `git trace` on its PATH, and the remote. */
function prepare() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  symlinkSync(join(root, 'bin/git-trace.js'), join(folder, 'bin/git-trace'));
  // a copy of somebody else's repository is no danger here, and nobody's global settings have a say
  writeFileSync(
    join(folder, 'gitconfig'),
    '[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n[trace]\n\trecorder = false\n',
  );
  const cloned = spawnSync('git', ['clone', '-q', '--bare', '--', source, join(folder, 'origin.git')], {
    env: environment(),
    encoding: 'utf8',
  });
  if (cloned.status === 0) return;
  process.stderr.write(
    `${cloned.stderr ?? ''}error: cannot clone '${source}'\nhint: name a repository: npm run quickstart -- <path or URL>\n`,
  );
  process.exit(1);
}

/** The environment of everything that is shown: without the caller's repository, settings, session, or wish not to be recorded. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GIT_|GITTRACE|DO_NOT_TRACK$|NODE_TEST_CONTEXT$|npm_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: [join(folder, 'bin'), process.env.PATH ?? ''].join(delimiter),
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
  };
}

function clone(name, person) {
  const path = join(folder, name);
  run(folder, `git clone -q origin.git ${name}`);
  spawnSync('git', ['-C', path, 'config', 'user.name', person], { env: environment() });
  spawnSync('git', ['-C', path, 'config', 'user.email', `${person.toLowerCase()}@example.com`], { env: environment() });
  return path;
}

function say(text) {
  console.log(`\n${color ? `\x1b[1m${text}\x1b[0m` : `# ${text}`}\n`);
}

/** Runs a command line in a shell and prints both; ends everything if its status is not the expected one. */
function run(cwd, command, expected = 0, remark = '') {
  const where = cwd.slice(folder.length + 1);
  console.log(`${where}$ ${color ? `\x1b[36m${command}\x1b[0m` : command}${remark === '' ? '' : `   # ${remark}`}`);
  const { status, stdout, error } = spawnSync('sh', ['-c', `exec 2>&1\n${command}`], {
    cwd,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  process.stdout.write(stdout ?? '');
  if (error === undefined && status === expected) return stdout;
  process.stderr.write(
    `\nerror: '${command}' ended with ${error?.message ?? status}, expected ${expected}\nhint: the repositories are in ${folder}\n`,
  );
  process.exit(1);
}

function write(cwd, name, text) {
  writeFileSync(join(cwd, name), text);
  console.log(`${cwd.slice(folder.length + 1)}$ ${color ? `\x1b[2m(wrote ${name})\x1b[0m` : `(wrote ${name})`}`);
}

/** What Ben sees must be what Ada did. */
function check() {
  const { stdout } = spawnSync('git', ['trace', 'show', '42', '--json'], { cwd: ben, env: environment(), encoding: 'utf8' });
  const { events } = JSON.parse(stdout);
  const count = (type) => events.filter((event) => event.type === type).length;
  const tests = events.filter(({ type }) => type === 'test').map(({ payload }) => payload.failed);
  const found = { commits: count('commit'), commands: count('command'), notes: count('annotation'), pushes: count('push'), tests };
  const expected = { commits: 2, commands: 3, notes: 1, pushes: 1, tests: [1, 0] };
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  process.stderr.write(`\nerror: Ben's trace has ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}\n`);
  process.exit(1);
}
