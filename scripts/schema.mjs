/**
 * `npm run schema`: writes the JSON Schemas in schema/, of a journal line and of `.gittrace.json`, from the zod schemas.
 * With `--check` it writes nothing and fails if a file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './ready.mjs';

const check = process.argv.includes('--check');
await schema('line', 'src/core/event.schema.ts', 'lineJsonSchema');
await schema('policy', 'src/core/policy.schema.ts', 'policyJsonSchema');

async function schema(name, source, maker) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const bundle = Buffer.from(outputFiles[0].contents).toString('base64');
  const made = await import(`data:text/javascript;base64,${bundle}`);
  const path = join(root, `schema/${name}.schema.json`);
  const text = `${JSON.stringify(made[maker](), null, 2)}\n`;
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (read(path) !== text) {
    process.stderr.write(`error: schema/${name}.schema.json is not what ${source} says\nhint: run 'npm run schema'\n`);
    process.exitCode = 1;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
