/**
 * Patterns of paths and commands in a policy. Matched by hand, in time proportional to pattern × text: a team's pattern
 * must not be able to hang a hook as a regular expression could.
 */

/**
 * Tells whether a pattern matches a whole text: `?` is one character, `*` any number but no `/`, `**` any number.
 *
 * @example
 * matchGlob('secrets/*.env', 'secrets/prod.env') // true
 */
export function matchGlob(pattern: string, text: string): boolean {
  // reached[i]: the pattern so far matches the first i characters
  let reached = new Uint8Array(text.length + 1);
  reached[0] = 1;
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at];
    const next = new Uint8Array(text.length + 1);
    if (sign === '*') {
      const slashes = pattern[at + 1] === '*';
      if (slashes) at++;
      // '**/' matches no folder too
      const optional = slashes && pattern[at + 1] === '/';
      let open = false;
      for (let i = 0; i <= text.length; i++) {
        if (i > 0 && !slashes && text[i - 1] === '/') open = false;
        open ||= reached[i] === 1;
        if (open) next[i] = 1;
      }
      if (optional) {
        at++;
        const after = new Uint8Array(text.length + 1);
        for (let i = 0; i <= text.length; i++) if (reached[i] === 1 || (i > 0 && next[i - 1] === 1 && text[i - 1] === '/')) after[i] = 1;
        reached = after;
        continue;
      }
    } else {
      for (let i = 0; i < text.length; i++) if (reached[i] === 1 && (sign === '?' ? text[i] !== '/' : text[i] === sign)) next[i + 1] = 1;
    }
    reached = next;
  }
  return reached[text.length] === 1;
}

/**
 * Tells whether a path, or a folder it lies in, is matched. A pattern without `/` matches a name at any depth, as in
 * `.gitignore`; one with, from the top.
 *
 * @example
 * matchPath('.env*', 'deploy/.env.prod') // true
 */
export function matchPath(pattern: string, path: string): boolean {
  const wanted = pattern.replace(/^\//, '').replace(/\/$/, '');
  const whole = wanted.includes('/') || pattern.startsWith('/');
  const steps = path.split('/');
  return steps.some((step, i) => matchGlob(wanted, whole ? steps.slice(0, i + 1).join('/') : step));
}
