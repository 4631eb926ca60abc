/** The token that GitHub's own command line keeps: `gh auth token`. Asks nobody, and is given little time. */
import { execFile } from 'node:child_process';

/** Milliseconds. */
const LIMIT = 1_000;

/** The token of a person who has signed in with gh; `undefined` where there is none, or no gh. */
export function ghToken(host: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      // what the environment holds was looked at before, and may be another host's
      env: { ...env, ...FORGOTTEN, GH_PROMPT_DISABLED: '1', GH_NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' },
      timeout: LIMIT,
      killSignal: 'SIGKILL' as const, // gh has no child of its own that could be waited for
      encoding: 'utf8' as const, // so that the answer is text
      maxBuffer: 64 * 1024,
    };
    const child = execFile('gh', ['auth', 'token', '--hostname', host], options, (error, stdout) => {
      const token = stdout.trim();
      resolve(error === null && /^\S+$/.test(token) ? token : undefined);
    });
    child.stdin?.end();
  });
}

const FORGOTTEN = {
  GH_TOKEN: undefined,
  GITHUB_TOKEN: undefined,
  GH_ENTERPRISE_TOKEN: undefined,
  GITHUB_ENTERPRISE_TOKEN: undefined,
  GH_HOST: undefined,
  GH_REPO: undefined,
  GH_DEBUG: undefined,
};
