/**
 * `git trace hook pre-push <remote> <url>`: what the pre-push hook starts in the background; it reads git's lines about
 * the refs from standard input. `git trace hook deliver`: what the recorder starts where something waits for a remote.
 * Never fails and never asks, for nobody may be there.
 */
import { text } from 'node:stream/consumers';
import { isErrorOutputKept } from '../../adapters/terminal/streams.ts';
import { fail, messageOf } from '../../core/errors.ts';
import type { Repository } from '../../core/ports.ts';
import { withoutUserinfo } from '../../core/pull-request.ts';
import { describeTrace } from '../../core/trace-name.ts';
import { type FlushPorts, flush } from '../../journal/flush.ts';
import { loadPending, pendingFor, takeUntold } from '../../sync/pending.ts';
import { pushTraces } from '../../sync/push.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { ago, tellHeld } from '../output.ts';
import { recorderPid } from '../recorder.ts';
import { tellPush, tracesOfBranch } from '../remote.ts';

export const hook: Command = {
  name: 'hook',
  summary: 'what the git hooks call',
  usage: ['hook pre-push <remote> <url>', 'hook deliver'],
  description: 'Called by the hooks that init installs; of no use by hand.',
  options: {},
  arguments: { min: 1, max: 3 },
  examples: [],
  async run(context, input) {
    const [name, remote, url] = input.positionals;
    if (name === 'deliver') return deliver(context);
    if (name !== 'pre-push' || remote === undefined) throw fail('usage', `there is no work for the hook "${name}"`);
    // the terminal may close, and a person may press ^C at the push: this goes on
    for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => {});
    try {
      const lines = await text(process.stdin);
      const where = remote === '' ? (url ?? '') : remote;
      await tellUntold(context, where);
      const ports = await context.flushPorts();
      // the recorder, where there is one, has looked at the commit and looks at this push too
      if (recorderPid(ports.files) === undefined) await recordEdits(context, 'push', { quiet: true });
      await flushAll(context, ports);
      const { repository, files } = ports;
      if (repository.config.flag('trace.push') === false) return 0;
      const branches = await pushedBranches(lines, repository);
      await linkAll(context, where, branches);
      const concerned = [...branches].flatMap((branch) => tracesOfBranch(repository, branch, context.sha256));
      const waiting = pendingFor(files, where);
      tellPush(context.output, where, await pushTraces(ports, where, [...concerned, ...waiting], { isHeard: isErrorOutputKept }));
    } catch (error) {
      context.output.say(`warning: the trace was not pushed: ${messageOf(error)}`);
      context.output.say("hint: nothing is lost; the next push or 'git trace sync' tries again");
    }
    return 0;
  },
};

/** What an earlier push could not deliver after its hook had ceased to wait, so that nobody was told. */
async function tellUntold(context: Context, remote: string): Promise<void> {
  const files = await context.files();
  if (!isErrorOutputKept()) return;
  for (const [trace, { error, since }] of await takeUntold(files, remote)) {
    const time = ago(context.clock.now() - Date.parse(since));
    context.output.say(
      `warning: trace ${describeTrace(trace)} waits for '${withoutUserinfo(remote)}' since a push ${time} ago, and is tried again now: ${error}`,
    );
  }
}

/** Tries once more what waits for any remote, and tells nobody: `status` does, and the next push, where it fails anew. */
async function deliver(context: Context): Promise<number> {
  const ports = await context.flushPorts();
  if (ports.repository.config.flag('trace.push') === false) return 0;
  for (const remote of Object.keys(loadPending(ports.files)))
    await pushTraces(ports, remote, pendingFor(ports.files, remote), { isHeard: () => false });
  return 0;
}

/** A pull request that cannot be found now is found at the next push. */
async function linkAll(context: Context, remote: string, branches: ReadonlySet<string>): Promise<void> {
  try {
    const { linkAtPush } = await import('../link-at-push.ts');
    await linkAtPush(context, remote, branches);
  } catch (error) {
    context.output.say(`warning: the branch was not linked to its pull request: ${messageOf(error)}`);
  }
}

/** What cannot be flushed now does not keep back what is in the journal already. */
async function flushAll({ output }: Context, ports: FlushPorts): Promise<void> {
  try {
    tellHeld(output, (await flush(ports, { wait: 10_000 })).held);
  } catch (error) {
    output.say(`warning: the newest events wait in the spool: ${messageOf(error)}`);
  }
}

/**
 * Branches that a push concerns, from git's lines `<local ref> <local oid> <remote ref> <remote oid>`. What is no branch
 * here (`git push origin HEAD:refs/heads/x`) is taken for work on the current one, unless it becomes a tag.
 */
async function pushedBranches(lines: string, repository: Repository): Promise<Set<string>> {
  const branches = new Set<string>();
  for (const line of lines.split('\n')) {
    const [local = '', oid = '', remote = ''] = line.split(' ');
    if (oid === '' || /^0+$/.test(oid) || (!isBranch(local) && remote.startsWith('refs/tags/'))) continue;
    if (isBranch(local)) branches.add(local.slice(HEADS.length));
    else {
      const { branch } = await repository.head();
      if (branch !== undefined) branches.add(branch);
      if (isBranch(remote)) branches.add(remote.slice(HEADS.length));
    }
  }
  return branches;
}

const HEADS = 'refs/heads/';

function isBranch(ref: string): boolean {
  return ref.startsWith(HEADS);
}
