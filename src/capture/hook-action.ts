/**
 * Stage 1, installing: the steps that a plan is made of. Data only; install.ts carries them out.
 */
import type { Found } from './hook-facts.ts';

export type Action =
  | { readonly do: 'make-folder'; readonly path: string; readonly mode: number }
  | { readonly do: 'write'; readonly path: string; readonly bytes: Buffer; readonly mode: number }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'remove'; readonly path: string }
  /** Only if it is empty. */
  | { readonly do: 'remove-folder'; readonly path: string };

/** Whether two files are the same to git. */
export function isSame(one: Found, other: Found): boolean {
  return one.kind === other.kind && one.mode === other.mode && one.bytes !== undefined && other.bytes?.equals(one.bytes) === true;
}
