#!/usr/bin/env node
// The entry: answers --version at once, loads the rest only when there is something to do.
import { readFileSync } from 'node:fs';
import * as module from 'node:module';

if (process.argv[2] === '--version' && process.argv.length === 3) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`git-trace ${version}\n`);
} else {
  module.enableCompileCache?.();
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
