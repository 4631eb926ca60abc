/** `git trace show --play` and `--cast`: a story played on the terminal, with keys; printed in time to a pipe; written as an asciicast. */
import { writeOutputFile } from '../adapters/fs/output-file.ts';
import { systemTimers } from '../adapters/system.ts';
import { fail } from '../core/errors.ts';
import type { Screen, Timers } from '../core/screen.ts';
import type { TraceName } from '../core/trace-name.ts';
import { asciicast } from '../replay/asciicast.ts';
import {
  beginPlaying,
  nextPlaying,
  type Pace,
  type Playing,
  type PlayMessage,
  Schedule,
  USUAL_IDLE_LIMIT,
  untilNext,
  usualSpeed,
} from '../replay/play.ts';
import { playLines, playMessage } from '../replay/play-screen.ts';
import type { RowsOptions } from '../replay/rows.ts';
import { ToldStory } from '../replay/told-story.ts';
import type { DocumentHead } from '../timeline/document.ts';
import type { Item } from '../timeline/timeline.ts';
import type { Input } from './command.ts';
import type { Context } from './context.ts';
import { takeScreen } from './screen.ts';

/** Milliseconds between two drawings at most, for the clock on the screen; and at least, for the eye. */
const [SLOW, QUICK] = [250, 15];

/** Rows of the terminal that an asciicast is of; a story scrolls in any. */
const CAST_ROWS = 24;

interface WantedPace {
  readonly speed: number | undefined;
  /** Milliseconds. */
  readonly idleLimit: number;
}

/** Reads `--speed` and `--idle-limit`. @throws bad-argument */
function wantedPace(input: Input): WantedPace {
  const idleLimit = positive(input, 'idle-limit') ?? USUAL_IDLE_LIMIT;
  return { speed: positive(input, 'speed'), idleLimit: idleLimit * 1_000 };
}

function positive(input: Input, name: string): number | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const number = /^[0-9]{1,7}(?:\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (number <= 0) throw fail('bad-argument', `--${name} is "${text}", expected a number above 0, such as 2 or 0.5`);
  return number;
}

/** What is played of a trace. */
export interface Played {
  readonly trace: TraceName;
  readonly head: DocumentHead;
  readonly items: readonly Item[];
}

/** Plays a story as the arguments say, or writes it as an asciicast; resolves at its end, or when the person has seen enough. */
export async function runPlay(context: Context, input: Input, { trace, head, items }: Played): Promise<void> {
  const { output, env, cwd } = context;
  const wanted = wantedPace(input);
  const [patch, all] = [input.flag('patch'), input.flag('events')];
  const story = new ToldStory(trace, head, items, all);
  const pace = { idleLimit: wanted.idleLimit, speed: wanted.speed ?? usualSpeed(story.times, wanted.idleLimit) };
  const options = { columns: output.columns, color: output.color, patch, all };
  const file = input.text('cast');
  if (file !== undefined) {
    const color = (env['NO_COLOR'] ?? '') === '';
    const size = { columns: output.columns, rows: CAST_ROWS };
    const pieces = asciicast(story, new Schedule(story.times, pace), size, { ...options, color });
    if (file === '-') for (const piece of pieces) output.out(piece);
    else await writeOutputFile(file, cwd, pieces);
  } else if (output.isTerminal && process.stdin.isTTY === true && env['TERM'] !== 'dumb') {
    const screen = takeScreen(context, 'git trace show --play', { alternate: true });
    try {
      await new Player(story, pace, screen, systemTimers, options).ended;
    } finally {
      screen.close();
    }
  } else await printInTime(story, new Schedule(story.times, pace), options, output.out);
}

/** Prints a story while it is played, where nobody can press a key. */
async function printInTime(story: ToldStory, schedule: Schedule, options: RowsOptions, out: (text: string) => void): Promise<void> {
  const began = performance.now();
  for (let i = 0; i < schedule.length; i++) {
    const wait = schedule.at(i) - (performance.now() - began);
    if (wait > 0) await new Promise<void>((resolve) => systemTimers.after(wait, resolve));
    for (const line of story.linesAt(i, options)) out(`${line}\n`);
  }
}

/** Plays on a screen. */
class Player {
  readonly ended: Promise<void>;
  readonly #story: ToldStory;
  readonly #screen: Screen;
  readonly #timers: Timers;
  readonly #options: RowsOptions;
  #playing: Playing;
  /** When the state was last brought up to date, in milliseconds of a clock that never jumps. */
  #since = performance.now();
  #cancel: (() => void) | undefined;
  #drawn: readonly string[] = [];

  constructor(story: ToldStory, pace: Pace, screen: Screen, timers: Timers, options: RowsOptions) {
    this.#story = story;
    this.#screen = screen;
    this.#timers = timers;
    this.#options = options;
    this.#playing = beginPlaying(story, pace);
    this.ended = new Promise((resolve) => {
      screen.onKey((key) => {
        const message = key.kind === 'paste' ? undefined : playMessage(key);
        if (message === 'quit') {
          this.#cancel?.();
          resolve();
        } else if (message !== undefined) this.#step(message);
      });
    });
    screen.onResize(() => {
      // whoever had the terminal meanwhile has drawn on it
      this.#drawn = [];
      screen.write('\u001b[2J');
      this.#draw();
    });
    this.#draw();
    this.#wait();
  }

  /** Brings the state up to now, and then to what a message makes of it. */
  #step(message?: PlayMessage): void {
    const now = performance.now();
    this.#playing = nextPlaying(this.#playing, { kind: 'passed', ms: now - this.#since }, this.#story);
    this.#since = now;
    if (message !== undefined) this.#playing = nextPlaying(this.#playing, message, this.#story);
    this.#draw();
    this.#wait();
  }

  #wait(): void {
    this.#cancel?.();
    const until = untilNext(this.#playing);
    this.#cancel = until === undefined ? undefined : this.#timers.after(Math.min(Math.max(until, QUICK), SLOW), () => this.#step());
  }

  /** Writes the lines that are others than before. */
  #draw(): void {
    const size = this.#screen.size();
    const lines = playLines(this.#story, this.#playing, size, { ...this.#options, columns: size.columns });
    const changed = lines.map((line, i) => (line === this.#drawn[i] ? '' : `\u001b[${i + 1};1H\u001b[2K${line}`));
    this.#screen.write(changed.join(''));
    this.#drawn = lines;
  }
}
