/**
 * `npm run bench [NAME…]`: runs bench/*.bench.ts one after the other, each bundled as it would be shipped and in a
 * process of its own, against a fresh build of the command.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { ready, root, run } from './ready.mjs';

ready();
const wanted = process.argv.slice(2);
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => basename(file, '.bench.ts'))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
const folder = mkdtempSync(join(tmpdir(), 'git-trace-bench-'));
try {
  for (const name of names) {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      absWorkingDir: root,
      entryPoints: [`bench/${name}.bench.ts`],
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      external: ['@lydell/node-pty'],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      outfile,
      logLevel: 'warning',
    });
    process.exitCode ||= run(process.execPath, ['--expose-gc', outfile]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
