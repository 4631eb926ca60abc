/**
 * Stage 1, edits, telling: the payloads of `edit` and `edits` events, made of what differs between two snapshots. Pure.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { PATHS } from '../../core/cap.ts';
import type { PayloadOf } from '../../core/event.schema.ts';
import type { PathChange } from '../../core/ports.ts';

/** One file's change, as an event tells it. `size` is its size in bytes where it was too large to be looked at. */
export function editPayload(
  change: PathChange,
  patch: string,
  limit: number,
  boundary: string,
  size: number | undefined,
): PayloadOf<'edit'> {
  const { path, oldPath, status, mode, oldMode, additions, deletions } = change;
  const isBinary = additions === undefined && (change.oid ?? change.oldOid) !== undefined;
  // placeholders of large files, and bytes that no reader can show, stay out
  const shown = size !== undefined || (isBinary && /^Binary files /m.test(patch)) || patch.includes('\uFFFD') ? '' : patch;
  const snippet = cutPatch(shown, limit);
  const newMode = mode !== oldMode || mode === undefined ? mode : undefined;
  return {
    ...(additions === undefined ? {} : { additions }),
    ...(isBinary ? { binary: true } : {}),
    boundary,
    ...(size === undefined ? {} : { bytes: size }),
    change_summary: isBinary ? 'binary' : summary(additions, deletions),
    ...(deletions === undefined ? {} : { deletions }),
    diff_snippet: snippet,
    file: path,
    ...(newMode === undefined || (oldMode === undefined && newMode === '100644') ? {} : { mode: newMode }),
    ...(oldMode === undefined || newMode === undefined ? {} : { old_mode: oldMode }),
    ...(oldPath === undefined ? {} : { old_file: oldPath }),
    status: status === 'modified' && change.oid === change.oldOid ? 'mode' : status,
    ...(snippet.length < shown.length ? { truncated: true } : {}),
  };
}

/** Many changes as one event: their sums, and the paths up to a bound. */
export function editsPayload(changes: readonly PathChange[], origin: 'work' | 'vcs', boundary: string): PayloadOf<'edits'> {
  const sum = (of: (change: PathChange) => number | undefined): number => changes.reduce((total, change) => total + (of(change) ?? 0), 0);
  const additions = sum((change) => change.additions);
  const deletions = sum((change) => change.deletions);
  return {
    additions,
    boundary,
    change_summary: summary(additions, deletions),
    deletions,
    files: changes
      .slice(0, PATHS)
      .map(({ path, additions: more, deletions: less, status }) => ({ additions: more ?? null, deletions: less ?? null, path, status })),
    files_changed: changes.length,
    origin,
    ...(changes.length > PATHS ? { truncated: true } : {}),
  };
}

/** A payload as a record takes it: without the members that are not there. */
export function asRecord(payload: PayloadOf<'edit'> | PayloadOf<'edits'>): JsonObject {
  return JSON.parse(JSON.stringify(payload));
}

function summary(additions = 0, deletions = 0): string {
  return `+${additions}/-${deletions}`;
}

/**
 * The beginning of a patch that fits, whole lines only.
 *
 * @example
 * cutPatch('@@ -1 +1 @@\n-a\n+b\n', 16) // '@@ -1 +1 @@\n-a\n'
 */
export function cutPatch(patch: string, limit: number): string {
  if (Buffer.byteLength(patch) <= limit) return patch;
  let end = 0;
  let bytes = 0;
  for (const line of patch.split(/(?<=\n)/)) {
    bytes += Buffer.byteLength(line);
    if (bytes > limit) break;
    end += line.length;
  }
  return patch.slice(0, end);
}
