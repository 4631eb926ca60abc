/**
 * A program that takes the terminal and says what it gets: each input as a line of JSON. Some keys make it end in some
 * way. Tests build it with `buildScreenDriver` and start the result with node.
 */
import { mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemTimers } from '../../src/adapters/system.ts';
import { openScreen } from '../../src/adapters/terminal/screen.ts';
import type { ScreenInput } from '../../src/core/screen.ts';
import { KeyDecoder } from '../../src/replay/keys.ts';
import { bundleProgram } from './bundle-program.ts';

/** @public called by the entry that {@link buildScreenDriver} writes */
export function screenDriver(argv: readonly string[]): void {
  const screen = openScreen(process, {
    decoder: new KeyDecoder(),
    timers: systemTimers,
    command: 'driver',
    term: process.env['TERM'],
    alternate: argv.includes('alternate'),
    mouse: argv.includes('mouse'),
  });
  const say = (text: string): void => screen.write(`${text}\r\n`);
  const size = (): string => `${screen.size().columns}x${screen.size().rows}`;
  const ways: Readonly<Record<string, () => void>> = {
    q: () => screen.close(),
    x: () => {
      throw new Error('thrown for a test');
    },
    r: () => void Promise.reject(new Error('rejected for a test')),
    e: () => process.exit(3),
  };
  const tell = (input: ScreenInput): void => {
    say(JSON.stringify(input));
    if (input.kind === 'key') ways[input.text]?.();
  };
  screen.onKey(tell);
  screen.onMouse(tell);
  screen.onResize(() => say(`drawn ${size()}`));
  say(`ready ${process.pid} ${size()}`);
}

/** Builds the driver and answers with its path. */
export async function buildScreenDriver(): Promise<string> {
  // below the test file's own folder, which is removed with it
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'driver-'));
  const contents = `import { screenDriver } from ${JSON.stringify(fileURLToPath(import.meta.url))};
    try { screenDriver(process.argv.slice(2)); } catch ({ message }) { console.error(message); process.exitCode = 128; }`;
  return bundleProgram(folder, contents);
}
