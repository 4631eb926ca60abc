/** `git trace tui`: a trace on the whole terminal, live: story, sessions, progress, and every other trace of the clone. */
import type { Screen } from '../../core/screen.ts';
import { wholeTrace } from '../../sync/whole.ts';
import type { Command } from '../command.ts';
import { Context } from '../context.ts';
import { takeScreen } from '../screen.ts';

export const tui: Command = {
  name: 'tui',
  summary: 'watch and replay traces in the terminal',
  usage: ['tui [<options>] [<pr>]'],
  description:
    'Shows a trace on the whole terminal and follows it: what happens appears as it happens. Lists its sessions and its\n' +
    'progress, replays it, opens every event with output, diff and failures, and searches all traces of this clone.\n' +
    "'?' shows the keys. It changes no trace. Without an argument: the trace of the current branch.",
  options: {
    remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote if the trace is not here' },
    'no-mouse': { type: 'boolean', summary: 'leave the mouse to the terminal, which then selects text' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace tui', 'what happens on the current branch, live'],
    ['git trace tui 42', 'how pull request 42 came to be'],
  ],
  async run(context, input) {
    const { cwd, env, output } = context;
    const asked = input.positionals[0];
    // words that others say would stand across the screen
    const quiet = new Context({ cwd, env, output: { ...output, say: () => {} }, interactive: false });
    let screen: Screen | undefined;
    try {
      // while git tells where we are, what is needed next is loaded and started
      const loading = import('../tui.ts');
      const { objects } = await quiet.repository();
      objects.read('HEAD').catch(() => {}); // starts the process that reads objects; what it says is not wanted
      const [trace, { runTui }] = await Promise.all([quiet.trace(asked), loading]);
      screen = takeScreen(quiet, 'git trace tui', { alternate: true, mouse: !input.flag('no-mouse') });
      await runTui(quiet, screen, {
        trace,
        color: output.color,
        ...(asked === undefined ? {} : { bring: (wanted) => bring(quiet, wanted, input.text('remote')) }),
      });
    } finally {
      screen?.close();
      await quiet.close();
    }
    return 0;
  },
};

/** Fetches a trace that was asked for and is not here. @throws no-such-trace */
async function bring(context: Context, trace: string, remote: string | undefined): Promise<void> {
  const here = await wholeTrace({ repository: await context.repository(), sha256: context.sha256 }, trace);
  if (here !== undefined) return;
  const { findTrace } = await import('../open-trace.ts');
  await findTrace(context, trace, { remote, boundary: 'tui' });
}
