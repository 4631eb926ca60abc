#!/usr/bin/env node
// The entry: answers --version and shell-init at once, as every new terminal waits for the latter, and loads the rest only
// when there is something to do.
import { readFileSync } from 'node:fs';
import * as module from 'node:module';

if (process.argv[2] === '--version' && process.argv.length === 3) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`git-trace ${version}\n`);
} else if (process.argv[2] === 'shell-init' && /^(bash|zsh|fish)$/.test(process.argv[3] ?? '') && process.argv.length === 4) {
  process.stdout.write(readFileSync(new URL(`../hooks/shell/trace.${process.argv[3]}`, import.meta.url)));
} else {
  module.enableCompileCache?.();
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
