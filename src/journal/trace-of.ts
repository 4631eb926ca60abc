/**
 * Stage 3, deciding: which trace a record or a branch belongs to. Apart from preparing, since every command asks it at its
 * start. Pure.
 */
import type { Sha256 } from '../core/line.ts';
import type { GitConfig } from '../core/ports.ts';
import { branchTrace, isTraceName, type TraceName, UNASSIGNED } from '../core/trace-name.ts';
import type { SpoolRecord } from '../spool/record.ts';

/** The trace of a record: named, else its branch's link, else its branch, else none. */
export function traceOf(record: SpoolRecord, config: GitConfig, sha256: Sha256): TraceName {
  const { trace, branch } = record.place;
  if (trace !== undefined) return trace;
  return branch === undefined || branch === null ? UNASSIGNED : traceOfBranch(branch, config, sha256);
}

/** The trace of a branch: its link's, else its own. A link that names no trace is none. */
export function traceOfBranch(branch: string, config: GitConfig, sha256: Sha256): TraceName {
  const link = config.getAll(`branch.${branch}.trace`).at(-1);
  return link !== undefined && isTraceName(link) ? link : branchTrace(branch, sha256);
}
