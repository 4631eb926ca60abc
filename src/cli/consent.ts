/** What `git trace init` says before anything is recorded: what, by whom it can be seen, how to narrow it. Pure. */
import type { Policy } from '../core/policy.ts';
import { TRACES } from '../core/trace-name.ts';

export interface Recording {
  readonly policy: Policy;
  /** Commands typed in a shell are recorded. */
  readonly typed: boolean;
  /** Traces travel with `git push`. */
  readonly pushes: boolean;
  readonly remotes: readonly string[];
  /** Code hosts that a push asks for the branch's pull request. */
  readonly hosts: readonly string[];
}

/**
 * The lines, each a heading and a text.
 *
 * @example
 * consentLines({ policy: RECORD_ALL, typed: false, pushes: true, remotes: ['origin'], hosts: [] })[0] // 'recorded      commits, branches, merges, rewritten history and pushes'
 */
export function consentLines({ policy, typed, pushes, remotes, hosts }: Recording): string[] {
  const { capture, exclude } = policy;
  const recorded = ['commits, branches, merges, rewritten history and pushes'];
  const left: string[] = [];
  if (capture.edits) recorded.push(`edits of files that git does not ignore, ${capture.diffs ? 'as diffs' : 'as names and counts'}`);
  else left.push('edits');
  if (capture.commands) {
    recorded.push(`what 'git trace run' and 'test' run${capture.output ? ', with a sample of its output' : ''}`, 'results of tests');
    if (typed) recorded.push('typed commands, without output; one after a space without its text');
  } else left.push('commands');
  recorded.push("your notes ('git trace note')");
  if (capture.commands && !typed) left.push("typed commands ('git trace init --shell' adds them)");
  const hidden = [...exclude.paths, ...exclude.commands];
  if (hidden.length > 0)
    left.push(`what the policy excludes (${hidden.slice(0, 3).join(', ')}${hidden.length > 3 ? `, ${hidden.length - 3} more` : ''})`);
  left.push('ignored files, keystrokes, anything outside this repository');
  const names = remotes.map((name) => `'${name}'`).join(', ');
  return [
    ...headed('recorded', recorded),
    ...headed('not recorded', left),
    ...headed('secrets', ['are taken out before anything reaches git, as far as they can be told']),
    ...headed('kept in', [`${TRACES} of this repository, outside branches and work tree`]),
    ...headed('sent to', [
      pushes ? `${names === '' ? 'no remote yet' : names}, with each 'git push' of a branch` : "nowhere, until 'git trace push'",
    ]),
    ...(hosts.length === 0
      ? []
      : headed('asked', [`${hosts.join(', ')}, for the branch's pull request ('git config trace.link false': not)`])),
    ...headed('seen by', ['whoever can read the repository it is sent to']),
    ...headed('narrow it', [
      "'.gittrace.json' for the team, 'git config trace.captureEdits false'",
      "and the like for you; 'git trace pause' or GITTRACE=0 for a while",
    ]),
    ...headed('remove it', ["'git trace init --uninstall'"]),
  ];
}

function headed(heading: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => `${(i === 0 ? heading : '').padEnd(14)}${text}`);
}

/** What became of several hooks, those alike in one line. */
export function hookLines(
  reports: readonly { readonly hook: string; readonly text: string; readonly lines: readonly string[] }[],
): string[] {
  const alike = new Map<string, string[]>();
  for (const { hook, text, lines } of reports) {
    const key = lines.length > 0 ? `${text}\0${hook}` : text.replaceAll(`/${hook}'`, "'");
    alike.set(key, [...(alike.get(key) ?? []), hook]);
  }
  return [...alike].flatMap(([key, hooks]) => {
    const [text = ''] = key.split('\0');
    const lines = reports.find((report) => report.hook === hooks[0])?.lines ?? [];
    return [`${hooks.join(', ')}: ${text}`, ...lines.map((line) => `    ${line}`)];
  });
}

/**
 * What became of several files that were ours, those that went out of one folder in one line.
 *
 * @example
 * undoLines(["removed 'h/pre-push'", "left 'h/post-merge', which was edited", "removed 'h/post-commit'"]) // ["removed from 'h': pre-push, post-commit", "left 'h/post-merge', which was edited"]
 */
export function undoLines(texts: readonly string[]): string[] {
  const lines = new Map<string, string[]>();
  for (const text of texts) {
    const [, folder, name] = /^removed '(.+)\/([^/']+)'$/.exec(text) ?? [];
    if (folder === undefined || name === undefined) lines.set(text, []);
    else lines.set(folder, [...(lines.get(folder) ?? []), name]);
  }
  return [...lines].map(([key, names]) => (names.length === 0 ? key : `removed from '${key}': ${names.join(', ')}`));
}
