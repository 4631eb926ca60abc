/** What changed between two texts, as an edit event tells it: how many lines, and a diff that git can apply. Pure. */

/** Characters of a diff; what is longer is cut at a line. */
const LONGEST = 16_000;
/** Lines around a change. */
const CONTEXT = 3;
/** Cells of the table by which lines are compared; where more would be needed, all lines between count as changed. */
const TABLE = 1_000_000;

/**
 * An edit as an event tells it; nothing where nothing changed.
 *
 * @param {string} path in the repository
 * @param {string | null} before null for a file that was not there
 * @param {string} after
 */
export function editOf(path, before, after) {
  if (before === after) return undefined;
  const changes = changesOf(linesOf(before ?? ''), linesOf(after));
  const additions = changes.filter(([mark]) => mark === '+').length;
  const deletions = changes.filter(([mark]) => mark === '-').length;
  const from = before === null ? '/dev/null' : `a/${path}`;
  const hunks = hunksOf(changes);
  const diff = hunks.length === 0 ? '' : [`--- ${from}`, `+++ b/${path}`, ...hunks, ''].join('\n');
  return {
    file: path,
    change_summary: `+${additions}/-${deletions}`,
    additions,
    deletions,
    diff_snippet: diff.length <= LONGEST ? diff : diff.slice(0, diff.lastIndexOf('\n', LONGEST) + 1),
    status: before === null ? 'added' : 'modified',
    ...(diff.length <= LONGEST ? {} : { truncated: true }),
  };
}

function linesOf(text) {
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** Every line with its mark: `-` gone, `+` come, or a blank. */
function changesOf(old, now) {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    ...marked(' ', old.slice(0, head)),
    ...between(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...marked(' ', old.slice(old.length - tail)),
  ];
}

/** The same for what lies between the first and the last change: as many lines as possible stay. */
function between(gone, come) {
  const width = come.length + 1;
  if ((gone.length + 1) * width > TABLE) return [...marked('-', gone), ...marked('+', come)];
  // at [i, j]: how many lines can stay of those from i and from j on
  const stay = new Uint32Array((gone.length + 1) * width);
  for (let i = gone.length - 1; i >= 0; i--)
    for (let j = come.length - 1; j >= 0; j--) {
      const at = i * width + j;
      stay[at] = gone[i] === come[j] ? stay[at + width + 1] + 1 : Math.max(stay[at + width], stay[at + 1]);
    }
  const changes = [];
  for (let [i, j] = [0, 0]; i < gone.length || j < come.length; ) {
    const at = i * width + j;
    if (i < gone.length && j < come.length && gone[i] === come[j]) {
      changes.push([' ', gone[i++]]);
      j++;
    } else if (j === come.length || (i < gone.length && stay[at + width] >= stay[at + 1])) changes.push(['-', gone[i++]]);
    else changes.push(['+', come[j++]]);
  }
  return changes;
}

/** The lines of a unified diff, without its two first. */
function hunksOf(changes) {
  const hunks = [];
  for (const [i, [mark]] of changes.entries()) {
    if (mark === ' ') continue;
    const last = hunks.at(-1);
    if (last !== undefined && i - last.end <= 2 * CONTEXT) last.end = i + 1;
    else hunks.push({ start: i, end: i + 1 });
  }
  return hunks.flatMap(({ start, end }) => {
    const from = Math.max(0, start - CONTEXT);
    const part = changes.slice(from, end + CONTEXT);
    const range = (other) => {
      const [before, lines] = [changes.slice(0, from), part].map((list) => list.filter(([mark]) => mark !== other).length);
      return `${lines === 0 ? before : before + 1},${lines}`;
    };
    return [`@@ -${range('+')} +${range('-')} @@`, ...part.map(([mark, line]) => mark + line)];
  });
}

function marked(mark, lines) {
  return lines.map((line) => [mark, line]);
}
