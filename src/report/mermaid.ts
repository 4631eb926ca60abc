/**
 * The timeline as a diagram: a Gantt chart in Mermaid's words. Labels are letters and digits, and each task begins with
 * a count of ours, so that nothing foreign can be read as a keyword. Pure.
 */

import type { Part } from './fit.ts';
import type { LaneStretch } from './lanes.ts';
import { label } from './markdown-text.ts';
import { eventCounts } from './phrases.ts';

/** Bars; a diagram of more cannot be read. */
export const BARS = 36;
/** Narrower than this no bar can be seen, in milliseconds. */
const NARROWEST = 60_000;

/**
 * The diagram of some stretches.
 *
 * @param milestones commits and reviews: a name of letters and digits, and when
 */
export function gantt(stretches: readonly LaneStretch[], milestones: readonly { readonly name: string; readonly at: number }[]): Part {
  const shown = stretches.slice(-BARS);
  const from = Math.min(...shown.map((stretch) => stretch.from));
  const to = Math.max(...shown.map((stretch) => stretch.to));
  const lanes = new Map<string, string[]>();
  for (const stretch of shown) {
    const name = label(stretch.actor.name);
    const words = eventCounts(stretch.counts).slice(0, 2).join(', ').replaceAll(',', ' and') || '1 session';
    const tag = stretch.failed ? 'crit, ' : stretch.actor.kind === 'ci' ? 'done, ' : stretch.actor.kind === 'agent' ? 'active, ' : '';
    const end = Math.max(stretch.to, stretch.from + Math.max(NARROWEST, (to - from) / 200));
    lanes.set(name, [...(lanes.get(name) ?? []), `    ${words} :${tag}${stamp(stretch.from)}, ${stamp(end)}`]);
  }
  const marks = milestones.filter(({ at }) => at >= from && at <= to).slice(-BARS);
  if (marks.length > 0) {
    lanes.set(
      'what came of it',
      marks.map(({ name, at }) => `    ${name} :milestone, ${stamp(at)}, 0m`),
    );
  }
  const sections = [...lanes].map(([name, bars]) => [`  section ${name}`, ...bars].join('\n'));
  const days = to - from > 20 * 3_600_000;
  return {
    head: [
      '```mermaid',
      '%%{init: {"gantt": {"leftPadding": 160}}}%%',
      'gantt',
      '  todayMarker off',
      '  dateFormat YYYY-MM-DDTHH:mm:ss',
      `  axisFormat ${days ? '%d %b %Hh' : '%H:%M'}`,
    ],
    count: sections.length,
    row: (index) => sections[index] ?? '',
    tail: ['```'],
    gives: 'last',
    more: (count) => `  section and ${count} more`,
  };
}

/** A time as Mermaid reads it; in UTC, as all others. */
function stamp(at: number): string {
  return new Date(Math.round(at)).toISOString().slice(0, 19);
}
