/**
 * `npm run schema`: writes schema/line.schema.json, the JSON Schema of a journal line, from the zod schemas. With
 * `--check` it writes nothing and fails if the file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './ready.mjs';

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/core/event.schema.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const bundle = Buffer.from(outputFiles[0].contents).toString('base64');
const { lineJsonSchema } = await import(`data:text/javascript;base64,${bundle}`);

const path = join(root, 'schema/line.schema.json');
const text = `${JSON.stringify(lineJsonSchema(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
} else if (read() !== text) {
  process.stderr.write("error: schema/line.schema.json is not what src/core/event.schema.ts says\nhint: run 'npm run schema'\n");
  process.exitCode = 1;
}

function read() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
