/** `git trace notes`: derives git notes that tell what led to each commit. */
import { mergeSessions } from '../../core/order.ts';
import type { TraceName } from '../../core/trace-name.ts';
import { archivedTraces, localArchives } from '../../journal/archive.ts';
import { flush } from '../../journal/flush.ts';
import { type JournalContents, readRoot } from '../../journal/read.ts';
import { noteBlocks, noteText } from '../../report/notes.ts';
import { NOTES, writeNotes } from '../../sync/notes.ts';
import { wholeTrace } from '../../sync/whole.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { openTrace } from '../open-trace.ts';
import { counted, tellHeld } from '../output.ts';
import { localTraces } from '../remote.ts';

export const notes: Command = {
  name: 'notes',
  summary: 'tell in git notes what led to each commit',
  usage: ['notes [--remote <remote>] [<pr>…]'],
  description:
    `Writes to '${NOTES}' who worked how long on each commit, and the edits, tests, commands and notes\n` +
    "before it, also after an amend, a rebase or a squash. 'git log --notes=traces' shows them. They are made of the traces\n" +
    "alone: the same traces give the same notes, and 'git update-ref -d refs/notes/traces' throws them away. What others\n" +
    "have written into a note stays. Nobody else sees them until you say 'git push origin refs/notes/traces'.\n" +
    'Without <pr>: every trace that is here.',
  options: { remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote what is not here' } },
  arguments: { min: 0, max: 1_000 },
  examples: [['git trace notes 42', 'the commits of pull request 42']],
  async run(context, input) {
    const ports = await context.flushPorts();
    const named = await Promise.all(input.positionals.map((argument) => context.trace(argument)));
    if (named.length === 0) tellHeld(context.output, (await flush(ports, { wait: 30_000 })).held);
    const blocks = new Map<string, string[]>();
    for (const trace of new Set(named.length > 0 ? named : await tracesHere(context))) {
      const contents = await read(context, trace, named.length > 0 ? { remote: input.text('remote') } : undefined);
      if (contents === undefined) continue;
      for (const [sha, block] of noteBlocks(trace, mergeSessions(contents.parts, context.sha256), context.sha256)) {
        blocks.set(sha, [...(blocks.get(sha) ?? []), block]);
      }
    }
    const { moved, result } = await writeNotes(ports, blocks.keys(), (oid, before) =>
      noteText(before, named.length > 0 ? named : undefined, blocks.get(oid) ?? []),
    );
    const { say } = context.output;
    if (!moved) say(result === 0 ? 'there is no commit to tell of' : `${counted(result, 'commit')} with a note, as before`);
    else say(`${counted(result, 'commit')} with a note in '${NOTES}'; 'git log --notes=traces' shows them`);
    return 0;
  },
};

async function tracesHere(context: Context): Promise<TraceName[]> {
  const repository = await context.repository();
  const live = (await localTraces(repository)).map(({ trace }) => trace);
  return [...live, ...(await archivedTraces(repository.objects, await localArchives(repository)))];
}

/** A trace's lines: of one that was named wherever it is, else only if it is here. */
async function read(
  context: Context,
  trace: TraceName,
  options?: { readonly remote: string | undefined },
): Promise<JournalContents | undefined> {
  if (options !== undefined) return openTrace(context, trace, { ...options, boundary: 'notes' });
  const whole = await wholeTrace({ repository: await context.repository(), sha256: context.sha256 }, trace);
  return whole && readRoot(whole.objects, whole.root);
}
