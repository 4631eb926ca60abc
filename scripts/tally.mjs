/**
 * Sums up for .ci/run: tells what was skipped and why, then `N passed, N failed, N skipped` as the last line. A report
 * that is missing, and a test run that failed although none of its tests did, count as one failure each.
 */
import { readFileSync } from 'node:fs';

const [status, ...paths] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: [] };
for (const path of paths) {
  try {
    const { passed, failed, skipped } = JSON.parse(readFileSync(path, 'utf8'));
    total.passed += passed;
    total.failed += failed;
    total.skipped.push(...skipped);
  } catch (error) {
    process.stdout.write(`no report: ${error.message}\n`);
    total.failed++;
  }
}
if (status !== '0' && total.failed === 0) total.failed++;
for (const { test, reason } of total.skipped) process.stdout.write(`skipped  ${test}: ${reason}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
