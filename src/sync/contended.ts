/**
 * Which traces others were pushing too a short while ago: `trace/contended.json`. There a push begins with a fetch, since
 * without one it would be refused. Losing the file costs a refused push.
 */
import type { Clock, TraceFiles } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import type { TraceName } from '../core/trace-name.ts';

const FILE = 'contended.json';
/** Milliseconds after which others are taken to have gone. */
const WHILE_MS = 10 * 60_000;

/** Those of some traces that others were pushing to a remote a short while ago. */
export function contendedOf(files: TraceFiles, clock: Clock, remote: string, traces: readonly TraceName[]): TraceName[] {
  const last = load(files);
  const now = clock.now();
  return traces.filter((trace) => isRecent(last[keyOf(remote, trace)], now));
}

/** Notes that others are pushing these traces. */
export function noteContended(files: TraceFiles, clock: Clock, remote: string, traces: Iterable<TraceName>): void {
  const now = clock.now();
  const names = [...traces];
  if (names.length === 0) return;
  const recent = Object.entries(load(files)).filter(([, last]) => isRecent(last, now));
  try {
    files.replace(
      FILE,
      JSON.stringify({ ...Object.fromEntries(recent), ...Object.fromEntries(names.map((name) => [keyOf(remote, name), now])) }),
    );
  } catch {
    // then the next push is refused once
  }
}

function load(files: TraceFiles): Record<string, number> {
  try {
    const value: unknown = JSON.parse(files.read(FILE)?.toString('utf8') ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, number>) : {}; // written by this file only
  } catch {
    return {};
  }
}

function isRecent(last: number | undefined, now: number): boolean {
  return last !== undefined && Math.abs(now - last) < WHILE_MS;
}

function keyOf(remote: string, trace: TraceName): string {
  return `${withoutUserinfo(remote)} ${trace}`;
}
