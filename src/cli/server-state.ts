/** What `git trace serve` says of itself in `trace/`, and how others read it. */
import type { TraceFiles } from '../core/ports.ts';

/** Held by the server of a repository. */
export const SERVE_LOCK = 'serve.lock';
/** `{"url", "pid"}` of that server. */
export const SERVE_STATE = 'serve.json';

/** Where the server of this repository listens; `undefined` where none runs. */
export function serverUrl(files: TraceFiles): string | undefined {
  if (files.holder(SERVE_LOCK) === undefined) return undefined;
  try {
    const told: unknown = JSON.parse(files.read(SERVE_STATE)?.toString('utf8') ?? '{}');
    return typeof told === 'object' && told !== null && 'url' in told && typeof told.url === 'string' ? told.url : undefined;
  } catch {
    return undefined; // it is being written
  }
}
