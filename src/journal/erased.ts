/**
 * Stage 3, what was erased: the file `erased` at a journal's root lists the marks of erased events, each the sha-256 of an
 * event's id. So a union knows at a glance whether one side has heard of an erasure that the other has not.
 */
import { fail } from '../core/errors.ts';
import type { GitObjects, ObjectBatch } from '../core/ports.ts';
import { ERASED_FILE } from '../core/segment.ts';
import type { Tree } from './tree.ts';

/** Marks of erased events: 64 hex digits each. */
export type Marks = ReadonlySet<string>;

const MARK = /^[0-9a-f]{64}$/;

/** The marks of all that was erased in a journal. @throws unreadable-segment */
export async function readMarks(objects: GitObjects, root: Tree): Promise<Marks> {
  const oid = root.file(ERASED_FILE);
  if (oid === undefined) return new Set();
  const blob = await objects.read(oid);
  if (blob?.type !== 'blob') throw fail('unreadable-segment', `'${ERASED_FILE}' of the journal cannot be read`);
  const lines = blob.data.toString('latin1').split('\n').slice(0, -1);
  return new Set(lines.filter((line) => MARK.test(line)));
}

/** Writes the marks into a journal's tree, sorted, so that equal sets are equal files. */
export async function putMarks(batch: ObjectBatch, root: Tree, marks: Marks): Promise<void> {
  const text = [...marks].sort().map((mark) => `${mark}\n`);
  await root.put(ERASED_FILE, batch.add('blob', Buffer.from(text.join(''))));
}
