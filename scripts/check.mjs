/**
 * `npm run check`: everything that is checked without running the program, one after the other, and which failed. With
 * `--report FILE` it writes the counts there, for .ci/run.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ready.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);
const script = (name, ...args) => [process.execPath, [`scripts/${name}.mjs`, ...args]];

/** What `npm run` of the same name does; publint looks at the files that would be published, so dist must be built. */
const CHECKS = {
  typecheck: [bin('tsc'), []],
  // the page's script sees a document, and nothing of node
  'typecheck of the page': [bin('tsc'), ['-p', 'src/replay/html/page']],
  // held to VS Code's published interface
  'typecheck of the extension': [bin('tsc'), ['-p', 'examples/vscode/jsconfig.json']],
  lint: [bin('biome'), ['check', '--error-on-warnings']],
  rules: script('rules'),
  knip: [bin('knip'), []],
  publint: [bin('publint'), ['--strict']],
  shellcheck: script('shellcheck'),
  schema: script('schema', '--check'),
  man: script('man', '--check'),
};
const SKIPPED = 77;

const report = { passed: 0, failed: 0, skipped: [] };
for (const [name, [program, args]] of Object.entries(CHECKS)) {
  const started = Date.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const said = error === undefined ? `${stdout}${stderr}` : `${error.message}\n`;
  const outcome = status === 0 ? 'ok' : status === SKIPPED ? 'skipped' : 'FAILED';
  process.stdout.write(`${outcome.padEnd(8)} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  if (outcome !== 'ok') process.stdout.write(said.replace(/^(?=.)/gm, '    '));
  if (outcome === 'ok') report.passed++;
  else if (outcome === 'skipped') report.skipped.push({ test: name, reason: said.trim() });
  else report.failed++;
}
process.stdout.write(`${report.passed} checks passed, ${report.failed} failed, ${report.skipped.length} skipped\n`);
const option = process.argv.indexOf('--report');
if (option > 0) writeFileSync(process.argv[option + 1], JSON.stringify(report));
process.exitCode = report.failed > 0 ? 1 : 0;
