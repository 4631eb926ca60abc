/**
 * A story as an asciicast v3 file, which asciinema's players show: each event's rows at the time at which `show --play`
 * would show them, a marker at each failure, note and commit. Pure.
 * https://docs.asciinema.org/manual/asciicast/v3/
 */
import type { ScreenSize } from '../core/screen.ts';
import type { Mark, Schedule } from './play.ts';
import type { RowsOptions } from './rows.ts';
import type { ToldStory } from './told-story.ts';

const LABELS: Readonly<Record<Mark, string>> = { failure: 'failure', note: 'note', commit: 'commit' };

/** Milliseconds that the end stands before a player begins again. */
const LAST_LOOK = 2_000;

/** The file, in pieces. @param options as for the rows; its columns are those of the recorded terminal */
export function* asciicast(story: ToldStory, schedule: Schedule, { columns, rows }: ScreenSize, options: RowsOptions): Generator<string> {
  const [first] = story.times;
  const header = {
    version: 3,
    term: { cols: columns, rows, type: 'xterm-256color' },
    ...(first === undefined ? {} : { timestamp: Math.floor(first / 1_000) }),
    title: story.title,
  };
  yield `${JSON.stringify(header)}\n`;
  // intervals add up: what is rounded is the time, not the interval
  let before = 0;
  const line = (at: number, code: string, data: string): string => {
    const interval = at - before;
    before = at;
    return `${JSON.stringify([interval / 1_000, code, data])}\n`;
  };
  for (let i = 0; i < schedule.length; i++) {
    const at = Math.round(schedule.at(i));
    const lines = story.linesAt(i, options);
    if (lines.length > 0) yield line(at, 'o', lines.map((text) => `${text}\r\n`).join(''));
    const mark = story.marks[i];
    if (mark !== undefined) yield line(at, 'm', `${LABELS[mark]} ${i + 1}`);
  }
  yield line(before + LAST_LOOK, 'x', '0');
}
