/**
 * Stage 1, capture: the `test` events of commands that a shell has recorded. A shell sees how a test run ended and not
 * what it said; what it left in reports is read when the command is taken from the spool.
 */
import type { Policy } from '../../core/policy.ts';
import type { ReportFiles } from '../../core/ports.ts';
import { millis, timestamp } from '../../core/time.ts';
import type { Taken } from '../../spool/read.ts';
import { type ReportIdentity, reportsOf } from './find-reports.ts';

export interface DeriveOptions {
  readonly files: ReportFiles;
  /** The work tree's absolute path. */
  readonly top: string;
  readonly policy: Policy;
}

/** Commands of one flush whose reports are looked for; after a week without a flush nobody waits for the others. */
const COMMANDS = 50;

/** The records, each command that ran tests followed by the results it has left; the newest is the first to claim a report. */
export function withTests(all: readonly Taken[], { files, top, policy }: DeriveOptions): readonly Taken[] {
  const taken = all.filter((item) => !isRecordedByItself(item));
  const known = new Set<string>();
  const results = new Map<Taken, readonly Taken[]>();
  for (const item of taken.filter(isShellCommand).slice(-COMMANDS).toReversed()) {
    const { file, record, ts } = item;
    const { command, cwd, duration_ms: duration, hidden } = record.payload;
    if (typeof command !== 'string' || typeof cwd !== 'string' || typeof duration !== 'number' || hidden === true) continue;
    const startedAt = millis(ts);
    const search = { top, patterns: policy.reports, isKnown: (report: ReportIdentity) => known.has(keyOf(report)) };
    const found = reportsOf({ command, cwd, startedAt, durationMs: duration }, files, search);
    for (const report of found.flatMap(({ reports }) => reports)) known.add(keyOf(report));
    const { place, session } = record;
    const at = timestamp(startedAt + duration);
    results.set(
      item,
      found.map(({ payload }) => ({
        file,
        record: { place, type: 'test', payload: JSON.parse(JSON.stringify(payload)), ...(session === undefined ? {} : { session }) },
        ts: at,
      })),
    );
  }
  return taken.flatMap((item) => [item, ...(results.get(item) ?? [])]);
}

/** `git trace run` and `test` record what they run; that they were typed says nothing more. */
function isRecordedByItself({ file, record: { type, payload } }: Taken): boolean {
  const { command, exit_code: exitCode } = payload;
  if (type !== 'command' || !file.startsWith('shell-') || typeof command !== 'string' || exitCode === 129) return false;
  return /^\s{0,20}git[ -]trace (?:run|test)(?: [^|&;<>()`$\n]{0,2000})?$/.test(command);
}

function isShellCommand({ file, record }: Taken): boolean {
  return file.startsWith('shell-') && record.type === 'command';
}

function keyOf({ path, modified, size }: ReportIdentity): string {
  return `${path}\0${modified}\0${size}`;
}
