/**
 * Stage 1, installing: the few lines of sh that git's hooks get, and how they are known again. What they do is in
 * hooks/hook.sh, which they source; without it they do nothing. Pure text; never touches a file.
 */

/** The hooks that are recorded, and what git gives each of them (githooks(5)). */
const GIVEN = {
  'post-commit': { args: 0, stdin: false },
  'post-applypatch': { args: 0, stdin: false },
  'post-checkout': { args: 3, stdin: false },
  'post-merge': { args: 1, stdin: false },
  'post-rewrite': { args: 1, stdin: true },
  'pre-push': { args: 2, stdin: true },
} as const;

export type HookName = keyof typeof GIVEN;

// the keys of an object literal are those of its type
export const HOOKS = Object.keys(GIVEN) as readonly HookName[];

/** What a hook that was there before us is called. */
export const KEPT = '.pre-trace';

const SHIM_MARK = '# git-trace hook';
const BLOCK_BEGIN = '# >>> git-trace >>>';
const BLOCK_END = '# <<< git-trace <<<';

// `$(…)` fails where git is no longer found: then there is nothing to source either
const ASK_GIT = `gittrace_trace=$(git rev-parse --git-common-dir 2>/dev/null)/trace || gittrace_trace=.git/trace`;

/** Finds the folder `trace/` from the work tree's top, where hooks run; forks only if `.git` is not the common folder. */
const FIND_TRACE = `gittrace_trace=.git/trace
if [ -n "\${GIT_DIR-}" ] || [ ! -r .git/trace/hook.sh ]; then
  ${ASK_GIT}
fi`;

/**
 * The hook file of ours: sources hook.sh, and runs the hook that was there before even if that is gone.
 *
 * @param reach `beside`: it stands in `<common git dir>/hooks`, so that `trace/` is near; `asks`: anywhere else
 */
export function shimText(hook: HookName, reach: 'beside' | 'asks'): string {
  return `#!/bin/sh
${SHIM_MARK} 1: records what happens around commits; 'git trace init --uninstall' takes it away.
# The hook that was here before, if there was one, is '${hook}${KEPT}' and still runs.
gittrace_mode=shim gittrace_next=\${0%/*}/${hook}${KEPT}
${reach === 'beside' ? 'gittrace_trace=${0%/*}/../trace' : FIND_TRACE}
if [ -r "$gittrace_trace/hook.sh" ]; then
  set -- ${hook} "$@"
  . "$gittrace_trace/hook.sh"
elif [ -x "$gittrace_next" ]; then
  "$gittrace_next" "$@"
fi
`;
}

/** Tells whether a hook file is ours, of any version, edited or not. */
export function isShim(text: string): boolean {
  return text.startsWith('#!/bin/sh\n') && text.slice(10).startsWith(`${SHIM_MARK} `);
}

/** Tells whether a hook file is what this version writes, in either form. */
export function isShimOf(hook: HookName, text: string): boolean {
  return text === shimText(hook, 'beside') || text === shimText(hook, 'asks');
}

/** The lines for the top of a hook that husky runs, with `sh -e`. */
export function huskyBlock(hook: HookName): string {
  return `${BLOCK_BEGIN} records what happens around commits where 'git trace init' was run, else does nothing
${FIND_TRACE}
gittrace_mode=inline gittrace_next=$0 gittrace_flags=-e
if [ -r "$gittrace_trace/hook.sh" ]; then
  set -- ${hook} "$@"
  . "$gittrace_trace/hook.sh"
  shift
fi
${BLOCK_END}
`;
}

/**
 * Puts the block at the top of a hook, below its `#!` line.
 *
 * @example
 * withBlock('#!/bin/sh\nnpm test\n', 'X\n') // '#!/bin/sh\nX\n' + 'npm test\n'
 */
export function withBlock(text: string, block: string): string {
  const top = /^#!.*\n/.exec(text)?.[0] ?? '';
  return top + block + text.slice(top.length);
}

/** The block in a hook, from its first mark to its last, or `undefined` where there is none. */
export function blockIn(text: string): string | undefined {
  const start = text.indexOf(BLOCK_BEGIN);
  const end = text.indexOf(`${BLOCK_END}\n`, start);
  return start < 0 || end < 0 ? undefined : text.slice(start, end + BLOCK_END.length + 1);
}

/** The lines for a hook that many repositories share, to be put in by its owner below the `#!` line. */
export function sharedLines(hook: HookName): readonly string[] {
  return [
    'gittrace_trace=$(git rev-parse --git-common-dir 2>/dev/null)/trace gittrace_mode=inline gittrace_next=$0 gittrace_flags= || :',
    `if [ -r "$gittrace_trace/hook.sh" ]; then set -- ${hook} "$@"; . "$gittrace_trace/hook.sh"; shift; fi`,
  ];
}

/** What a lefthook configuration in YAML gets, for one hook. */
export function lefthookLines(hook: HookName): readonly string[] {
  const { args, stdin } = GIVEN[hook];
  const words = Array.from({ length: args }, (_, i) => ` '{${i + 1}}'`).join('');
  return [
    `${hook}:`,
    '  commands:',
    '    git-trace:',
    ...(stdin ? ['      use_stdin: true'] : []),
    `      run: t=$(git rev-parse --git-common-dir)/trace/hook.sh; [ ! -r "$t" ] || sh "$t" ${hook}${words}`,
  ];
}

/** Tells whether a person's hook or configuration calls hook.sh for this hook. */
export function calls(text: string, hook: HookName): boolean {
  // in a lefthook configuration (JSON escapes the quotes), or in a shared hook
  return new RegExp(
    `sh \\\\?"?\\$t\\\\?"? ${hook}\\b|trace/hook\\.sh\\\\?["']? ${hook}\\b|set -- ${hook} "\\$@"; \\. "\\$gittrace_trace`,
  ).test(text);
}

/** Tells whether a hook file was generated by pre-commit (the framework). */
export function isPreCommit(text: string): boolean {
  return /^#.*generated by pre-commit/im.test(text.slice(0, 500));
}

/** Tells whether a hook file was generated by lefthook. */
export function isLefthook(text: string): boolean {
  return /\bcall_lefthook\b|\blefthook run\b/.test(text);
}
