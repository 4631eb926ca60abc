/**
 * A vitest reporter that prints every skipped test with its reason, fails the run on a skip without one, and writes
 * the counts where GITTRACE_TEST_REPORT says, for scripts/test.mjs and .ci/run.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

export interface RunReport {
  passed: number;
  failed: number;
  skipped: { test: string; reason: string }[];
}

export default class SkipReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const filtered = this.#vitest?.config.testNamePattern !== undefined;
    const report: RunReport = { passed: 0, failed: errors.length, skipped: [] };
    let silent = 0;
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      // a file that could not be loaded, or whose hooks failed, has failed although none of its tests has
      const tests = [...module.children.allTests()];
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) report.failed++;
      for (const test of tests) {
        const result = test.result();
        if (result.state === 'passed') report.passed++;
        else if (result.state === 'failed') report.failed++;
        else if (!filtered) {
          const reason = (result.state === 'skipped' ? result.note : undefined) ?? (hasBrokenHook(test) ? 'a hook failed' : undefined);
          if (reason === undefined) silent++;
          report.skipped.push({ test: `${file} > ${test.fullName}`, reason: reason ?? 'NO REASON GIVEN' });
        }
      }
    }
    for (const { test, reason } of report.skipped) process.stdout.write(` skipped  ${test}: ${reason}\n`);
    if (silent > 0) {
      process.stdout.write(` ${silent} skipped without a reason: use skipUnless(condition, reason) of test/helpers/skip.ts\n`);
      report.failed += silent;
      process.exitCode = 1;
    }
    const path = process.env['GITTRACE_TEST_REPORT'];
    if (path !== undefined) writeFileSync(path, JSON.stringify(report));
  }
}

/** Whether the test was passed over because something around it failed, which is a failure told elsewhere. */
function hasBrokenHook(test: TestCase): boolean {
  for (let around: TestSuite | TestModule = test.parent; ; around = around.parent) {
    if (around.errors().length > 0) return true;
    if (around.type === 'module') return false;
  }
}
