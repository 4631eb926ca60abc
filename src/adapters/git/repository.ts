/** Finds the repository we stand in and opens it: one `git rev-parse` and one `git config --list`, at the same time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../core/errors.ts';
import type { Identity, Repository } from '../../core/ports.ts';
import { CatFile } from './cat-file.ts';
import { readCommitFacts } from './commits.ts';
import { GitConfigStore } from './config.ts';
import { currentBranch } from './head.ts';
import { GitObjectStore } from './objects.ts';
import { childEnvironment, type Environment, gitFailure, runGit } from './process.ts';
import { GitRefStore } from './refs.ts';
import { GitRemoteStore, type RemoteOptions } from './remote.ts';
import { WorkTreeSnapshots } from './snapshots.ts';

const FACTS = ['--git-dir', '--git-common-dir', '--is-bare-repository', '--is-inside-work-tree', '--show-object-format', '--show-prefix'];

/**
 * Opens the repository of a directory under the given environment (hooks set GIT_DIR there).
 *
 * @throws not-a-repository, git-missing, git-failed
 */
export async function openRepository(cwd: string, environment: Environment, options: RemoteOptions): Promise<Repository> {
  const asCalled = childEnvironment(environment, undefined);
  const [facts, listed] = await Promise.all([
    runGit(['rev-parse', '--path-format=absolute', ...FACTS], asCalled, { cwd }),
    runGit(['config', '--list', '-z'], asCalled, { cwd }),
  ]);
  if (facts.status !== 0) {
    if (/not a git repository/.test(facts.stderr)) {
      throw fail('not-a-repository', `'${cwd}' is not in a git repository`, ["go into one, or make one with 'git init'"]);
    }
    throw gitFailure('open the repository', facts);
  }
  if (listed.status !== 0) throw gitFailure('read the configuration', listed);
  const lines = facts.stdout.toString('utf8').replace(/\n$/, '').split('\n');
  if (lines.length !== FACTS.length) throw fail('git-failed', 'the path of the repository holds a line break');
  const [gitDir = '', commonDir = '', bare, inside, format, prefix = ''] = lines;
  const objectFormat = format === 'sha256' ? 'sha256' : 'sha1';
  const workTree = bare === 'false' && inside === 'true' ? workTreeOf(cwd, prefix) : undefined;
  const env = childEnvironment(environment, gitDir);
  const config = new GitConfigStore(listed.stdout, env, gitDir);
  const catFile = new CatFile(env, gitDir);
  const storage = config.get('extensions.refstorage') ?? 'files';
  const refs = new GitRefStore({ env, commonDir, format: objectFormat, inFiles: storage === 'files' });
  const shared = config.get('core.sharedrepository');
  return {
    gitDir,
    commonDir,
    workTree,
    prefix,
    objectFormat,
    objects: new GitObjectStore({
      directory: join(commonDir, 'objects'),
      format: objectFormat,
      env,
      cwd: commonDir,
      shared: shared !== undefined && !/^(umask|false|0)$/.test(shared),
      catFile,
    }),
    refs,
    config,
    remote: new GitRemoteStore(env, workTree ?? gitDir, config, options, refs),
    identity: () => identity(environment, config, env, gitDir),
    head: async () => {
      const [branch, commit] = await Promise.all([currentBranch(gitDir, commonDir, env), catFile.read('HEAD')]);
      return { branch, oid: commit?.oid };
    },
    formerNames: (branch) => formerNames(branch, env, gitDir),
    version: async () => (await runGit(['version'], env, { cwd: gitDir })).stdout.toString('utf8').trim(),
    commitFacts: (oids) => readCommitFacts(oids, catFile, env, gitDir),
    workTrees: () => listWorkTrees(workTree, commonDir, env, gitDir),
    snapshots: (folder) =>
      workTree === undefined
        ? undefined
        : new WorkTreeSnapshots({ gitDir, commonDir, workTree, objectFormat, env, folder, hasFilters: hasFilters(config) }),
    close: () => catFile.close(),
  };
}

function hasFilters(config: GitConfigStore): boolean {
  return config.entries('filter.').some(([key]) => /\.(?:clean|process)$/.test(key));
}

/** The work tree's top: where we are, less the prefix. */
function workTreeOf(cwd: string, prefix: string): string {
  const up = prefix
    .split('/')
    .filter((step) => step !== '')
    .map(() => '..');
  return join(cwd, ...up);
}

async function listWorkTrees(
  own: string | undefined,
  commonDir: string,
  env: Record<string, string>,
  gitDir: string,
): Promise<{ path: string; branch: string | null }[]> {
  // nearly always there is but one, and git need not be asked
  if (own !== undefined && !existsSync(join(commonDir, 'worktrees')))
    return [{ path: own, branch: (await currentBranch(gitDir, commonDir, env)) ?? null }];
  const listed = await runGit(['worktree', 'list', '--porcelain'], env, { cwd: gitDir });
  return listed.stdout
    .toString('utf8')
    .split('\n\n')
    .flatMap((entry) => {
      const path = /^worktree (.+)$/m.exec(entry)?.[1];
      const isThere = path !== undefined && !/^(?:bare|prunable)\b/m.test(entry) && existsSync(path);
      return isThere ? [{ path, branch: /^branch refs\/heads\/(.+)$/m.exec(entry)?.[1] ?? null }] : [];
    });
}

async function formerNames(branch: string, env: Record<string, string>, gitDir: string): Promise<string[]> {
  const ref = `refs/heads/${branch}`;
  const log = await runGit(['reflog', 'show', '--format=%gs', ref, '--'], env, { cwd: gitDir });
  const names = [...log.stdout.toString('utf8').matchAll(/^Branch: renamed refs\/heads\/(.+) to refs\/heads\/.+$/gm)];
  return [...new Set(names.map(([, name = '']) => name))].filter((name) => name !== branch);
}

async function identity(environment: Environment, config: GitConfigStore, env: Record<string, string>, cwd: string): Promise<Identity> {
  const name = environment['GIT_COMMITTER_NAME'] ?? config.get('committer.name') ?? config.get('user.name');
  const email = environment['GIT_COMMITTER_EMAIL'] ?? config.get('committer.email') ?? config.get('user.email');
  if (name !== undefined && email !== undefined && name !== '') return { name, email };
  const guessed = await runGit(['var', 'GIT_COMMITTER_IDENT'], env, { cwd });
  const found = /^(.*) <(.*)> [0-9]+ [+-][0-9]+$/.exec(guessed.stdout.toString('utf8').trim());
  const account = environment['USER'] ?? environment['LOGNAME'] ?? 'unknown';
  return { name: name || found?.[1] || account, email: email || found?.[2] || `${account}@localhost` };
}
