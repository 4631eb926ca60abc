/** Runs TypeScript of this repository from a script, on a node that does not: bundled, and imported as data. */
import { build } from 'esbuild';
import { root } from './ready.mjs';

/** The exports of a module given as text, whose imports are relative to the repository. */
export async function bundled(contents) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@lydell/node-pty'],
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
