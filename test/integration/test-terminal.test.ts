/** The terminal that tests sit at shows what a person would see: a frame when it is whole. */
import { expect, test } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';

test('nothing of a frame is seen before its end, however it comes', async () => {
  const script = `stty -echo; printf 'old\\033[?2026h'; printf '\\rnew'; read x; printf ' and whole\\033[?20'; read x; printf '26l'; read x`;
  await using terminal = new TestTerminal('/bin/sh', ['-c', script]);
  let isSeen = false;
  const seen = terminal.see('new').then(() => {
    isSeen = true;
  });
  await terminal.hear(/new/);
  terminal.type('\n');
  await terminal.hear(/and whole/);
  await terminal.state(); // all of it is on the screen
  expect(isSeen).toBe(false);
  terminal.type('\n');
  await seen;
  expect(terminal.screen()).toContain('and whole');
});
