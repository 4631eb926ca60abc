/**
 * Stage 1, installing: carries out the plans for git's hooks, through a port. Decides nothing (install-plan.ts,
 * uninstall-plan.ts do). What a plan says of git's configuration is the caller's to write: after installing, before
 * uninstalling.
 */
import type { HookFiles } from '../core/ports.ts';
import type { Action } from './hook-action.ts';
import { gatherHookFacts, type HookSite } from './hook-facts.ts';
import { type HookState, hookStatus } from './hook-status.ts';
import { type HookContent, type InstallPlan, planInstall } from './install-plan.ts';
import { planUninstall, type UninstallPlan } from './uninstall-plan.ts';

export interface InstallOptions {
  /** Only the plan is wanted. */
  readonly dryRun?: boolean;
}

/** Installs the hooks; done twice, it changes nothing. @throws read-only, disk-full */
export function installHooks(files: HookFiles, site: HookSite, content: HookContent, options: InstallOptions = {}): InstallPlan {
  const plan = planInstall(gatherHookFacts(files, site), content);
  if (options.dryRun !== true) act(files, plan.actions);
  return plan;
}

/** Takes the hooks away and puts back what was there before. @throws read-only, disk-full */
export function uninstallHooks(files: HookFiles, site: HookSite, options: InstallOptions = {}): UninstallPlan {
  const plan = planUninstall(gatherHookFacts(files, site));
  if (options.dryRun !== true) act(files, plan.actions);
  return plan;
}

/** Tells for each hook whether it records. */
export function readHookStatus(files: HookFiles, site: HookSite): readonly HookState[] {
  return hookStatus(gatherHookFacts(files, site));
}

function act(files: HookFiles, actions: readonly Action[]): void {
  for (const action of actions) {
    switch (action.do) {
      case 'make-folder':
        files.makeFolder(action.path, action.mode);
        break;
      case 'write':
        files.write(action.path, action.bytes, action.mode);
        break;
      case 'rename':
        files.rename(action.from, action.to);
        break;
      case 'remove':
        files.remove(action.path);
        break;
      case 'remove-folder':
        files.removeFolder(action.path);
        break;
    }
  }
}
