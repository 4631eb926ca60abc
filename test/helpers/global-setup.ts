/** Makes the folder below which a test run keeps everything, and removes it at the end. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeFolder } from './remove-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path, without symbolic links. */
    temporaryFolder: string;
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'git-trace-test-'));
  project.provide('temporaryFolder', folder);
  return () => removeFolder(folder);
}
