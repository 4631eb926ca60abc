/** What JSON.parse forgives silently, and where it stops with a message that helps nobody. */
import { describe, expect, it } from 'vitest';
import { findJsonError } from '../../src/core/json-error.ts';
import { scanJson } from '../../src/core/json-scan.ts';

const twice = (key: string): string => `the key ${JSON.stringify(key)} occurs twice`;
const rounded = (digits: string): string => `the number ${digits} is beyond 2^53 and would be rounded; send it as a text`;

describe('scanJson', () => {
  it.each([
    ['{}', []],
    ['[{"a":1},{"a":1}]', []],
    ['{"a":{"a":1},"b":["a","a"]}', []],
    ['{"a":"a","b":"a\\"b,{[a"}', []],
    [String.raw`{"a\\":1,"a":2}`, []],
    ['[9007199254740991,-9007199254740991,1e400,9007199254740993.5,12345678901234567890e2,1.7976931348623157e308]', []],
    ['{"n":"9007199254740993"}', []],
    ['{"a":1,"a":2}', [{ path: ['a'], reason: twice('a') }]],
    ['{"a":1,"\\u0061":2}', [{ path: ['a'], reason: twice('a') }]],
    ['{"":1,"":2}', [{ path: [''], reason: twice('') }]],
    ['{"__proto__":1,"__proto__":2}', [{ path: ['__proto__'], reason: twice('__proto__') }]],
    [String.raw`{"a\"":1,"a\"":2}`, [{ path: ['a"'], reason: twice('a"') }]],
    ['[1,{"x":[{"b":1},{"b":1,"c":2,"b":3}]}]', [{ path: [1, 'x', 1, 'b'], reason: twice('b') }]],
    ['[9007199254740993]', [{ path: [0], reason: rounded('9007199254740993') }]],
    ['{"n":-9007199254740992}', [{ path: ['n'], reason: rounded('-9007199254740992') }]],
    [`[1,${'9'.repeat(100)}]`, [{ path: [1], reason: rounded('9'.repeat(40)) }]],
  ])('%s', (text, faults) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(scanJson(text)).toEqual(faults);
  });

  it('finds one fault in each event, however many events have one', () => {
    const event = '{"payload":{"a":1,"a":2,"b":9007199254740993,"c":{"d":1,"d":1}}}';
    const faults = scanJson(`{"events":[${Array.from({ length: 5_000 }, () => event).join()}]}`);
    expect(faults).toHaveLength(5_000);
    expect(faults.at(-1)).toEqual({ path: ['events', 4_999, 'payload', 'a'], reason: twice('a') });
  });

  it('needs no more memory for a deep place than for a shallow one', () => {
    const deep = 100_000;
    const members = Array.from({ length: 2_000 }, (_, i) => `"k${i}":1,"k${i}":1`).join();
    const text = `${'['.repeat(deep)}{${members}}${']'.repeat(deep)}`;
    expect(scanJson(text)).toEqual([{ path: [0, 0, 0, 0, 0, 0, 0, 0], reason: twice('k0') }]);
  });
});

describe('findJsonError', () => {
  it.each(['1', '-0.5e+10', '""', '"\\u00e9\\n"', 'null', ' [ ] ', '{"a":[true,false,{"b":{}}],"c":""}', '\t\r\n1 '])(
    'is content with %j',
    (text) => {
      expect(findJsonError(text)).toBeUndefined();
    },
  );

  it.each([
    ['', 0, 'a value'],
    ['  ', 2, 'a value'],
    ['{', 1, 'a key or "}"'],
    ['{"a"', 4, '":"'],
    ['{"a":', 5, 'a value'],
    ['{"a":1', 6, '"," or "}"'],
    ['{"a":1,', 7, 'a key'],
    ['{"a":1,}', 7, 'a key'],
    ['{,}', 1, 'a key or "}"'],
    ['{a:1}', 1, 'a key or "}"'],
    ['{"a" 1}', 5, '":"'],
    ['{"a":1 "b":2}', 7, '"," or "}"'],
    ['{"a":1]', 6, '"," or "}"'],
    ['[', 1, 'a value or "]"'],
    ['[1', 2, '"," or "]"'],
    ['[1,]', 3, 'a value'],
    ['[,1]', 1, 'a value or "]"'],
    ['[1}', 2, '"," or "]"'],
    ['1 2', 2, 'the end'],
    ['{}{}', 2, 'the end'],
    ['{"a":1}\n{"a":2}', 8, 'the end'],
    ['hello', 0, 'a value'],
    ["{'a':1}", 1, 'a key or "}"'],
    ['[01]', 1, 'a value or "]"'],
    ['[1.]', 1, 'a value or "]"'],
    ['[+1]', 1, 'a value or "]"'],
    ['[NaN]', 1, 'a value or "]"'],
    ['[nulls]', 1, 'a value or "]"'],
    ['"abc', 4, 'the end of a text'],
    ['"a\nb"', 2, 'no control character in a text'],
    ['"a\0b"', 2, 'no control character in a text'],
    ['"a\\xb"', 2, 'an escape that JSON knows'],
    ['"\\u12g4"', 1, 'an escape that JSON knows'],
    ['\ufeff{}', 0, 'a value'],
    ['[1,\u00a02]', 3, 'a value'],
    ['// no\n1', 0, 'a value'],
  ])('finds the mistake in %j at %d', (text, at, expected) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findJsonError(text)).toEqual({ at, expected });
  });

  it('goes as deep as the text', () => {
    expect(findJsonError('['.repeat(100_000))).toEqual({ at: 100_000, expected: 'a value or "]"' });
    expect(findJsonError('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
  });
});
