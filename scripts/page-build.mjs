/**
 * What a page of `git trace show --html` runs and wears, as two texts that are put into it when it is written. Both are
 * ASCII: it says the same in whatever encoding a server claims.
 */
import { build } from 'esbuild';
import { root } from './ready.mjs';

/** Bundles the page's script and its style: `{ 'replay.js': text, 'replay-style.css': text }`. */
export async function buildPage() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { replay: 'src/replay/html/page/main.ts', 'replay-style': 'src/replay/html/page/page.css' },
    outdir: '.',
    bundle: true,
    format: 'iife',
    platform: 'browser',
    // the first with what the page needs: DecompressionStream, toWellFormed, findLast
    target: ['chrome111', 'firefox119', 'safari16.4'],
    charset: 'ascii',
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path.split(/[\\/]/).at(-1), inAscii(text)]));
}

/** Escapes what the bundler has left: signs in regular expressions, where a pair of escapes is one sign too. */
function inAscii(text) {
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
