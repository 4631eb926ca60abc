/** Keys: what terminals send, in the words of the people who press them. */
import { expect, test } from 'vitest';
import type { ScreenInput } from '../../src/core/screen.ts';
import { KeyDecoder } from '../../src/replay/keys.ts';

/** An input in few words: `ctrl+up`, `text a`, `wheel-up 3,4`. */
function said(input: ScreenInput): string {
  if (input.kind === 'paste') return `paste ${JSON.stringify(input.text)}`;
  const modifiers = `${input.ctrl ? 'ctrl+' : ''}${input.alt ? 'alt+' : ''}${input.shift ? 'shift+' : ''}`;
  if (input.kind === 'mouse') return `${modifiers}${input.action} ${input.button} ${input.column},${input.row}`;
  return input.text === '' ? `${modifiers}${input.name}` : `${modifiers}${input.name} types ${JSON.stringify(input.text)}`;
}

function decode(...pieces: readonly (string | Uint8Array)[]): string[] {
  const decoder = new KeyDecoder();
  const inputs = pieces.flatMap((piece) => decoder.take(typeof piece === 'string' ? Buffer.from(piece) : piece));
  return [...inputs, ...decoder.settle()].map(said);
}

test.each([
  ['a', 'a types "a"'],
  ['A', 'A types "A"'],
  [' ', 'space types " "'],
  ['é', 'é types "é"'],
  ['漢', '漢 types "漢"'],
  ['👍', '👍 types "👍"'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\u001b[Z', 'shift+tab'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'ctrl+c'],
  ['\u0000', 'ctrl+space'],
  ['\u001f', 'ctrl+_'],
  ['\u001b', 'escape'],
  ['\u001bx', 'alt+x'],
  ['\u001b\r', 'alt+enter'],
  ['\u001b[A', 'up'],
  ['\u001bOB', 'down'],
  ['\u001b[1;5C', 'ctrl+right'],
  ['\u001b[1;2D', 'shift+left'],
  ['\u001b[1;3H', 'alt+home'],
  ['\u001b[1;9F', 'alt+end'],
  ['\u001b[H', 'home'],
  ['\u001b[F', 'end'],
  ['\u001b[1~', 'home'],
  ['\u001b[4~', 'end'],
  ['\u001b[7~', 'home'],
  ['\u001b[8~', 'end'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\u001b[6;5~', 'ctrl+pagedown'],
  ['\u001b[2~', 'insert'],
  ['\u001b[3~', 'delete'],
  ['\u001bOP', 'f1'],
  ['\u001b[[A', 'f1'],
  ['\u001b[15~', 'f5'],
  ['\u001b[24~', 'f12'],
  ['\u001bOM', 'enter'],
  ['\u001b[27;5;99~', 'ctrl+c'],
  ['\u001b[99;5u', 'ctrl+c'],
  ['\u001b[97;1u', 'a types "a"'],
  ['\u001b[27u', 'escape'],
  ['\u001b[', 'alt+['],
  ['\u001b]', 'alt+]'],
  ['\u001bO', 'alt+o'],
])('%j is %s', (bytes, key) => {
  expect(decode(bytes)).toEqual([key]);
});

test.each([
  ['the cursor is there', '\u001b[12;40R'],
  ['the terminal is a VT220', '\u001b[?62;1;6c'],
  ['a mode is set', '\u001b[?2026;2$y'],
  ['the window has the focus', '\u001b[I'],
  ['a colour', '\u001b]11;rgb:0000/0000/0000\u0007'],
  ['a colour, with the other end', '\u001b]11;rgb:0000/0000/0000\u001b\\'],
  ['a capability', '\u001bP1+r544e=787465726d\u001b\\'],
  ['a function key that nobody knows', '\u001b[57~'],
  ['a mouse of the old kind', '\u001b[M !!'],
  ['a wheel that goes sideways', '\u001b[<66;3;4M'],
  ['a move without a button', '\u001b[<35;3;4M'],
  ['nonsense from the mouse', '\u001b[<;;M'],
  ['no character', '\u001b[1114112u'],
  ['half a character', '\u001b[55296u'],
  ['C1 controls', '\u009b\u0085'],
])('an answer of the terminal is no key: %s', (_, bytes) => {
  expect(decode(bytes, 'x')).toEqual(['x types "x"']);
});

test('the mouse tells where', () => {
  expect(decode('\u001b[<0;1;1M\u001b[<32;2;1M\u001b[<0;3;1m')).toEqual(['press left 0,0', 'drag left 1,0', 'release left 2,0']);
  expect(decode('\u001b[<65;11;6M\u001b[<80;11;6M')).toEqual(['wheel-down none 10,5', 'ctrl+wheel-up none 10,5']);
  expect(decode('\u001b[<2;10;10M')).toEqual(['press right 9,9']);
});

test('what is pasted is no keys, in whichever pieces it comes', () => {
  expect(decode('\u001b[200~q\r\nx\u001b[A\u001b[201~a')).toEqual(['paste "q\\nx\\u001b[A"', 'a types "a"']);
  expect(decode('\u001b[200', '~abc\u001b[2', '01', '~')).toEqual(['paste "abc"']);
  expect(decode('\u001b[200~abc\u001b[20', '0~')).toEqual([]);
  expect(decode(`\u001b[200~${'x'.repeat(3_000_000)}\u001b[201~`)[0]).toHaveLength('paste ""'.length + 1_048_576);
});

test('a character comes in pieces', () => {
  const bytes = Buffer.from('漢👍');
  expect(decode(...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(['漢 types "漢"', '👍 types "👍"']);
  expect(decode(Buffer.from([0xff, 0x61]))).toEqual(['\ufffd types "\ufffd"', 'a types "a"']);
});

test('an escape waits for what may belong to it', () => {
  const decoder = new KeyDecoder();
  const take = (text: string): string[] => decoder.take(Buffer.from(text)).map(said);
  expect(take('\u001b')).toEqual([]);
  expect(decoder.isWaiting).toBe(true);
  expect(take('[')).toEqual([]);
  expect(take('A')).toEqual(['up']);
  expect(decoder.isWaiting).toBe(false);
  expect(take('\u001b')).toEqual([]);
  expect(decoder.settle().map(said)).toEqual(['escape']);
  expect(decoder.settle()).toEqual([]);
  expect(take('[A')).toEqual(['[ types "["', 'A types "A"']);
});

test('a torn sequence does not swallow what comes after it', () => {
  expect(decode('\u001b\u001b[A')).toEqual(['escape', 'up']);
  expect(decode('\u001b[1;\u001b[B')).toEqual(['down']);
  expect(decode('\u001b[1;é')).toEqual(['é types "é"']);
  expect(decode(`\u001b[${'1;'.repeat(5_000)}`, 'A')).toContain('A types "A"');
  const decoder = new KeyDecoder();
  // alt+] and a word: no answer of the terminal, which has an end
  expect(decoder.take(Buffer.from('\u001b]ab'))).toEqual([]);
  expect(decoder.isWaiting).toBe(true);
  expect(decoder.settle()).toEqual([]);
  expect(decoder.take(Buffer.from('q')).map(said)).toEqual(['q types "q"']);
});
