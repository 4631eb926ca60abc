/** Which command lines only look: around in the work tree, or at a trace. Pure. */

/** Programs that look, and what git is asked that does. Tables: every command of a trace is held against them. */
const PROGRAMS = new Set(
  (
    'ls ll la l cd pushd popd pwd clear cat bat less more head tail echo which type man history tree file stat wc grep rg find fd ' +
    'jq vi vim nvim nano emacs code exit'
  ).split(' '),
);
const OF_GIT = new Set('status st diff log show branch remote blame reflog fetch'.split(' '));

/**
 * Whether a command line only looks around, and changes nothing.
 *
 * @example
 * onlyLooks('git log --oneline') // true
 */
export function onlyLooks(command: string): boolean {
  if (/[;&>]/.test(command)) return false;
  const [, program = '', second = '', third] = /^\s*(\S+)(?:\s+(\S+)(?:\s+(\S+))?)?/.exec(command) ?? [];
  return program === 'git' ? OF_GIT.has(second) || (second === 'stash' && third === 'list') : PROGRAMS.has(program);
}

/**
 * Whether a command line is a call of git trace that looks at a trace, or that has left an event of its own (a note).
 *
 * @example
 * callsUs('git trace show 42') // true
 */
export function callsUs(command: string): boolean {
  return /^\s*git[ -]trace(?!\s+(?:run|test)\b)(?:\s[^;&>]*)?$/.test(unquoted(command));
}

/**
 * A command line without what stands in quotes: `x` in its place. A quote that nobody closes goes to the end: it must not
 * be looked for again from every quote after it.
 *
 * @example
 * unquoted('git commit -m "a; b"') // 'git commit -m x'
 */
export function unquoted(command: string): string {
  return command.replace(/'[^']*(?:'|$)|"(?:[^"\\]|\\.)*\\?(?:"|$)/gs, 'x');
}
