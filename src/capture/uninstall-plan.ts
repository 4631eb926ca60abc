/**
 * Stage 1, installing: how what init did to git's hooks is taken back, from its own notes (`trace/installed.json`) or,
 * without them, from our marks. Pure. What a person edited or another tool replaced is left, and said.
 */
import { dirname, join, relative } from 'node:path';
import { type Action, isSame } from './hook-action.ts';
import { type ConfigChange, configName, configState, isOurs, unconfiguring } from './hook-config.ts';
import {
  CONFIGURED,
  HOOK_SCRIPT,
  type HookFacts,
  INSTALLED,
  MOVED,
  PROGRAM,
  PUSH_SCRIPT,
  PUSH_WAIT,
  RECORDER_SCRIPT,
  shownPath,
  textOf,
  type Undo,
} from './hook-facts.ts';
import { blockIn, HOOKS, type HookName, huskyBlock, isPreCommit, isShim, isShimOf, KEPT, shimText } from './hook-text.ts';

/** What became of one file, in words for a person. */
export interface UndoReport {
  readonly path: string;
  readonly outcome: 'removed' | 'restored' | 'left';
  /** One line without a full stop. */
  readonly text: string;
}

export interface UninstallPlan {
  /** What is to be removed from the repository's configuration, before the actions. */
  readonly config: readonly ConfigChange[];
  readonly actions: readonly Action[];
  readonly reports: readonly UndoReport[];
}

/** Plans what `git trace init --uninstall` does for the hooks; the spool and the journal stay. */
export function planUninstall(facts: HookFacts): UninstallPlan {
  const actions: Action[] = [];
  const reports: UndoReport[] = [];
  for (const undo of facts.installed?.undo ?? undoByMarks(facts)) {
    const path = join(facts.commonDir, undo.path);
    if (undo.undo === 'folder') {
      actions.push({ do: 'remove-folder', path });
      continue;
    }
    const taken = undo.undo === 'shim' ? takeShim(facts, undo, path) : takeBlock(facts, undo, path);
    actions.push(...taken.actions);
    reports.push(...taken.reports);
  }
  const trace = join(facts.commonDir, 'trace');
  for (const name of [HOOK_SCRIPT, PUSH_SCRIPT, RECORDER_SCRIPT, PROGRAM, PUSH_WAIT, CONFIGURED, INSTALLED])
    if (facts.at(join(trace, name))) actions.push({ do: 'remove', path: join(trace, name) });
  const config: ConfigChange[] = [];
  for (const hook of HOOKS) {
    const state = configState(facts.hookConfig, hook);
    if (isOurs(state)) config.push(...unconfiguring(facts.hookConfig, hook));
    if (state === 'edited')
      reports.push({ path: '', outcome: 'left', text: `left 'hook.${configName(hook)}' in git's configuration, which was edited since` });
  }
  if (config.length > 0) reports.push({ path: '', outcome: 'removed', text: "removed our hooks from git's configuration" });
  // both go only if nothing of value is in them
  for (const path of [join(trace, 'spool'), trace]) if (facts.at(path)) actions.push({ do: 'remove-folder', path });
  return { config, actions, reports };
}

/** Takes back the files of one hook that an earlier version put into the hooks folder. */
export function takeShims(facts: HookFacts, hook: HookName): Taken {
  const taken = (facts.installed?.undo ?? undoByMarks(facts)).flatMap((undo) =>
    undo.undo === 'shim' && undo.hook === hook ? [takeShim(facts, undo, join(facts.commonDir, undo.path))] : [],
  );
  return { actions: taken.flatMap(({ actions }) => actions), reports: taken.flatMap(({ reports }) => reports) };
}

type Taken = { actions: Action[]; reports: UndoReport[] };

function takeShim(facts: HookFacts, undo: Extract<Undo, { undo: 'shim' }>, path: string): Taken {
  const kept = path + KEPT;
  const [shown, shownKept] = [shownPath(facts, path), shownPath(facts, kept)];
  const there = facts.at(path);
  const before = facts.at(kept);
  const report = (outcome: UndoReport['outcome'], text: string, ...actions: Action[]): Taken => ({
    actions,
    reports: [{ path, outcome, text }],
  });
  const isOurs = (text: string): boolean => text === undo.wrote || isShimOf(undo.hook, text);

  if (there === undefined || isOurs(textOf(there))) {
    if (before !== undefined) return report('restored', `restored '${shown}'`, { do: 'rename', from: kept, to: path });
    return there === undefined ? { actions: [], reports: [] } : report('removed', `removed '${shown}'`, { do: 'remove', path });
  }
  if (isShim(textOf(there))) return report('left', `left '${shown}', which was edited since; it records no more`);

  // another tool put its file there, and may have moved ours aside
  const words = `left '${shown}', which another tool wrote since`;
  const aside = MOVED.map((end) => path + end).find((moved) => isOurs(textOf(facts.at(moved))));
  const away: Action[] = aside === undefined ? [] : [{ do: 'remove', path: aside }];
  if (before === undefined) return report('left', words, ...away);
  if (isSame(before, there)) return report('left', words, ...away, { do: 'remove', path: kept });
  // pre-commit would call an older file of its own, which would call itself
  if (aside === undefined || (isPreCommit(textOf(before)) && isPreCommit(textOf(there))))
    return report('left', `${words}; what was there before us is '${shownKept}'`, ...away);
  return report('left', `${words}; what was there before us is '${shownPath(facts, aside)}'`, { do: 'rename', from: kept, to: aside });
}

function takeBlock(facts: HookFacts, undo: Extract<Undo, { undo: 'block' }>, path: string): Taken {
  const shown = shownPath(facts, path);
  const there = facts.at(path);
  const text = textOf(there);
  if (there === undefined || blockIn(text) === undefined) return { actions: [], reports: [] };
  const at = text.indexOf(undo.wrote);
  if (at < 0) return { actions: [], reports: [{ path, outcome: 'left', text: `left our lines in '${shown}', which were edited since` }] };
  const rest = text.slice(0, at) + text.slice(at + undo.wrote.length);
  if (rest === '' && undo.made)
    return { actions: [{ do: 'remove', path }], reports: [{ path, outcome: 'removed', text: `removed '${shown}'` }] };
  return {
    actions: [{ do: 'write', path, bytes: Buffer.from(rest), mode: there.mode }],
    reports: [{ path, outcome: 'restored', text: `removed our lines from '${shown}'` }],
  };
}

/** What init must have done, where its notes are lost: what carries our marks in the folder that git uses now. */
function undoByMarks(facts: HookFacts): Undo[] {
  const { hooksDir, place } = facts;
  if (hooksDir === undefined || place === 'foreign') return [];
  const found: Undo[] = [];
  for (const hook of HOOKS) {
    const path = join(hooksDir, hook);
    const block = blockIn(textOf(facts.at(join(dirname(hooksDir), hook))));
    const from = (absolute: string): string => relative(facts.commonDir, absolute);
    if (isShim(textOf(facts.at(path))) || facts.at(path + KEPT))
      found.push({ undo: 'shim', hook, path: from(path), wrote: shimText(hook, 'beside') });
    if (place === 'husky' && block === huskyBlock(hook))
      found.push({ undo: 'block', hook, path: from(join(dirname(hooksDir), hook)), wrote: block, made: true });
  }
  return found;
}
