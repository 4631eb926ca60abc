/** What follows from spooled records before they become events: what agents said is told, and tests leave results. */
import { reportFilesIn } from '../adapters/fs/report-files.ts';
import { ignoredIn } from '../adapters/git/ignored.ts';
import type { JsonObject } from '../core/canonical.ts';
import type { Sha256 } from '../core/line.ts';
import type { Policy } from '../core/policy.ts';
import type { Clock, Repository, TraceFiles } from '../core/ports.ts';
import type { Taken } from '../spool/read.ts';

/** The file below `trace/` with what agents have begun and edited. */
export const AGENT_MEMORY = 'agents.json';

/** What of the context is wanted here. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly output: { say(text: string): void };
  developer(): Promise<JsonObject>;
}

/** Makes the step that a flush takes between reading the spool and preparing its records. @param isPreview it keeps what it remembers to itself */
export function deriver(
  context: Surroundings,
  { workTree }: Repository,
  files: TraceFiles,
  policy: Policy,
  isPreview: boolean = false,
): (taken: readonly Taken[]) => Promise<readonly Taken[]> {
  let kept: string | undefined;
  const memory = {
    read: () => kept ?? files.read(AGENT_MEMORY)?.toString('utf8'),
    keep: (text: string) => {
      if (isPreview) kept = text;
      else files.replace(AGENT_MEMORY, text);
    },
  };
  return async (taken) => {
    const told = await tellAgents(context, memory, policy, taken);
    if (workTree === undefined || !told.some(({ file }) => file.startsWith('shell-'))) return told;
    const { withTests } = await import('../capture/tests/derive.ts');
    return withTests(told, { files: reportFilesIn(workTree), top: workTree, policy });
  };
}

async function tellAgents(
  context: Surroundings,
  remembered: { read(): string | undefined; keep(text: string): void },
  policy: Policy,
  taken: readonly Taken[],
): Promise<readonly Taken[]> {
  const said = taken.some(({ record }) => record.agent !== undefined);
  // what a snapshot has found is looked at only where agents work
  const before = said || taken.some(({ file }) => file.startsWith('edit-')) ? remembered.read() : undefined;
  if (!said && before === undefined) return taken;
  const [{ withAgents }, { formatMemory, readMemory }] = await Promise.all([
    import('../capture/agents/derive.ts'),
    import('../capture/agents/memory.ts'),
  ]);
  const memory = readMemory(before);
  const debugging = context.env['GITTRACE_DEBUG'] === '1';
  const told = await withAgents(taken, {
    memory,
    policy,
    sha256: context.sha256,
    developer: () => context.developer(),
    ignored: (top, paths) => ignoredIn(top, paths, context.env),
    debug: (text) => (debugging ? context.output.say(`debug: ${text}`) : undefined),
  });
  const after = formatMemory(memory, context.clock.now());
  if (after !== before) remembered.keep(after);
  return told;
}
