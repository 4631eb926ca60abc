/**
 * Who takes part in a pull request: developers with a clone and `git trace` installed, agents that hand in batches, and
 * jobs of GitHub Actions with the environment and the event that a runner gives them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BIN, type Outcome, TestRepository } from '../repository.ts';
import type { GitHub, Opened } from './github.ts';
import type { HostedRepository } from './hosted.ts';

/** Clones a repository as somebody who has a token, and installs `git trace` there. */
export async function developer(github: GitHub, repository: HostedRepository, login: string): Promise<TestRepository> {
  const token = await github.token(login);
  const work = TestRepository.create({ name: login });
  work.putTraceOnPath();
  work.env['GH_ENTERPRISE_TOKEN'] = token;
  work.git('config', 'user.name', login);
  work.git('config', 'user.email', `${login}@example.com`);
  // credentials as a helper keeps them; the remote itself names none
  work.git('config', 'credential.helper', `!f() { echo username=${login}; echo password=${token}; }; f`);
  work.git('config', 'trace.host.127.0.0.1.kind', 'github');
  work.git('config', 'trace.host.127.0.0.1.api', github.api);
  // what a push sets off is waited for, so that a test knows when it is done
  work.git('config', 'trace.pushWait', '20000');
  work.git('remote', 'add', 'origin', github.cloneUrl(repository));
  const { status, stderr } = work.trace('init');
  if (status !== 0) throw new Error(`git trace init: ${stderr}`);
  return work;
}

/** Hands in what an agent did in a session of its own; gives back how many events were taken. */
export function agentWorks(
  work: TestRepository,
  session: string,
  events: readonly { type: string; ts: string; payload: object }[],
): number {
  const started = {
    type: 'session_started',
    ts: events[0]?.ts,
    payload: { kind: 'agent', tool: 'example-agent', developer: { user_id: AGENT, os: 'linux' } },
  };
  const input = JSON.stringify({ session, events: [started, ...events] });
  const { status, stdout, stderr } = work.traceWith({ input }, 'ingest', '--json', '-');
  if (status !== 0) throw new Error(`git trace ingest: ${stderr}`);
  return (JSON.parse(stdout) as { accepted: number }).accepted; // what ingest promises to print
}

const AGENT = '22222222-2222-4222-8222-222222222222';

export interface JobOptions {
  readonly pull: Opened;
  /** As a runner has it in GITHUB_TOKEN. */
  readonly token: string;
  /** `pull_request` unless told. */
  readonly event?: string;
  readonly action?: string;
  readonly runId?: number;
  readonly job?: string;
  /** A clone of depth 1 of the test merge, or nothing. */
  readonly checkout?: boolean;
  /** Further members of the event. */
  readonly payload?: object;
}

/** One job of GitHub Actions for a pull request, on a machine of its own. */
export class Job {
  /** Absolute; the job's steps run here. */
  readonly folder: string;
  readonly #env: Record<string, string | undefined>;
  readonly #summary: string;

  private constructor(folder: string, env: Record<string, string | undefined>, summary: string) {
    this.folder = folder;
    this.#env = env;
    this.#summary = summary;
  }

  static async start(github: GitHub, options: JobOptions): Promise<Job> {
    const { pull, token, event = 'pull_request', action = 'synchronize', runId = 1, job = 'test', checkout = true, payload = {} } = options;
    const shown = await github.pull(pull);
    const runner = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'runner-'));
    const [eventPath, summary, folder] = ['event.json', 'summary.md', 'work'].map((name) => join(runner, name)) as [string, string, string]; // three names, three paths
    const repository = { full_name: pull.repository.name, clone_url: github.cloneUrl(pull.repository) };
    writeFileSync(eventPath, JSON.stringify({ action, number: pull.number, pull_request: shown, repository, ...payload }));
    writeFileSync(summary, '');
    mkdirSync(folder);
    const made = new Job(
      folder,
      {
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_SERVER_URL: github.web,
        GITHUB_API_URL: github.api,
        GITHUB_REPOSITORY: pull.repository.name,
        GITHUB_EVENT_NAME: event,
        GITHUB_EVENT_PATH: eventPath,
        GITHUB_REF: event === 'pull_request' ? `refs/pull/${pull.number}/merge` : `refs/heads/${shown.base.ref}`,
        GITHUB_HEAD_REF: pull.branch,
        GITHUB_BASE_REF: shown.base.ref,
        GITHUB_SHA: shown.merge_commit_sha ?? undefined,
        GITHUB_RUN_ID: String(runId),
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_WORKFLOW: 'CI',
        GITHUB_JOB: job,
        GITHUB_ACTOR: pull.from.name.split('/')[0],
        GITHUB_TOKEN: token,
        GITHUB_STEP_SUMMARY: summary,
      },
      summary,
    );
    if (checkout) made.#checkOut(github, pull, shown.merge_commit_sha ?? '', token);
    return made;
  }

  /** As actions/checkout does it: one commit, a detached HEAD, the token in the clone's configuration. */
  #checkOut(github: GitHub, pull: Opened, oid: string, token: string): void {
    const git = (...args: string[]): void => {
      execFileSync('git', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    };
    git('init', '-q');
    git('remote', 'add', 'origin', github.cloneUrl(pull.repository));
    const login = Buffer.from(`x-access-token:${token}`).toString('base64');
    git('config', `http.${github.web}/.extraheader`, `AUTHORIZATION: basic ${login}`);
    git('fetch', '-q', '--depth=1', 'origin', `+${oid}:refs/remotes/pull/${pull.number}/merge`);
    git('checkout', '-q', '--detach', oid);
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** What the server shows with the job. */
  get summary(): string {
    return readFileSync(this.#summary, 'utf8');
  }

  /** Runs the built `git-trace ci …` without waiting for other jobs. */
  async ci(...args: string[]): Promise<Outcome> {
    const child = spawn(process.execPath, [BIN, 'ci', ...args], { cwd: this.folder, env: { ...process.env, ...this.#env } });
    const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) => Buffer.concat(await stream.toArray()).toString());
    // what 'close' tells
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { stdout: (await stdout) ?? '', stderr: (await stderr) ?? '', status, signal };
  }
}

/** A JUnit report: as many tests as there are names; those that begin with `!` fail. */
export function junit(suite: string, names: readonly string[]): string {
  const cases = names.map((name) => {
    const shown = name.replace(/^!/, '');
    const failure = name.startsWith('!') ? `<failure message="expected 3, got 4">at ${suite}.js:1</failure>` : '';
    return `<testcase classname="${suite}" name="${shown}" time="0.01">${failure}</testcase>`;
  });
  const failed = names.filter((name) => name.startsWith('!')).length;
  return `<testsuites><testsuite name="${suite}" tests="${names.length}" failures="${failed}" time="0.1">${cases.join('')}</testsuite></testsuites>\n`;
}
