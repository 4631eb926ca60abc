/**
 * (t) `git trace tui` in a pty: from the start to the frame that shows the trace, from the append of an event to the frame
 * that shows it, from a key to its frame with 100,000 events, and memory while 10,000 events come. Milliseconds are given
 * against one: the bounds are absolute.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import { median, PROGRAM, paired, randomness, sandbox, time } from './measure.mjs';
import { against, liveSpool, percentile, remembered, repositoryWith, SMALL_HEAP } from './replay.mjs';

export const target = { start: 6, median: 15, late: 50, key: 16, memory: 1.25 };
const MEASURED = 300;
const LONG = 100_000;
/** Milliseconds that anything waited for may take. */
const LIMIT = 60_000;
/** What ends a frame. */
const END = '\u001b[?2026l';

export async function bench() {
  const box = sandbox('replay-tui');
  try {
    const work = repositoryWith(box, 'work', 600);
    const start = await paired(
      15,
      () => started(box, work, /(\d{3})\/\1\D/),
      () => time(() => box.run(process.execPath, ['-e', '0'])),
    );
    const ways = await inTui(box, work, visible);
    const keys = await inTui(box, repositoryWith(box, 'long', LONG), pressed);
    const memory = await inTui(box, repositoryWith(box, 'watched', 10), grown, SMALL_HEAP);
    const row = (what, limit, result) => ({ id: 't', what, unit: 'ms', target: limit, ...result });
    return [
      row('start to the frame of `tui` with the story of 600 events ÷ `node -e 0`', target.start, start),
      row('append → visible in `tui`, median ÷ 1 ms', target.median, against(median(ways), 1)),
      row('the same, 95th percentile ÷ 1 ms', target.late, against(percentile(ways, 0.95), 1)),
      row('key → frame of `tui` with 100,000 events, median ÷ 1 ms', target.key, against(median(keys), 1)),
      row('the same, 95th percentile ÷ 1 ms', undefined, against(percentile(keys, 0.95), 1)),
      {
        ...row(
          'memory of `tui` (a heap of 64 MiB) after 10,000 live events ÷ after 1,000',
          target.memory,
          against(memory.late, memory.early),
        ),
        unit: 'bytes',
      },
    ];
  } finally {
    box.remove();
  }
}

/** Starts it in a terminal of 120×40; `see` waits for a text that comes from now on. */
function openTui({ env }, cwd, flags = []) {
  const child = pty.spawn(process.execPath, [...flags, PROGRAM, 'tui'], {
    cols: 120,
    rows: 40,
    cwd,
    env: { ...env, TERM: 'xterm-256color' },
  });
  let text = '';
  let look = () => {};
  child.onData((piece) => {
    text += piece;
    look();
  });
  const see = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} did not come: ${JSON.stringify(text.slice(-500))}`)), LIMIT);
      look = () => {
        if (!pattern.test(text)) return;
        clearTimeout(timer);
        resolve(performance.now());
      };
      look();
    });
  const forget = () => {
    text = '';
  };
  const ended = new Promise((resolve) => child.onExit(resolve));
  const close = async () => {
    child.write('q');
    await ended;
  };
  return { child, see, forget, close };
}

async function started(box, work, pattern) {
  const began = performance.now();
  const tui = openTui(box, work);
  const took = (await tui.see(pattern)) - began;
  await tui.close();
  return took;
}

async function inTui(box, work, measure, flags) {
  const tui = openTui(box, work, flags);
  try {
    return await measure(tui, work, box);
  } finally {
    await tui.close();
  }
}

async function visible({ see, forget }, work) {
  const random = randomness(7);
  const spool = liveSpool(work);
  const ways = [];
  await see(/● live/);
  for (let i = -20; i < MEASURED; i++) {
    // nobody records at the pace of our clock
    await wait(25 + random() * 25);
    forget();
    const seen = see(new RegExp(`event ${i} is here`));
    const began = performance.now();
    spool.append(`event ${i} is here`);
    const took = (await seen) - began;
    if (i >= 0) ways.push(took);
  }
  return ways;
}

async function grown({ child, see, forget }, work, box) {
  await see(/● live/);
  const sees = async (wanted) => {
    await see(new RegExp(wanted));
    forget();
  };
  return remembered({ box, work, child, sees });
}

async function pressed({ child, see, forget }) {
  const random = randomness(9);
  const ways = [];
  // until all of it is told and listed
  await see(/(\d{6})\/\1\D/);
  await see(/● live/);
  for (let i = -20; i < MEASURED; i++) {
    await wait(25 + random() * 25);
    forget();
    const seen = see(new RegExp(END.replace(/[?[]/g, '\\$&')));
    const began = performance.now();
    // up and down, by rows and by pages
    child.write(['k', 'k', 'j', '\u001b[5~', 'k', '\u001b[5~', '\u001b[6~'][(i + 21) % 7]);
    const took = (await seen) - began;
    if (i >= 0) ways.push(took);
  }
  return ways;
}
