/** Values in error messages: short, on one line, nothing of an event's content, nothing a terminal acts on. */
import { expect, it } from 'vitest';
import { harmless, shown } from '../../src/core/shown.ts';

it.each([
  [undefined, 'missing'],
  [null, 'null'],
  [2.5, '2.5'],
  [true, 'true'],
  [[], 'an empty list'],
  [['secret', 'secret'], 'a list of 2'],
  [{ password: 'secret' }, 'an object'],
  ['', '""'],
  ['yesterday', '"yesterday"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['two\nlines\u001b[31m', '"two\\nlines\\u001b[31m"'],
  ['\u009b31m\u202e\u2028\x7f', '"\\u009b31m\\u202e\\u2028\\u007f"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), 'a text of 61 characters'],
  ['x\ud83d', '"x\ufffd"'],
])('shows %j as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('does not go into what is nested too deep for a stack', () => {
  expect(shown(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toBe('a list of 1');
});

it('harmless replaces what a terminal would act on, and nothing else', () => {
  expect(harmless('a\u001b]0;x\u0007\u202eb\u009bc — é😀')).toBe('a\ufffd]0;x\ufffd\ufffdb\ufffdc — é😀');
});
