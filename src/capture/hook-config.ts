/**
 * Stage 1, installing: hooks in git's configuration, which git 2.54 and later know (git-hook(1)). Nothing of another tool
 * is in their way there. Pure: says which keys are to be set; never writes them.
 */
import type { HookName } from './hook-text.ts';

/** A key of the repository's own configuration and its new value; `undefined` removes it. */
export interface ConfigChange {
  readonly key: string;
  readonly value: string | undefined;
}

type Entries = readonly (readonly [string, string])[];

/** The first git whose configured hooks we use. */
const SINCE = [2, 54];

/**
 * Tells whether a git runs hooks of its configuration.
 *
 * @example
 * knowsConfigHooks('git version 2.39.5 (Apple Git-154)') // false
 * knowsConfigHooks('git version 2.54.0.windows.1') // true
 * knowsConfigHooks('git version 3.0.0-rc0') // true
 */
export function knowsConfigHooks(version: string): boolean {
  const [, major = '0', minor = '0'] = /([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  const [first = 0, second = 0] = SINCE;
  return Number(major) > first || (Number(major) === first && Number(minor) >= second);
}

/** Tells whether the setting `trace.hooks` wants files all the same, for a repository that an older git works in too. */
export function wantsFiles(entries: Entries): boolean {
  return valueIn(entries, 'trace.hooks') === 'files';
}

/**
 * The name of our hook in the configuration. There is one for each event, as git does not tell a hook which event it is.
 *
 * @example
 * configName('post-commit') // 'git-trace-post-commit'
 */
export function configName(hook: HookName): string {
  return `git-trace-${hook}`;
}

const MARK = 'gittrace_mode=config';

/** What git is to run, with `sh -c` and ` "$@"` at its end. It does nothing where hook.sh is gone. */
export function configCommand(hook: HookName): string {
  return [
    `${MARK}; gittrace_trace=.git/trace`,
    '[ -z "${GIT_DIR-}" ] && [ -r .git/trace/hook.sh ] || gittrace_trace=$(git rev-parse --git-common-dir 2>/dev/null)/trace',
    `gittrace_run() { [ ! -r "$gittrace_trace/hook.sh" ] || { set -- ${hook} "$@"; . "$gittrace_trace/hook.sh"; }; }`,
    'gittrace_run',
  ].join('; ');
}

/** How our hook stands in the configuration. */
export function configState(entries: Entries, hook: HookName): 'none' | 'ours' | 'edited' | 'disabled' {
  const [command, event] = ['command', 'event'].map((name) => valueIn(entries, keyOf(hook, name)));
  if (command === undefined && event === undefined) return 'none';
  if (command === undefined || event !== hook || !command.startsWith(MARK)) return 'edited';
  const isOff = [keyOf(hook, 'enabled'), `hook.${hook}.enabled`].some((key) =>
    /^(false|no|off|0|)$/i.test(valueIn(entries, key) ?? 'true'),
  );
  return isOff ? 'disabled' : 'ours';
}

/** Tells whether what stands there is what we wrote. */
export function isOurs(state: ReturnType<typeof configState>): boolean {
  return state === 'ours' || state === 'disabled';
}

/** What is to be set so that git runs our hook. The command comes first: git dies of an event without one. */
export function configuring(entries: Entries, hook: HookName): ConfigChange[] {
  const wanted: ConfigChange[] = [
    { key: keyOf(hook, 'command'), value: configCommand(hook) },
    { key: keyOf(hook, 'event'), value: hook },
  ];
  return wanted.filter(({ key, value }) => valueIn(entries, key) !== value);
}

/** What is to be unset so that nothing of ours is left; the event first. */
export function unconfiguring(entries: Entries, hook: HookName): ConfigChange[] {
  return ['event', 'command'].flatMap((name) => {
    const key = keyOf(hook, name);
    return valueIn(entries, key) === undefined ? [] : [{ key, value: undefined }];
  });
}

function keyOf(hook: HookName, name: string): string {
  return `hook.${configName(hook)}.${name}`;
}

function valueIn(entries: Entries, key: string): string | undefined {
  return entries.findLast(([name]) => name === key)?.[1];
}
