/** `git trace pause`: records nothing by itself until `git trace resume`, in this repository or in this shell. */
import { leaveOut } from '../../capture/edits/state.ts';
import { fail } from '../../core/errors.ts';
import { SESSION } from '../../core/segment.ts';
import type { Command } from '../command.ts';
import { PAUSED, pausedShell } from '../context.ts';
import { recordEdits } from '../edits.ts';

const ONLY_SHELL = { type: 'boolean', summary: 'only in this shell and what is started from it' } as const;

export const pause: Command = {
  name: 'pause',
  summary: 'stop recording for a while',
  usage: ['pause [--shell]'],
  description:
    "Until 'git trace resume', hooks and shells record nothing in this repository, and 'git trace run' only runs. What was\n" +
    'recorded before stays and goes its way; what you hand over with note or ingest is taken all the same.',
  options: { shell: ONLY_SHELL },
  arguments: { min: 0, max: 0 },
  examples: [
    ['git trace pause', 'nobody records in this repository'],
    ['git trace pause --shell', 'this terminal does not'],
  ],
  async run(context, input) {
    const files = await context.files();
    const isShell = input.flag('shell');
    if (!isShell) {
      await recordEdits(context, 'pause');
      leaveOut(files);
    }
    files.replace(isShell ? pausedShell(sessionOf(context.env)) : PAUSED, '');
    const again = isShell ? 'git trace resume --shell' : 'git trace resume';
    context.output.say(`paused recording in this ${isShell ? 'shell' : 'repository'}; '${again}' goes on`);
    return 0;
  },
};

export const resume: Command = {
  name: 'resume',
  summary: 'go on recording after a pause',
  usage: ['resume [--shell]'],
  description: "Takes back 'git trace pause', of the repository or of this shell.",
  options: { shell: ONLY_SHELL },
  arguments: { min: 0, max: 0 },
  examples: [],
  async run(context, input) {
    const files = await context.files();
    const isShell = input.flag('shell');
    files.remove(isShell ? pausedShell(sessionOf(context.env)) : PAUSED);
    // begins anew from here
    if (!isShell) await recordEdits(context, 'resume');
    const still = await context.paused();
    if (still === undefined) context.output.say(`resumed recording in this ${isShell ? 'shell' : 'repository'}`);
    else
      context.output.say(`still paused in this ${still}; '${still === 'shell' ? 'git trace resume --shell' : 'git trace resume'}' goes on`);
    return 0;
  },
};

/** The session of the shell we are in. @throws usage */
function sessionOf(env: Readonly<Record<string, string | undefined>>): string {
  const session = env['GITTRACE_SESSION'] ?? '';
  if (SESSION.test(session)) return session;
  throw fail('usage', 'this shell does not record', ["'git trace pause' without --shell pauses the repository"]);
}
