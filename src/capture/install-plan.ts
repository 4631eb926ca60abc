/**
 * Stage 1, installing: what git's hooks need, decided from what was found (hook-facts.ts) as a list of actions
 * (install.ts carries them out). Pure. What stood there before is kept beside, chained to, and comes back byte for byte.
 */
import { dirname, join, relative } from 'node:path';
import { type Action, isSame } from './hook-action.ts';
import { type ConfigChange, configName, configState, configuring, isOurs, unconfiguring } from './hook-config.ts';
import {
  CONFIGURED,
  HOOK_SCRIPT,
  type HookFacts,
  INSTALLED,
  type Installed,
  isBelow,
  PROGRAM,
  PUSH_SCRIPT,
  PUSH_WAIT,
  RECORDER_SCRIPT,
  runsBeside,
  shownPath,
  textOf,
  type Undo,
} from './hook-facts.ts';
import {
  blockIn,
  calls,
  HOOKS,
  type HookName,
  huskyBlock,
  isLefthook,
  isPreCommit,
  isShim,
  isShimOf,
  KEPT,
  lefthookLines,
  sharedLines,
  shimText,
  withBlock,
} from './hook-text.ts';
import { takeShims } from './uninstall-plan.ts';

/** What init puts into `trace/`. */
export interface HookContent {
  /** The bytes of hooks/hook.sh. */
  readonly hookScript: Buffer;
  /** The bytes of hooks/recorder-start.sh. */
  readonly recorderScript: Buffer;
  /** The bytes of hooks/push.sh. */
  readonly pushScript: Buffer;
  /** Absolute paths of node and of the program's script. */
  readonly node: string;
  readonly script: string;
  /** Milliseconds that a push waits at most; hook.sh's default where missing. */
  readonly pushWait: number | undefined;
}

/** What became of one hook, in words for a person. */
export interface HookReport {
  readonly hook: HookName;
  readonly outcome: 'installed' | 'chained' | 'snippet' | 'not installed';
  /** One line without a full stop, e.g. `installed in '.git/hooks/pre-push'`. */
  readonly text: string;
  /** Lines that a person has to put somewhere; `text` says where. */
  readonly lines: readonly string[];
}

export interface InstallPlan {
  readonly actions: readonly Action[];
  /** What is to be written into the repository's configuration, after the actions. */
  readonly config: readonly ConfigChange[];
  readonly reports: readonly HookReport[];
}

/** Plans what `git trace init` does for the hooks; where it was done already, nothing. */
export function planInstall(facts: HookFacts, content: HookContent): InstallPlan {
  return new Install(facts).plan(content);
}

class Install {
  readonly #facts: HookFacts;
  readonly #actions: Action[] = [];
  readonly #config: ConfigChange[] = [];
  #undo: Undo[];

  constructor(facts: HookFacts) {
    this.#facts = facts;
    this.#undo = [...(facts.installed?.undo ?? [])];
  }

  plan(content: HookContent): InstallPlan {
    const configured = HOOKS.filter((hook) => this.#facts.byConfig && !runsBeside(this.#facts, hook));
    const reports = HOOKS.map((hook) => (configured.includes(hook) ? this.#configured(hook) : this.#hook(hook)));
    const trace = join(this.#facts.commonDir, 'trace');
    const actions: Action[] = [];
    for (const path of [trace, join(trace, 'spool')])
      if (this.#facts.at(path) === undefined) actions.push({ do: 'make-folder', path, mode: 0o700 });
    const write = (name: string, bytes: Buffer | string, mode = 0o600): void => {
      actions.push(...this.#writing(join(trace, name), Buffer.from(bytes), mode));
    };
    write(PUSH_SCRIPT, content.pushScript);
    write(RECORDER_SCRIPT, content.recorderScript, 0o700);
    write(HOOK_SCRIPT, content.hookScript);
    write(PROGRAM, `${content.node}\n${content.script}\n`);
    const writeOr = (name: string, text: string | undefined): void => {
      if (text !== undefined) write(name, `${text}\n`);
      else if (this.#facts.at(join(trace, name))) actions.push({ do: 'remove', path: join(trace, name) });
    };
    writeOr(PUSH_WAIT, content.pushWait?.toString());
    writeOr(CONFIGURED, configured.length === 0 ? undefined : configured.join(' '));
    // how to take it back is written before there is anything to take back
    const installed: Installed = { version: 1, undo: this.#undo };
    write(INSTALLED, `${JSON.stringify(installed, null, 1)}\n`);
    return { actions: [...actions, ...this.#actions], config: this.#config, reports };
  }

  /** Keys of the configuration; a file that an earlier version put into the hooks folder is taken back. */
  #configured(hook: HookName): HookReport {
    const { hookConfig } = this.#facts;
    const name = `'hook.${configName(hook)}'`;
    const state = configState(hookConfig, hook);
    const taken = takeShims(this.#facts, hook);
    this.#actions.push(...taken.actions);
    this.#undo = this.#undo.filter((undo) => undo.undo !== 'shim' || undo.hook !== hook);
    if (state === 'edited') return report(hook, 'installed', `${name} is in git's configuration, and edited since: left as it is`);
    this.#config.push(...configuring(hookConfig, hook));
    if (state === 'disabled') return report(hook, 'not installed', `${name} is in git's configuration, and disabled there`);
    const also = taken.reports.map(({ text }) => `; ${text}`).join('');
    return report(hook, 'installed', `installed in git's configuration, as ${name}${also}`);
  }

  #hook(hook: HookName): HookReport {
    const { place, hooksDir, hookConfig } = this.#facts;
    if (isOurs(configState(hookConfig, hook))) this.#config.push(...unconfiguring(hookConfig, hook));
    if (place === 'foreign' || hooksDir === undefined) return this.#foreign(hook);
    if (place === 'husky') return this.#husky(hook, join(dirname(hooksDir), hook));
    if (place === 'lefthook') return this.#lefthook(hook, join(hooksDir, hook));
    return this.#folder(hook, join(hooksDir, hook));
  }

  /** A file of ours in the hooks folder; the one that stands there is renamed and chained. */
  #folder(hook: HookName, path: string): HookReport {
    const wanted = shimText(hook, this.#facts.beside ? 'beside' : 'asks');
    const there = this.#facts.at(path);
    const kept = this.#facts.at(path + KEPT);
    const text = textOf(there);
    const where = `installed in '${this.#shown(path)}'`;
    const note = this.#inWorkTree(path);

    let chained = kept !== undefined;
    if (there?.kind === 'file' && isShim(text)) {
      // ours: of this version, of an earlier one, or one that a person edited, which stays as it is
      if (!isShimOf(hook, text) && this.#known('shim', path)?.wrote !== text)
        return report(hook, chained ? 'chained' : 'installed', `${where}, and edited since: left as it is`);
    } else if (there !== undefined) {
      if (there.kind !== 'file' && there.kind !== 'link')
        return report(hook, 'not installed', `'${this.#shown(path)}' is not a file: move it away and run 'git trace init' again`);
      if (isPreCommit(text) && isShim(textOf(this.#facts.at(`${path}.legacy`))))
        return report(hook, 'chained', `installed in '${this.#shown(path)}.legacy', which pre-commit runs`);
      if (kept !== undefined && !isSame(there, kept)) return report(hook, 'not installed', this.#conflict(path));
      this.#actions.push({ do: 'rename', from: path, to: path + KEPT });
      chained = true;
    }
    this.#remember({ undo: 'shim', hook, path, wrote: wanted });
    this.#write(path, wanted, 0o755);
    if (!chained) return report(hook, 'installed', where + note);
    return report(hook, 'chained', `${where}; the hook that was there still runs, as '${this.#shown(path + KEPT)}'${note}`);
  }

  #conflict(path: string): string {
    const [front, behind] = [this.#shown(path), this.#shown(path + KEPT)];
    return `both '${front}' and '${behind}' are there and not ours: merge them into the first, remove the second, and run 'git trace init' again`;
  }

  /** Lines in the file that husky calls; what is in `_` it writes anew. */
  #husky(hook: HookName, path: string): HookReport {
    const block = huskyBlock(hook);
    const there = this.#facts.at(path);
    if (there !== undefined && there.kind !== 'file')
      return report(
        hook,
        'not installed',
        `'${this.#shown(path)}' is not a plain file: put these lines at its top`,
        block.split('\n').slice(0, -1),
      );
    const text = textOf(there);
    const words = `installed in '${this.#shown(path)}', which husky runs${this.#inWorkTree(path)}`;
    const found = blockIn(text);
    if (found === block) return report(hook, 'installed', words);
    const known = this.#known('block', path);
    if (found !== undefined && known?.wrote !== found) return report(hook, 'installed', `${words}, and edited since: left as it is`);
    this.#remember({ undo: 'block', hook, path, wrote: block, made: found === undefined ? there === undefined : known?.made === true });
    this.#write(path, found === undefined ? withBlock(text, block) : text.replace(found, () => block), there?.mode ?? 0o644);
    return report(hook, 'installed', words);
  }

  /** Nothing but advice, for lefthook overwrites hooks; one of ours that it has left alone so far is kept up to date. */
  #lefthook(hook: HookName, path: string): HookReport {
    if (isShim(textOf(this.#facts.at(path)))) return this.#folder(hook, path);
    if (!this.#facts.lefthookConfigs.some((config) => calls(textOf(this.#facts.at(config)), hook))) {
      const words =
        "lefthook would overwrite a hook of ours: add these lines to 'lefthook.yml', or to 'lefthook-local.yml' for yourself only";
      return report(hook, 'snippet', words, lefthookLines(hook));
    }
    if (isLefthook(textOf(this.#facts.at(path)))) return report(hook, 'installed', "installed in lefthook's configuration");
    return report(hook, 'snippet', "in lefthook's configuration, but lefthook does not run: 'lefthook install' sets it up");
  }

  #foreign(hook: HookName): HookReport {
    const { hooksDir, reason } = this.#facts;
    if (hooksDir === undefined) return report(hook, 'not installed', reason);
    const path = join(hooksDir, hook);
    if (calls(textOf(this.#facts.at(path)), hook)) return report(hook, 'installed', `installed in '${path}' by its owner`);
    const words = `${reason}: put these lines below the '#!' line of '${path}', if that is a shell script; they do nothing where trace is not enabled`;
    return report(hook, 'not installed', words, sharedLines(hook));
  }

  #write(path: string, text: string, mode: number): void {
    for (const folder of this.#missing(dirname(path))) {
      this.#actions.push({ do: 'make-folder', path: folder, mode: 0o755 });
      this.#remember({ undo: 'folder', path: folder });
    }
    this.#actions.push(...this.#writing(path, Buffer.from(text), mode));
  }

  /** The folder and those around it that neither are there nor are about to be made, the outermost first. */
  #missing(folder: string): string[] {
    const planned = this.#actions.some((action) => action.do === 'make-folder' && action.path === folder);
    if (planned || this.#facts.at(folder) !== undefined || dirname(folder) === folder) return [];
    return [...this.#missing(dirname(folder)), folder];
  }

  #writing(path: string, bytes: Buffer, mode: number): Action[] {
    const there = this.#facts.at(path);
    if (there?.kind === 'file' && there.mode === mode && there.bytes?.equals(bytes)) return [];
    return [{ do: 'write', path, bytes, mode }];
  }

  #known<Kind extends Undo['undo']>(kind: Kind, path: string): Extract<Undo, { undo: Kind }> | undefined {
    const found = this.#undo.find((undo) => undo.undo === kind && undo.path === this.#relative(path));
    // the find's condition, which the compiler does not see through
    return found as Extract<Undo, { undo: Kind }> | undefined;
  }

  #remember(undo: Undo): void {
    const step = { ...undo, path: this.#relative(undo.path) };
    const at = this.#undo.findIndex((known) => known.undo === undo.undo && known.path === step.path);
    if (at >= 0) this.#undo[at] = step;
    // a folder is taken back after what is in it, so all folders stand last, and inner ones before outer ones
    else if (step.undo !== 'folder') this.#undo.unshift(step);
    else {
      const first = this.#undo.findIndex((known) => known.undo === 'folder');
      this.#undo.splice(first < 0 ? this.#undo.length : first, 0, step);
    }
  }

  #relative(path: string): string {
    return relative(this.#facts.commonDir, path);
  }

  #shown(path: string): string {
    return shownPath(this.#facts, path);
  }

  #inWorkTree(path: string): string {
    const { workTree, commonDir } = this.#facts;
    if (workTree === undefined || !isBelow(path, workTree) || isBelow(path, commonDir)) return '';
    return '; the file is part of the work tree: commit it or not, it does nothing where trace is not enabled';
  }
}

function report(hook: HookName, outcome: HookReport['outcome'], text: string, lines: readonly string[] = []): HookReport {
  return { hook, outcome, text, lines };
}
