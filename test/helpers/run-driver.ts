/**
 * A `git trace run` without the rest: runs the command behind `--`, writes the recording as JSON where RUN_RECORD says,
 * and leaves as the command did. Tests build it with `buildRunDriver` and start the result with node.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leaveLike } from '../../src/adapters/terminal/leave.ts';
import { createCommandRunner } from '../../src/adapters/terminal/run-command.ts';
import { recordRun } from '../../src/capture/run.ts';
import type { Digest } from '../../src/capture/sample.ts';
import { bundleProgram } from './bundle-program.ts';

/**
 * What the driver does; its own variables are taken out of the environment, so that the command gets what we got. With
 * RUN_THROW an error of ours happens while the command runs.
 *
 * @public called by the entry that {@link buildRunDriver} writes
 */
export async function runDriver(argv: readonly string[]): Promise<never> {
  const { RUN_RECORD, RUN_THROW, ...env } = process.env;
  const sha256 = (): Digest => {
    const hash = createHash('sha256');
    const update = (bytes: Uint8Array): unknown => {
      if (RUN_THROW !== undefined) throw new Error('thrown for a test');
      return hash.update(bytes);
    };
    return { update, digest: (encoding) => hash.digest(encoding) };
  };
  const recording = await recordRun(createCommandRunner(), { argv, env, cwd: '' }, sha256);
  if (recording.failure !== undefined) writeFileSync(2, `error: ${recording.failure}\n`);
  if (RUN_RECORD !== undefined) writeFileSync(RUN_RECORD, JSON.stringify(recording));
  leaveLike(recording.exit);
}

/**
 * Builds the driver and answers with its path. With `pty: false` it stands where the pty package cannot be found.
 */
export async function buildRunDriver(options: { readonly pty?: boolean } = {}): Promise<string> {
  // below the test file's own folder, which is removed with it
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'driver-'));
  if (options.pty !== false) {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(fileURLToPath(new URL('../../node_modules/@lydell', import.meta.url)), join(folder, 'node_modules/@lydell'));
  }
  const contents = `import { runDriver } from ${JSON.stringify(fileURLToPath(import.meta.url))};\nawait runDriver(process.argv.slice(2));\n`;
  return bundleProgram(folder, contents, ['@lydell/node-pty']);
}
