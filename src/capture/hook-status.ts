/**
 * Stage 1, installing: whether git's hooks still reach hook.sh, for `git trace status`. Pure; mends nothing.
 */
import { dirname, join } from 'node:path';
import { configName, configState, isOurs } from './hook-config.ts';
import { CONFIGURED, HOOK_SCRIPT, type HookFacts, runsBeside, shownPath, textOf } from './hook-facts.ts';
import { blockIn, calls, HOOKS, type HookName, isLefthook, isPreCommit, isShim } from './hook-text.ts';

/** How one hook stands, in words for a person. */
export interface HookState {
  readonly hook: HookName;
  /** `too early`: it records, but acts before another hook had its say. */
  readonly state: 'ok' | 'missing' | 'overwritten' | 'too early';
  /** One line without a full stop. */
  readonly text: string;
}

/** Tells for each hook whether it records. */
export function hookStatus(facts: HookFacts): readonly HookState[] {
  const script = join(facts.commonDir, 'trace', HOOK_SCRIPT);
  return HOOKS.map((hook) => {
    if (facts.at(script) === undefined) return { hook, state: 'missing', text: `'${script}' is not there` };
    return { hook, ...stateOf(facts, hook) };
  });
}

type State = Omit<HookState, 'hook'>;

function stateOf(facts: HookFacts, hook: HookName): State {
  const { place, hooksDir, lefthookConfigs, reason, hookConfig, byConfig } = facts;
  const configured = configState(hookConfig, hook);
  if (configured !== 'none' && byConfig) return inConfig(facts, hook, configured);
  if (isOurs(configured) && facts.at(join(facts.commonDir, 'trace', CONFIGURED)))
    return { state: 'missing', text: "in git's configuration, which this git does not run hooks of" };
  if (hooksDir === undefined) return { state: 'missing', text: reason };
  const path = join(hooksDir, hook);
  const text = textOf(facts.at(path));
  switch (place) {
    case 'foreign':
      return calls(text, hook)
        ? { state: 'ok', text: `in '${path}'` }
        : { state: 'missing', text: `${reason}: '${path}' does not call us` };
    case 'lefthook': {
      // lefthook leaves hooks alone that it has nothing for
      if (isShim(text)) return inFolder(facts, path, text);
      const config = lefthookConfigs.find((name) => calls(textOf(facts.at(name)), hook));
      if (config === undefined) return lost(facts, path, "not in lefthook's configuration");
      if (!isLefthook(text)) return { state: 'missing', text: "in lefthook's configuration, but 'lefthook install' was not run" };
      return { state: 'ok', text: `in '${shownPath(facts, config)}'` };
    }
    case 'husky': {
      const file = join(dirname(hooksDir), hook);
      const shown = shownPath(facts, file);
      if (blockIn(textOf(facts.at(file))) === undefined) return lost(facts, file, `our lines are not in '${shown}'`);
      if (facts.at(path) === undefined) return { state: 'missing', text: `in '${shown}', but husky is not set up here` };
      return { state: 'ok', text: `in '${shown}'` };
    }
    case 'folder':
      return inFolder(facts, path, text);
  }
}

function inConfig(facts: HookFacts, hook: HookName, configured: 'ours' | 'edited' | 'disabled'): State {
  const name = `'hook.${configName(hook)}'`;
  if (configured === 'edited') return { state: 'overwritten', text: `${name} in git's configuration is not ours` };
  if (configured === 'disabled') return { state: 'missing', text: `${name} is disabled in git's configuration` };
  if (runsBeside(facts, hook)) return { state: 'too early', text: 'another hook came since, and runs after ours' };
  return { state: 'ok', text: `${name} in git's configuration` };
}

function inFolder(facts: HookFacts, path: string, text: string): State {
  const shown = shownPath(facts, path);
  const there = facts.at(path);
  if (there === undefined) return { state: 'missing', text: `'${shown}' is not there` };
  if ((there.mode & 0o111) === 0) return { state: 'missing', text: `'${shown}' is not executable, so that git ignores it` };
  if (isShim(text)) return { state: 'ok', text: `in '${shown}'` };
  if (isPreCommit(text) && isShim(textOf(facts.at(`${path}.legacy`))))
    return { state: 'ok', text: `in '${shown}.legacy', which pre-commit runs` };
  return lost(facts, path, `'${shown}' is not ours`);
}

/** Ours was there, or it never was. */
function lost(facts: HookFacts, path: string, text: string): State {
  const known = facts.installed?.undo.some((undo) => join(facts.commonDir, undo.path) === path) === true;
  return { state: known ? 'overwritten' : 'missing', text };
}
