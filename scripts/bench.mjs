/**
 * Runs the benches and prints their ratios: `npm run bench [-- a b …] [-- --write]`, `npm run bench:capture`,
 * `bench:ci`, `bench:sync`, `bench:replay` and `bench:scale` likewise.
 * With --write the table goes into a page of docs/, so that no number there was ever typed.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SETS } from '../bench/sets.mjs';
import { ready } from './ready.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = Object.keys(SETS).find((set) => process.argv.includes(`--${set.replace('bench:', '')}`)) ?? 'bench';
const { benches, page, title } = SETS[command];

const asked = process.argv.slice(2).filter((word) => word in benches);
ready();
execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const rows = [];
for (const [id, file] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(id)) continue;
  process.stderr.write(`(${id}) ${file} …\n`);
  const { bench } = await import(`../bench/${file}.mjs`);
  rows.push(...(await bench()));
}
const UNITS = {
  bytes: (value) => `${(value / 1024).toFixed(0)} KiB`,
  ms: (value) => `${value.toFixed(1)} ms`,
  requests: (value) => `${value}`,
  us: (value) => `${(value * 1000).toFixed(0)} µs`, // of milliseconds
};
const number = (value, unit) => UNITS[unit](value);
const table = [
  '| | what | subject | baseline | ratio | target |',
  '|---|---|---|---|---|---|',
  ...rows.map(
    ({ id, what, subject, baseline, ratio, target, unit }) =>
      `| ${id} | ${what} | ${number(subject, unit)} | ${number(baseline, unit)} | **${ratio.toFixed(2)}** | ${target === undefined ? '' : `≤ ${target} ${ratio <= target ? 'met' : 'missed'}`} |`,
  ),
].join('\n');
process.stdout.write(`${table}\n`);
if (process.argv.includes('--write')) {
  const git = execFileSync('git', ['--version']).toString().trim();
  const where = `${process.platform} ${process.arch}, ${cpus().length} processors, node ${process.version}, ${git}`;
  writeFileSync(
    new URL(`../docs/${page}`, import.meta.url),
    `# ${title}\n\nWritten by \`npm run ${command} -- --write\`: medians of subject and baseline taken in turn in one run, and their ratio.\nTrust the ratios; the absolute figures are one machine's (${where}).\n\n${table}\n`,
  );
}
