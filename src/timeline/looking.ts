/** Which command lines only look: around in the work tree, or at a trace. Pure. */

const LOOKING =
  /^\s*(?:ls|ll|la|l|cd|pushd|popd|pwd|clear|cat|bat|less|more|head|tail|echo|which|type|man|history|tree|file|stat|wc|grep|rg|find|fd|jq|vi|vim|nvim|nano|emacs|code|exit|git\s+(?:status|st|diff|log|show|branch|remote|blame|reflog|fetch|stash\s+list))(?:\s[^;&>]*)?$/;

/**
 * Whether a command line only looks around, and changes nothing.
 *
 * @example
 * onlyLooks('git log --oneline') // true
 */
export function onlyLooks(command: string): boolean {
  return LOOKING.test(command);
}

/**
 * Whether a command line is a call of git trace that looks at a trace, or that has left an event of its own (a note).
 *
 * @example
 * callsUs('git trace show 42') // true
 */
export function callsUs(command: string): boolean {
  const words = command.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, 'x');
  return /^\s*git[ -]trace(?!\s+(?:run|test)\b)(?:\s[^;&>]*)?$/.test(words);
}
