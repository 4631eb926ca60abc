/**
 * Stage 1, agents: the diff of an edit, made of what an agent tells of it: hunks, the texts before and after, a patch.
 * Written as git writes one; where the agent does not say which line it is, the hunk's header is `@@ @@`. Pure.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { cutPatch } from '../edits/payloads.ts';

/** Lines around a change that are kept. */
const CONTEXT = 3;

/** How a file changed, as an agent tells it. */
export interface FileChange {
  /** Relative to the work tree. */
  readonly path: string;
  readonly oldPath?: string | undefined;
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Hunks, each with its header, each line ended. */
  readonly hunks: string;
}

/** One hunk of two texts: what they have in common at both ends is context. */
export function hunkOf(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  if (head === old.length && head === now.length) return '';
  const lead = old.slice(Math.max(0, head - CONTEXT), head);
  const trail = old.slice(old.length - tail, old.length - tail + CONTEXT);
  return [
    before === '' ? `@@ -0,0 +1,${now.length} @@` : '@@ @@',
    ...lead.map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...trail.map((line) => ` ${line}`),
    '',
  ].join('\n');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** Makes the payload of an `edit`. */
export function editOf(change: FileChange, source: string): JsonObject {
  const { path, oldPath = path, status, hunks } = change;
  const lines = hunks.split('\n');
  const additions = lines.filter((line) => line.startsWith('+')).length;
  const deletions = lines.filter((line) => line.startsWith('-')).length;
  const header = [
    `diff --git a/${oldPath} b/${path}`,
    ...(status === 'added' ? ['new file mode 100644'] : status === 'deleted' ? ['deleted file mode 100644'] : []),
    ...(oldPath === path ? [] : [`rename from ${oldPath}`, `rename to ${path}`]),
    ...(hunks === ''
      ? []
      : [status === 'added' ? '--- /dev/null' : `--- a/${oldPath}`, status === 'deleted' ? '+++ /dev/null' : `+++ b/${path}`]),
  ];
  return {
    additions,
    change_summary: `+${additions}/-${deletions}`,
    deletions,
    diff_snippet: `${header.join('\n')}\n${hunks}`,
    file: path,
    ...(oldPath === path ? {} : { old_file: oldPath }),
    source,
    status,
  };
}

/** The payload with its diff cut to so many bytes, as an edit of the work tree is. */
export function cutDiff(payload: JsonObject, limit: number): JsonObject {
  const { diff_snippet: diff } = payload;
  if (typeof diff !== 'string') return payload;
  const kept = cutPatch(diff, limit);
  return kept.length === diff.length ? payload : { ...payload, diff_snippet: kept, truncated: true };
}

/**
 * Reads the patches that Codex applies: files after `*** Add File:`, `*** Update File:` (and `*** Move to:`) and
 * `*** Delete File:`, lines as in a diff.
 */
export function readAppliedPatch(text: string): { path: string; to?: string; status: FileChange['status']; hunks: string }[] {
  const files: { path: string; to?: string; status: FileChange['status']; hunks: string }[] = [];
  for (const line of text.split('\n')) {
    const [, what, path] = /^\*\*\* (Add File|Update File|Delete File|Move to): (.{1,4096})$/.exec(line) ?? [];
    const last = files.at(-1);
    if (path !== undefined && what === 'Move to') {
      if (last !== undefined) Object.assign(last, { to: path.trim(), status: 'renamed' });
    } else if (path !== undefined) {
      const status = what === 'Add File' ? 'added' : what === 'Delete File' ? 'deleted' : 'modified';
      files.push({ path: path.trim(), status, hunks: '' });
    } else if (last !== undefined && line.startsWith('@@')) {
      // behind the signs may stand which function it is in
      last.hunks += `@@ @@${line.replace(/^@@[ @]*/, ' ').trimEnd()}\n`;
    } else if (last !== undefined && /^[ +-]/.test(line)) {
      if (last.hunks === '') last.hunks = '@@ @@\n';
      last.hunks += `${line}\n`;
    }
  }
  return files;
}
