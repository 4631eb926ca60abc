/** Bundles a small program of a test, in TypeScript, into one file that a bare node runs. */
import { join } from 'node:path';

/**
 * Writes `driver.mjs` into a folder and answers with its path.
 *
 * @param contents the program; what it imports is named by absolute paths
 * @param external packages that it loads when it runs, if at all
 */
export async function bundleProgram(folder: string, contents: string, external: readonly string[] = []): Promise<string> {
  // what is bundled may import this file too, and must not take the bundler with it
  const { build } = await import('esbuild');
  const path = join(folder, 'driver.mjs');
  await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['esbuild', ...external],
    logLevel: 'warning',
  });
  return path;
}
