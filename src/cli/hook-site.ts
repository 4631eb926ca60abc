/** What of a repository decides where its hooks go, as installing and status want it; and carrying out what they decide. */
import type { ConfigChange } from '../capture/hook-config.ts';
import type { HookSite } from '../capture/hook-facts.ts';
import type { GitConfig, Repository } from '../core/ports.ts';
import type { Context } from './context.ts';

export async function hookSite(context: Context, repository: Repository): Promise<HookSite> {
  const { gitDir, commonDir, workTree, config } = repository;
  return {
    gitDir,
    commonDir,
    workTree,
    hooksPath: config.get('core.hookspath'),
    home: context.env['HOME'],
    gitVersion: await repository.version(),
    hookConfig: [...config.entries('hook.'), ...config.entries('trace.hooks')],
  };
}

/** Writes changes into the repository's own configuration, one after the other. @throws git-failed */
export async function configure(config: GitConfig, changes: readonly ConfigChange[]): Promise<void> {
  for (const { key, value } of changes) await (value === undefined ? config.unset(key) : config.set(key, value));
}
