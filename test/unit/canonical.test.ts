/** Canonical JSON: RFC 8785's own samples, and everything that JSON.stringify would let through silently. */
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/core/canonical.ts';

/** A double by the hex digits of its bits. */
function double(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE();
}

/** An object or list of that depth, the outermost counted. */
function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = wrap(1);
  for (let i = 1; i < depth; i++) value = wrap(value);
  return value;
}

describe('numbers', () => {
  // https://www.rfc-editor.org/rfc/rfc8785#appendix-B
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes %s as %s', (bits, text) => {
    expect(canonical(double(bits))).toBe(text);
    // out of order, so that our own writer says it and not JSON.stringify
    expect(canonical({ b: double(bits), a: 1 })).toBe(`{"a":1,"b":${text}}`);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    expect(() => canonical({ n: value })).toThrow(`${value} is not a JSON number`);
  });
});

describe('keys', () => {
  // https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3
  it('are in order of UTF-16 code units, so an astral character comes before U+FB33', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonical(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  it('that look like indexes are in the same order, whatever the engine does with them', () => {
    expect(canonical({ 10: 'a', 9: 'b', '': 'c' })).toBe('{"":"c","10":"a","9":"b"}');
  });

  it('are sorted at every depth', () => {
    expect(canonical([{ b: { d: 1, c: 2 }, a: 3 }])).toBe('[{"a":3,"b":{"c":2,"d":1}}]');
  });

  it('whose value is undefined are left out', () => {
    expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('named __proto__ are members like any other', () => {
    const value: unknown = JSON.parse('{"z":1,"__proto__":{"a":1}}');
    expect(canonical(value)).toBe('{"__proto__":{"a":1},"z":1}');
  });
});

describe('texts', () => {
  // https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2
  it('are written as the RFC shows', () => {
    const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
      "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
    expect(canonical(JSON.parse(text))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it.each(['\ud800', 'a\udc00b', '\udc00\ud800'])('refuses a lone surrogate in a text or a key', (text) => {
    expect(() => canonical({ a: text })).toThrow('lone surrogate');
    expect(() => canonical({ [text]: 1 })).toThrow('lone surrogate');
  });

  it('keeps NUL and other controls, escaped', () => {
    expect(canonical({ b: '\0\u001f\u007f', a: 1 })).toBe('{"a":1,"b":"\\u0000\\u001f\u007f"}');
  });
});

describe('what JSON cannot say is refused', () => {
  class Point {
    x = 1;
  }
  it.each([
    ['a Map', new Map([['a', 1]]), 'only plain objects are JSON values'],
    ['a Set', new Set([1]), 'only plain objects are JSON values'],
    ['a Date', new Date(0), 'only plain objects are JSON values'],
    ['a Buffer', Buffer.from('a'), 'only plain objects are JSON values'],
    ['a boxed text', Object('a'), 'only plain objects are JSON values'],
    ['a class instance', new Point(), 'only plain objects are JSON values'],
    ['a function', () => 1, 'a function is not a JSON value'],
    ['a symbol', Symbol('a'), 'a symbol is not a JSON value'],
    ['a bigint', 1n, 'a bigint is not a JSON value'],
    ['a hole in a list', [1, undefined], 'a list holds nothing at one place'],
    ['an object with toJSON', { toJSON: () => 'surprise' }, 'a function is not a JSON value'],
  ])('%s', (_, value, message) => {
    expect(() => canonical({ a: value })).toThrow(message);
    expect(() => canonical({ b: 1, a: value })).toThrow(message);
  });

  it('nothing at all', () => {
    expect(() => canonical(undefined)).toThrow(expect.objectContaining({ code: 'bad-event' }));
  });
});

describe('depth', () => {
  it.each([
    ['objects', (inner: unknown) => ({ a: inner })],
    ['lists', (inner: unknown) => [inner]],
  ])('%s may nest 200 deep and no deeper', (_, wrap) => {
    expect(canonical(nested(200, wrap))).toHaveLength(JSON.stringify(nested(200, wrap)).length);
    expect(() => canonical(nested(201, wrap))).toThrow('nested more than 200 deep');
    expect(() => canonical(nested(100_000, wrap))).toThrow('nested more than 200 deep');
  });
});
