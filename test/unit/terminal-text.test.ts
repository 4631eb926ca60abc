/** What a terminal may be given: nothing that moves, colours, rings, reorders or hides. */
import { describe, expect, it } from 'vitest';
import { clip, clipPath, displayWidth, wrap } from '../../src/replay/display-width.ts';
import { jsonForTerminal, terminalText } from '../../src/replay/terminal-text.ts';

describe('terminalText', () => {
  it.each([
    ['colour', 'a\u001b[31mb\u001b[0m', 'a␛[31mb␛[0m'],
    ['the clipboard (OSC 52)', '\u001b]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
    ['a link (OSC 8)', '\u001b]8;;http://x\u001b\\', '␛]8;;http://x␛\\'],
    ['a device control string', '\u001bPq', '␛Pq'],
    ['controls of 8 bits', '\u009b31m\u0090', '<U+009B>31m<U+0090>'],
    ['overwriting', 'safe\r\b\b', 'safe␍␈␈'],
    ['NUL and DEL', '\0\u007f', '␀␡'],
    ['a line feed where lines are none', 'a\nb\tc', 'a␊b␉c'],
    ['direction', 'exe\u202egpj\u2066\u200f\u061c', 'exe<U+202E>gpj<U+2066><U+200F><U+061C>'],
    ['nothing visible', 'a\u200bb\u2060\ufeff\u00ad\u3164', 'a<U+200B>b<U+2060><U+FEFF><U+00AD><U+3164>'],
    ['tags', 'a\u{e0041}', 'a<U+E0041>'],
    ['separators', 'a\u2028b\u2029', 'a<U+2028>b<U+2029>'],
    ['half a character', 'a\ud83d', 'a<U+D83D>'],
    ['a joiner between letters that do not join', 'a\u200db', 'a<U+200D>b'],
    ['a selector without an emoji', 'a\ufe0f', 'a<U+FE0F>'],
    ['marks piled up', `e${'\u0301'.repeat(40)}`, `e${'\u0301'.repeat(6)}<+34 marks>`],
    ['a mark on what comes before the text', '\u0301a', '◌\u0301a'],
  ])('shows %s', (_, raw, harmless) => {
    expect(terminalText(raw)).toBe(harmless);
  });

  it.each(['plain', 'naïve Ω 漢字 한국어', '👨‍👩‍👧 ❤️ 1️⃣ 👍🏽 🇩🇪', 'می‌خواهم', 'क्‍ष', '葛\u{e0100}', 'עברית'])('leaves %s alone', (text) => {
    expect(terminalText(text)).toBe(text);
  });

  it('keeps lines and tabs where there may be any', () => {
    expect(terminalText('a\n\tb\r\n', true)).toBe('a\n\tb␍\n');
  });
});

describe('jsonForTerminal', () => {
  it('is the same JSON without anything a terminal acts on', () => {
    const value = { a: '\u009b31m\u007f\u202e\u2028', b: ['é', '👍'] };
    const json = `${JSON.stringify(value, null, 2)}\n`;
    expect(JSON.parse(jsonForTerminal(json))).toEqual(value);
    expect(jsonForTerminal(json)).not.toMatch(/[\x7f-\x9f\u202e\u2028]/u);
    expect(jsonForTerminal('{"b":"é"}\n')).toBe('{"b":"é"}\n');
  });
});

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한국어', 6],
    ['\u1112\u1161\u11ab', 2],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['🇩🇪', 2],
    ['कि', 2],
    ['ไทย', 3],
    ['−→✓●┊', 5],
  ])('%s takes %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('clip', () => {
  it.each([
    ['fits', 4, 'fits'],
    ['does not', 4, 'doe…'],
    ['漢字漢字', 5, '漢字…'],
    ['漢字漢字', 4, '漢…'],
    ['漢字', 4, '漢字'],
    ['漢字', 1, '…'],
    ['a👨‍👩‍👧b', 3, 'a…'],
    ['abc', 0, ''],
  ])('%s in %i', (text, columns, clipped) => {
    expect(clip(text, columns)).toBe(clipped);
  });

  it('cuts a path in its middle', () => {
    expect(clipPath('src/main.ts', 20)).toBe('src/main.ts');
    expect(displayWidth(clipPath('packages/shop/src/メニュー/注文.ts', 20))).toBeLessThanOrEqual(20);
    expect(clipPath('packages/shop/src/メニュー/注文.ts', 20)).toMatch(/^pack….*注文\.ts$/);
  });
});

describe('wrap', () => {
  it('breaks at spaces, and inside words only where it must', () => {
    expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrap('aaaaaaaaaaaa bb', 5)).toEqual(['aaaaa', 'aaaaa', 'aa bb']);
    expect(wrap('漢字漢字 漢', 5)).toEqual(['漢字', '漢字', '漢']);
    expect(wrap('a\n\n  b', 10)).toEqual(['a', '', '  b']);
  });
});
