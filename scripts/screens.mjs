/** `npm run screens`: makes the pictures of docs/screens anew, from made traces. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './ready.mjs';
import { writeTuiScreens } from './screens-tui.mjs';

for (const path of await writeTuiScreens()) process.stderr.write(`wrote ${relative(root, path)}\n`);
// the page is drawn by a browser, which not every machine has
const html = new URL('screens-html.mjs', import.meta.url);
if (existsSync(fileURLToPath(html)) && !process.argv.includes('--tui')) await import(html.href);
