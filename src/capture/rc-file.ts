/**
 * Stage 1, installing: the line in a person's rc file that loads the shell integration. Pure: from the file's text to the
 * text with the line, or without it, byte for byte as it was before. The line says itself how to take it back.
 */

/** The shells that can record. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Tells whether a name is that of a shell that can record. */
export function isShell(name: string): name is Shell {
  return SHELLS.some((shell) => shell === name);
}

/** What the line ends with; behind it stands what else was done to the file. */
const MARK = '# git trace init --shell';
const NEW_FILE = ', in a file of its own';
const NO_END = ', behind a last line without an end';

/**
 * Where a shell's rc file is.
 *
 * @example
 * rcPath('zsh', { HOME: '/home/a', ZDOTDIR: '/home/a/.zsh' }) // '/home/a/.zsh/.zshrc'
 */
export function rcPath(shell: Shell, env: Readonly<Record<string, string | undefined>>): string {
  const home = env['HOME'] ?? '';
  if (shell === 'bash') return `${home}/.bashrc`;
  if (shell === 'zsh') return `${env['ZDOTDIR'] || home}/.zshrc`;
  return `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/fish/config.fish`;
}

/** The line for a shell, harmless where git-trace is gone. */
export function rcLine(shell: Shell): string {
  return shell === 'fish'
    ? `command -q git-trace; and git-trace shell-init fish | source ${MARK}`
    : `command -v git-trace >/dev/null && eval "$(git-trace shell-init ${shell})" ${MARK}`;
}

/**
 * The file with our line at its end; `undefined` where it has one.
 *
 * @param text as latin1, so that no byte changes; `undefined` where there is no file
 */
export function withRcLine(text: string | undefined, shell: Shell): string | undefined {
  if (text === undefined) return `${rcLine(shell)}${NEW_FILE}\n`;
  if (text.includes(MARK)) return undefined;
  return text === '' || text.endsWith('\n') ? `${text}${rcLine(shell)}\n` : `${text}\n${rcLine(shell)}${NO_END}\n`;
}

/** The file as it was without our line: `undefined` where it has none, `remove` where there was no file. */
export function withoutRcLine(text: string): string | 'remove' | undefined {
  const at = text.indexOf(MARK);
  if (at < 0) return undefined;
  const begin = text.lastIndexOf('\n', at) + 1;
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline + 1;
  const said = text.slice(at + MARK.length, newline < 0 ? text.length : newline);
  // where something was added behind us since, our line end is that of the line before
  const added = said === NO_END && end === text.length ? 1 : 0;
  const rest = text.slice(0, begin - added) + text.slice(end);
  return rest === '' && said === NEW_FILE ? 'remove' : rest;
}
