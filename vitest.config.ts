/**
 * The test projects, from pure to destructive. Each has its own time limit; all run in the hermetic environment of
 * test/helpers/setup.ts. The reporter prints every skipped test with its reason and fails on one without.
 */
import { defineConfig } from 'vitest/config';

// only what hangs reaches its limit: on a busy machine everything takes ten times as long as on a quiet one
const seconds = { unit: 60, property: 120, contract: 120, integration: 120, e2e: 120, fault: 120 };

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: 'test/helpers/global-setup.ts',
    setupFiles: 'test/helpers/setup.ts',
    // what a browser or a watcher comes to see, on a busy machine
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', './test/helpers/skip-reporter.ts'],
    projects: Object.entries(seconds).map(([name, limit]) => ({
      extends: true as const,
      test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: limit * 1000, hookTimeout: limit * 1000 },
    })),
  },
});
