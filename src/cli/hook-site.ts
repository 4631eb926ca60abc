/** What of a repository decides where its hooks go, as installing and status want it. */
import type { HookSite } from '../capture/hook-facts.ts';
import type { Repository } from '../core/ports.ts';
import type { Context } from './context.ts';

export function hookSite(context: Context, repository: Repository): HookSite {
  const { gitDir, commonDir, workTree, config } = repository;
  return { gitDir, commonDir, workTree, hooksPath: config.get('core.hookspath'), home: context.env['HOME'] };
}
