/** Opens a host in the test's own process, its API being where the test says. */
import { openSite } from '../../src/adapters/host/open.ts';
import type { Host } from '../../src/core/host.ts';

export interface OpenedHost {
  readonly kind?: 'github' | 'gitlab';
  readonly name?: string;
  readonly repository?: string;
  readonly token?: string | undefined;
  readonly purpose?: 'hook' | 'command' | 'ci';
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that looking for a token has taken. */
  readonly spent?: number;
}

/** A host of a kind (GitHub unless told) with a token (none unless told). */
export function openAt(api: string, options: OpenedHost = {}): Promise<Host> {
  const { kind = 'github', name = `${kind}.com`, repository = 'o/r', token, purpose = 'command', env = {}, spent = 0 } = options;
  return openSite({
    site: { kind, name, api },
    repository,
    token: token === undefined ? undefined : { value: token, source: 'GH_TOKEN' },
    purpose,
    env,
    userAgent: 'git-trace/test',
    opened: performance.now() - spent,
  });
}
