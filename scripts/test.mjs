/**
 * `npm test`, and so `npm cit`: sets up the system, builds, runs every test project, and tells at the end what was
 * skipped and why. Arguments go to vitest (`npm test -- --project unit`).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './ready.mjs';

run('sh', ['scripts/setup-system.sh']);
if (run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'git-trace-report-'));
// .ci/run asks for the report by this variable; else it is ours alone
const path = process.env.GITTRACE_TEST_REPORT ?? join(folder, 'report.json');
try {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, GITTRACE_TEST_REPORT: path };
  process.exitCode = run(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { env });
  const { passed, failed, skipped } = JSON.parse(readFileSync(path, 'utf8'));
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  for (const [reason, count] of countBy(skipped.map((skip) => skip.reason))) process.stdout.write(`  ${count} skipped: ${reason}\n`);
  if (failed > 0) process.exitCode ||= 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function countBy(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
