/**
 * The environment that tests and everything they start live in: nothing of the person who runs them, nothing of the CI
 * they run on, a HOME of their own and one fixed identity.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What may pass from outside: where programs are, what the test runner says to its workers, how much is to be tested. */
const KEPT =
  /^(PATH|LD_LIBRARY_PATH|TMPDIR|TEST|MODE|DEV|PROD|SSR|BASE_URL|NODE_ENV|NODE_V8_COVERAGE|TINYPOOL_.*|VITEST.*|GITTRACE_FAULT|GITTRACE_TEST_SEED)$/;

const CONFIG = `[user]
	name = A U Thor
	email = author@example.com
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol "file"]
	allow = always
[trace]
	recorder = false
`;

export type HermeticEnvironment = Record<string, string> & { HOME: string; GIT_CONFIG_GLOBAL: string };

/**
 * The environment for tests that keep everything below `folder`.
 *
 * GIT_CEILING_DIRECTORIES keeps git from finding a repository around that folder.
 */
export function hermeticEnvironment(outside: NodeJS.ProcessEnv, folder: string): HermeticEnvironment {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(outside)) if (value !== undefined && KEPT.test(name)) kept[name] = value;
  const home = join(folder, 'home');
  // another git than the installed one, for all tests; its program's path
  const git = outside['GITTRACE_TEST_GIT'];
  if (git !== undefined) kept['PATH'] = `${dirname(git)}:${kept['PATH'] ?? ''}`;
  return {
    ...kept,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CEILING_DIRECTORIES: folder,
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
    SHELL: '/bin/sh',
    TERM: 'dumb',
    TZ: 'UTC',
  };
}

/** Makes the folders and files that the environment points at. */
export function makeHome(environment: HermeticEnvironment): void {
  mkdirSync(join(environment.HOME, '.config'), { recursive: true });
  mkdirSync(dirname(environment.GIT_CONFIG_GLOBAL), { recursive: true });
  writeFileSync(environment.GIT_CONFIG_GLOBAL, CONFIG);
}
