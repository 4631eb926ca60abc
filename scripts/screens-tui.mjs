/**
 * The screens of the TUI that the documentation shows, docs/screens/tui-*.svg: made traces, drawn by the TUI itself into an
 * emulator, and its cells written as SVG. No clock, no font of this machine: the same bytes whenever it runs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { bundled } from './bundled.mjs';
import { root } from './ready.mjs';

/** Name, trace, size, what is pressed. */
const SCREENS = [
  ['story', 'crowdTrace', [120, 34], ['g', 'f', 'f', 'f', 'f']],
  ['progress', 'progressTrace', [100, 26], ['3']],
  ['detail', 'crowdTrace', [100, 26], ['g', 'f', 'enter']],
  ['small', 'runningTrace', [48, 14], []],
];

/** Colours of the eight that a terminal has, by their number; dim is made by opacity. */
const COLORS = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'];
const [PAPER, INK, LIGHT] = ['#0d1117', '#c9d1d9', '#30363d'];
/** Width and height of a cell, and the margin, in pixels. */
const [WIDE, HIGH, MARGIN] = [7.8, 17, 12];

/** Writes the pictures. @returns their names */
export async function writeTuiScreens() {
  const { TestTui, shapes } = await bundled(
    "export { TestTui } from './test/helpers/tui.ts'; export * as shapes from './test/helpers/shapes.ts';",
  );
  const folder = join(root, 'docs/screens');
  mkdirSync(folder, { recursive: true });
  const names = [];
  for (const [name, shape, [columns, rows], keys] of SCREENS) {
    const tui = TestTui.of(shapes[shape](), { columns, rows, color: true, now: shapes.SHAPES_NOW });
    const path = join(folder, `tui-${name}.svg`);
    writeFileSync(path, await svgOf(tui.press(...keys).frame(), columns, rows));
    names.push(path);
  }
  return names;
}

async function svgOf(frame, columns, rows) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise((resolve) => terminal.write(frame, resolve));
  const [width, height] = [columns * WIDE + 2 * MARGIN, rows * HIGH + 2 * MARGIN];
  const lines = Array.from({ length: rows }, (_, row) => lineOf(terminal, row, columns));
  terminal.dispose();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${width.toFixed(1)} ${height}" role="img">`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="${INK}">`,
    ...lines.filter((line) => line !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** A row: runs of cells of one style, each set to the width that it takes in a terminal. */
function lineOf(terminal, row, columns) {
  const line = terminal.buffer.active.getLine(row);
  const runs = [];
  for (let column = 0; column < columns; ) {
    const cell = line?.getCell(column);
    const wide = Math.max(cell?.getWidth() ?? 1, 1);
    const style = cell === undefined ? '' : styleOf(cell);
    const text = cell?.getChars() || ' ';
    const last = runs.at(-1);
    // what is not one column wide stands for itself, so that no font can shift what follows
    const isPlain = /^[\x20-\x7e]$/.test(text);
    if (last !== undefined && last.style === style && last.isPlain && isPlain) {
      last.text += text;
      last.cells += wide;
    } else if (last !== undefined && last.style === style && last.text.endsWith(text) && !isPlain && !last.isPlain && wide === 1) {
      last.text += text;
      last.cells += wide;
    } else runs.push({ column, cells: wide, style, text, isPlain });
    column += wide;
  }
  return runs.map((run) => runOf(run, row)).join('');
}

function runOf({ column, cells, style, text }, row) {
  const isInverse = style.includes('inverse');
  if (text.trim() === '' && !isInverse) return '';
  const [x, y] = [MARGIN + column * WIDE, MARGIN + row * HIGH];
  const [color, weight] = [/fill:(#\w+)/.exec(style)?.[1], style.includes('bold')];
  const box = isInverse ? `<rect x="${x.toFixed(1)}" y="${y}" width="${(cells * WIDE).toFixed(1)}" height="${HIGH}" fill="${LIGHT}"/>` : '';
  const attributes = [
    color === undefined ? '' : ` fill="${color}"`,
    weight || isInverse ? ' font-weight="600"' : '',
    style.includes('dim') ? ' opacity=".6"' : '',
  ].join('');
  if (text.length !== cells) return `${box}${textOf(text, x, y, cells, attributes)}`;
  // blanks in a row are not text: a renderer may make one of them
  const words = [...text.matchAll(/\S+(?: \S+)*/g)];
  return box + words.map(({ 0: word, index }) => textOf(word, x + index * WIDE, y, word.length, attributes)).join('');
}

function textOf(text, x, y, cells, attributes) {
  return `<text x="${x.toFixed(1)}" y="${y + 13}" textLength="${(cells * WIDE).toFixed(1)}" lengthAdjust="spacingAndGlyphs"${attributes}>${escaped(text)}</text>`;
}

function styleOf(cell) {
  const color = cell.isFgPalette() ? ` fill:${COLORS[cell.getFgColor()] ?? INK}` : '';
  return `${cell.isBold() ? 'bold ' : ''}${cell.isDim() ? 'dim ' : ''}${cell.isInverse() ? 'inverse ' : ''}${color}`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
