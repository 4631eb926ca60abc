/**
 * Stage 1, capture: tells from a command line whether it runs tests, and with which runner. Reads words as a shell would
 * split them, looks through what stands before a runner (`env`, `npx`, `uv run`, `sh -c`, …), and runs nothing. A guess
 * that is wrong costs a look for reports, no more.
 */

/** A runner by the name that its reports have; `script` where tests are run, and nothing says by what. */
export type RunnerName =
  | 'ava'
  | 'bun'
  | 'cargo nextest'
  | 'cargo test'
  | 'ctest'
  | 'deno'
  | 'dotnet'
  | 'go test'
  | 'gradle'
  | 'jest'
  | 'minitest'
  | 'mocha'
  | 'node:test'
  | 'phpunit'
  | 'playwright'
  | 'pytest'
  | 'rspec'
  | 'script'
  | 'surefire'
  | 'tap'
  | 'unittest'
  | 'vitest';

export interface Recognised {
  readonly runner: RunnerName;
  /** Where in the words of the command line the runner's own arguments begin; missing where it is called by a script. */
  readonly argumentsAt?: number;
}

/** Wrappers and shells inside one another that are looked through. */
const DEPTH = 8;
/** Characters of a command line that are looked at. */
const LONGEST = 8_192;

/**
 * Recognises a command line as it was typed: the first of its commands that runs tests.
 *
 * @example
 * recogniseLine('cd api && CI=1 npx vitest run') // { runner: 'vitest' }
 */
export function recogniseLine(line: string, depth = 0): Recognised | undefined {
  if (depth > DEPTH) return undefined;
  for (const words of simpleCommands(line.slice(0, LONGEST))) {
    const found = recogniseWords(words, depth + 1);
    // the words' places are those of this one command, which means nothing to who has the line
    if (found !== undefined) return { runner: found.runner };
  }
  return undefined;
}

/**
 * Recognises a command by its words.
 *
 * @example
 * recogniseWords(['npx', 'jest', '--ci']) // { runner: 'jest', argumentsAt: 2 }
 */
export function recogniseWords(words: readonly string[], depth = 0): Recognised | undefined {
  let at = 0;
  for (let steps = 0; steps < DEPTH; steps++) {
    while (/^[A-Za-z_]\w*=/.test(words[at] ?? '')) at += 1;
    const next = behindWrapper(words, at);
    if (next === undefined) break;
    at = next;
  }
  const [word = '', ...rest] = words.slice(at);
  const name = word.replace(/^.*[/\\]/, '').replace(/\.(?:exe|cmd|bat|ps1)$/i, '');
  if (/^(?:ba|da|z|k|fi)?sh$/.test(name)) {
    const script = rest[rest.findIndex((flag) => /^-[a-z]*c$/.test(flag)) + 1];
    return rest.some((flag) => /^-[a-z]*c$/.test(flag)) && script !== undefined ? recogniseLine(script, depth) : undefined;
  }
  const direct = RUNNERS[name]?.(rest);
  if (direct !== undefined) return { runner: direct.runner, argumentsAt: at + 1 + direct.skip };
  return SCRIPTS[name]?.(rest) === true ? { runner: 'script' } : undefined;
}

/** A runner, and how many words belong to its name besides the first. */
interface Direct {
  readonly runner: RunnerName;
  readonly skip: number;
}

type Test = (rest: readonly string[]) => Direct | undefined;

const always =
  (runner: RunnerName): Test =>
  () => ({ runner, skip: 0 });
/** A program that has a command which runs tests. */
const command =
  (runner: RunnerName, ...names: string[]): Test =>
  ([first = '']) =>
    names.includes(first) ? { runner, skip: 1 } : undefined;
/** A build tool: one of its targets runs tests. */
const target =
  (runner: RunnerName, pattern: RegExp): Test =>
  (rest) =>
    rest.some((word) => pattern.test(word)) ? { runner, skip: 0 } : undefined;

const python: Test = (rest) => {
  const at = rest.indexOf('-m');
  const module = rest[at + 1];
  // an option before `-m` may be there, a script may not
  if (at < 0 || rest.slice(0, at).some((word, i) => !word.startsWith('-') && !/^-[XW]$/.test(rest[i - 1] ?? ''))) return undefined;
  if (module === 'pytest' || module === 'py.test') return { runner: 'pytest', skip: at + 2 };
  if (module === 'unittest') return { runner: 'unittest', skip: at + 2 };
  if (module !== 'coverage' || rest[at + 2] !== 'run') return undefined;
  const inner = python(rest.slice(at + 3));
  return inner === undefined ? undefined : { runner: inner.runner, skip: at + 3 + inner.skip };
};

const gradle = target('gradle', /^(?::?[\w-]+:)*(?:test|check|build|\w*Test)$/);
const maven = target('surefire', /^(?:test|verify|install|package|integration-test|surefire:test)$/);

const RUNNERS: Readonly<Record<string, Test>> = {
  ava: always('ava'),
  bun: command('bun', 'test'),
  cargo: (rest) => {
    const at = (rest[0] ?? '').startsWith('+') ? 1 : 0;
    if (rest[at] === 'nextest' && rest[at + 1] === 'run') return { runner: 'cargo nextest', skip: at + 2 };
    return rest[at] === 'test' || rest[at] === 't' ? { runner: 'cargo test', skip: at + 1 } : undefined;
  },
  ctest: always('ctest'),
  deno: command('deno', 'test'),
  dotnet: command('dotnet', 'test'),
  go: command('go test', 'test'),
  gradle,
  gradlew: gradle,
  jest: always('jest'),
  mocha: always('mocha'),
  mvn: maven,
  mvnw: maven,
  node: (rest) => (rest.some((word) => word === '--test') ? { runner: 'node:test', skip: 0 } : undefined),
  phpunit: always('phpunit'),
  pest: always('phpunit'),
  playwright: command('playwright', 'test'),
  'py.test': always('pytest'),
  pypy3: python,
  pytest: always('pytest'),
  'pytest-3': always('pytest'),
  python,
  python3: python,
  rails: command('minitest', 'test'),
  'react-scripts': command('jest', 'test'),
  rspec: always('rspec'),
  tap: always('tap'),
  tape: always('tap'),
  'ts-mocha': always('mocha'),
  vitest: (rest) => (rest[0] === 'bench' || rest[0] === 'init' || rest[0] === 'list' ? undefined : { runner: 'vitest', skip: 0 }),
};

/** A script's name that says that it runs tests. */
const TESTS = /^(?:tests?|t|specs?|check|verify|ci)(?:[:_-].+)?$|[:_-]tests?$/;
/** Options of package managers that a word follows. */
const VALUED = /^(?:--(?:prefix|workspace|filter|cwd|dir)|-[CFw])$/;
/** What `npm run` and the like are called with. */
const scripts =
  (...plain: string[]): ((rest: readonly string[]) => boolean) =>
  (rest) => {
    const said = rest.filter((word, i) => !word.startsWith('-') && !VALUED.test(rest[i - 1] ?? ''));
    const [first = '', second = ''] = said[0] === 'workspace' ? said.slice(2) : said;
    return (
      plain.includes(first) || (/^(?:run|run-script)$/.test(first) && TESTS.test(second)) || (plain.includes('*') && TESTS.test(first))
    );
  };
const anyTarget = (rest: readonly string[]): boolean => rest.some((word) => TESTS.test(word));

const SCRIPTS: Readonly<Record<string, (rest: readonly string[]) => boolean>> = {
  bun: scripts(),
  composer: scripts('test', '*'),
  gmake: anyTarget,
  hatch: scripts('test'),
  just: anyTarget,
  lerna: scripts('test'),
  make: anyTarget,
  ninja: anyTarget,
  nox: () => true,
  npm: scripts('test', 't', 'tst', 'it', 'install-test'),
  nx: scripts('test', '*'),
  pnpm: scripts('test', 't', '*'),
  rake: (rest) => rest.length === 0 || anyTarget(rest),
  task: anyTarget,
  tox: () => true,
  turbo: scripts('test', '*'),
  yarn: scripts('test', '*'),
};

/** Programs that run the command behind them, and those of their options that take a word. */
const WRAPPERS: Readonly<Record<string, string>> = {
  arch: '',
  builtin: '',
  bunx: '',
  c8: '-r --reporter -o --reports-dir',
  caffeinate: '',
  chronic: '',
  command: '',
  'cross-env': '',
  dotenv: '-e -f -v',
  env: '-u --unset -C --chdir',
  exec: '-a',
  faketime: '-f',
  ionice: '-c -n',
  nice: '-n',
  nocorrect: '',
  noglob: '',
  nohup: '',
  npx: '-p --package -c',
  nyc: '-r --reporter',
  pnpx: '',
  setsid: '',
  stdbuf: '-i -o -e',
  strace: '-e -o -s',
  sudo: '-u -g -C -h',
  time: '-f -o',
  timeout: '-s -k --signal --kill-after',
  winpty: '',
  'xvfb-run': '-s -n -e',
};

/** Programs with a command of theirs that runs the command behind it. */
const RUNNING: Readonly<Record<string, readonly string[]>> = {
  bundle: ['exec'],
  conda: ['run'],
  coverage: ['run'],
  direnv: ['exec'],
  hatch: ['run'],
  mise: ['exec', 'x'],
  npm: ['exec', 'x'],
  pdm: ['run'],
  pipenv: ['run'],
  pixi: ['run'],
  pnpm: ['exec', 'dlx'],
  poetry: ['run'],
  rye: ['run'],
  uv: ['run'],
  volta: ['run'],
  yarn: ['exec', 'dlx', 'run'],
};

/** Arguments of their own that wrappers take before the command: a time limit, a folder. */
const OPERANDS: Readonly<Record<string, number>> = { timeout: 1, faketime: 1, direnv: 1 };

/** Where the wrapped command begins; `undefined` where there is no wrapper. */
function behindWrapper(words: readonly string[], at: number): number | undefined {
  const name = (words[at] ?? '').replace(/^.*\//, '');
  const running = RUNNING[name];
  const isRunning = running?.includes(words[at + 1] ?? '') === true;
  if (!isRunning && !Object.hasOwn(WRAPPERS, name)) {
    // `yarn jest` and `pnpm vitest` run a program by its bare name
    return (name === 'yarn' || name === 'pnpm') && RUNNERS[words[at + 1] ?? ''] !== undefined ? at + 1 : undefined;
  }
  const valued = (WRAPPERS[name] ?? '-m --with --extra --group --package -p --python -n --name').split(' ');
  let next = at + (isRunning ? 2 : 1);
  // `coverage run -m pytest` is `python -m pytest`, measured
  if (name === 'coverage') return words[next] === '-m' && /^pytest$/.test(words[next + 1] ?? '') ? next + 1 : undefined;
  for (let operands = OPERANDS[name] ?? 0; next < words.length; next++) {
    const word = words[next] ?? '';
    if (word === '--') return next + 1;
    if (valued.includes(word)) next += 1;
    else if (!word.startsWith('-') && !/^[A-Za-z_]\w*=/.test(word) && operands-- <= 0) return next;
  }
  return next;
}

/** The commands of a line, each as its words: split at what ends a command, quotes taken away, nothing expanded. */
function* simpleCommands(line: string): Generator<string[]> {
  let words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? '';
    if (quote !== '') {
      if (sign === quote) quote = '';
      else if (sign === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? '')) word = (word ?? '') + (line[++at] ?? '');
      else word = (word ?? '') + sign;
    } else if (sign === "'" || sign === '"') {
      quote = sign;
      word ??= '';
    } else if (sign === '\\') {
      at += 1;
      if (line[at] !== '\n') word = (word ?? '') + (line[at] ?? '');
    } else if (/[\s;&|()]/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (!/[ \t\r]/.test(sign) && words.length > 0) {
        yield words;
        words = [];
      }
    } else if (sign === '#' && word === undefined) {
      const end = line.indexOf('\n', at);
      at = end < 0 ? line.length : end - 1;
    } else word = (word ?? '') + sign;
  }
  if (word !== undefined) words.push(word);
  // what is redirected to is no argument; keywords begin no command
  if (words.length > 0) yield words;
}
