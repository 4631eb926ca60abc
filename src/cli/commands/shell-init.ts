/** `git trace shell-init <shell>`: prints what an interactive shell evaluates to record its commands. */
import { packageFile } from '../../adapters/fs/package-files.ts';
import { isShell, SHELLS } from '../../capture/rc-file.ts';
import { fail } from '../../core/errors.ts';
import type { Command } from '../command.ts';

export const shellInit: Command = {
  name: 'shell-init',
  summary: 'print the shell integration, for a line in the rc file',
  usage: ['shell-init bash|zsh|fish'],
  description:
    'Prints code that makes an interactive shell record its commands, in repositories where that is switched on: text,\n' +
    "directory, exit status and duration. 'git trace init --shell' puts the line that loads it into the rc file.",
  options: {},
  arguments: { min: 1, max: 1 },
  examples: [
    ['eval "$(git trace shell-init bash)"', 'in ~/.bashrc'],
    ['eval "$(git trace shell-init zsh)"', 'in ~/.zshrc'],
    ['git trace shell-init fish | source', 'in ~/.config/fish/config.fish'],
  ],
  async run(context, input) {
    const [name = ''] = input.positionals;
    if (!isShell(name))
      throw fail('bad-argument', `there is no integration for the shell "${name}"`, [`it is one of ${SHELLS.join(', ')}`]);
    context.output.out(packageFile(`hooks/shell/trace.${name}`).toString('utf8'));
    return 0;
  },
};
