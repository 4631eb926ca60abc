/** Asks git which commit a line of a file comes from. */
import { fail } from '../../core/errors.ts';
import { childEnvironment, type Environment, gitFailure, runGit } from './process.ts';

export interface BlamedLine {
  /** The commit; undefined for a line that is not committed. */
  readonly sha: string | undefined;
  /** The file's path in that commit. */
  readonly path: string;
  /** First line of the commit's message. */
  readonly summary: string;
  readonly text: string;
}

/** Blames one line. @throws bad-argument where there is no such file or line */
export async function blameLine(top: string, path: string, line: number, env: Environment): Promise<BlamedLine> {
  const { GIT_DIR: _, ...plain } = childEnvironment(env, '');
  const args = ['blame', '--porcelain', '-L', `${line},${line}`, '--', path];
  const result = await runGit(args, plain, { cwd: top, timeout: 60_000 });
  if (result.status !== 0) {
    if (/no such path|has only|no such ref|cannot stat/i.test(result.stderr))
      throw fail('bad-argument', `there is no line ${line} in '${path}'`, ['name a file of the work tree, relative to its top']);
    throw gitFailure(`blame '${path}'`, result);
  }
  const lines = result.stdout.toString('utf8').split('\n');
  const sha = lines[0]?.split(' ')[0] ?? '';
  const member = (name: string): string | undefined => lines.find((text) => text.startsWith(`${name} `))?.slice(name.length + 1);
  return {
    sha: /^0+$/.test(sha) ? undefined : sha,
    path: member('filename') ?? path,
    summary: member('summary') ?? '',
    text: lines.find((text) => text.startsWith('\t'))?.slice(1) ?? '',
  };
}
