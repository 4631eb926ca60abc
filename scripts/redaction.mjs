/** `npm run redaction`: measures how often redaction is right, and writes the tables into docs/redaction.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from './bundled.mjs';
import { root } from './ready.mjs';

const { measureRedaction, redactionTables } = await bundled("export * from './test/helpers/redaction-table.ts';");
const page = join(root, 'docs/redaction.md');
const [before, after] = readFileSync(page, 'utf8').split(/(?<=<!-- tables -->\n)[\s\S]*(?=<!-- end of tables -->)/);
writeFileSync(page, `${before}\n${redactionTables(measureRedaction())}\n\n${after}`);
