/** Repositories on GitHub whose API is on this machine, and the built command run beside the test's own servers. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { TestRepository } from './repository.ts';

/** A repository on the branch `topic` that has its remote `o/r` on GitHub, whose API is elsewhere. */
export function repositoryOn(api: string): TestRepository {
  const repository = TestRepository.create({ branch: 'topic' });
  repository.commitFile('a', 'a\n', 'first');
  repository.git('remote', 'add', 'origin', 'git@github.com:o/r.git');
  repository.git('config', 'trace.host.github.com.api', api);
  return repository;
}

/** Runs the built command without standing in the way of servers in this process. */
export async function traceBeside(
  repository: TestRepository,
  ...args: string[]
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = repository.startTrace(args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const [[status], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}
