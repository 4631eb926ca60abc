/** The bounded sample of a command's output: what is kept, what is counted, and how it reads. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cleanOutput } from '../../src/capture/output-text.ts';
import { HEAD_BYTES, type Sample, startSample, TAIL_BYTES } from '../../src/capture/sample.ts';

function sample(...chunks: (string | Uint8Array)[]): Sample {
  const sampler = startSample(createHash('sha256'));
  for (const chunk of chunks) sampler.add(Buffer.from(chunk));
  return sampler.finish();
}

describe('cleanOutput', () => {
  test.each([
    ['colours go', '\u001b[1;31mred\u001b[0m \u001b[38;5;9mmore\u001b[m', 'red more'],
    ['a title and a link go', '\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'alink'],
    ['a clipboard write goes', '\u001b]52;c;c2VjcmV0\u0007x', 'x'],
    ['a picture goes, over lines', 'a\u001bPq#0;2;0\n#1~~@@\u001b\\b', 'ab'],
    ['an application string goes', 'a\u001b_Gf=24;AAAA\u001b\\b', 'ab'],
    ['C1 forms go', 'a\u009b31mb\u009d0;t\u009cc\u0085d', 'abcd'],
    ['a title without an end is over at the line', 'a\u001b]0;title\nb', 'a\nb'],
    ['a sequence that is cut off goes', 'a\u001b[38;5', 'a'],
    ['an escape alone goes', 'a\u001b', 'a'],
    ['character sets and resets go', '\u001b(B\u001b)0\u001b=\u001bca', 'a'],
    ['bells and form feeds go', 'a\u0007\u000c\u000bb', 'ab'],
    ['tabs and newlines stay', 'a\tb\n\nc\n', 'a\tb\n\nc\n'],
    ['CR LF is a newline', 'a\r\nb\r\r\nc', 'a\nb\nc'],
    ['the last state of a progress line wins', '10%\r50%\r100%\ndone', '100%\ndone'],
    ['a shorter state leaves nothing of a longer one', 'downloading…\r\u001b[Kdone\n', 'done\n'],
    ['a return at the end keeps the line', '100%\r', '100%'],
    ['to column one is a return', 'a 1\u001b[2K\u001b[1Ga 2\u001b[2K\u001b[Gb', 'b'],
    ['backspaces are overwritten', 'abc\b\bX', 'aXc'],
    ['a spinner stands still', '|\b/\b-\b\\\b done', ' done'],
    ['bold and underlined by overstriking', 'N\bNA\bAM\bM _\bx', 'NAM x'],
    ['backspaces do not leave the line', 'a\n\b\bb', 'a\nb'],
    ['bidi overrides go', 'a\u202eb\u2066c\u2069', 'abc'],
    ['other scripts stay', 'שלום مرحبا 日本 🎉 é', 'שלום مرحبا 日本 🎉 é'],
    ['base64 is data', `x ${'QUJDREVGR0hJSktM'.repeat(20)}== y`, 'x «binary: 322 bytes» y'],
    [
      'wrapped base64 is data',
      `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n'.repeat(5)}QUI=`,
      '«binary: 409 bytes»',
    ],
    ['a ruler is none', '='.repeat(300), '='.repeat(300)],
    ['nor is a row of one letter', 'a'.repeat(300), 'a'.repeat(300)],
  ])('%s', (_, raw, text) => {
    expect(cleanOutput(raw)).toBe(text);
  });

  test('takes no longer than its input is long', () => {
    const began = performance.now();
    for (const piece of ['\u001b[', '\u001bP', '\u001b]', '\r', 'a\b', 'A1b2C3d4E5f6G7h8\n', 'A'.repeat(199), `${'Ab1'.repeat(22)}\n`])
      cleanOutput(piece.repeat(Math.ceil(200_000 / piece.length)));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('startSample', () => {
  test('nothing', () => {
    expect(sample()).toEqual({ text: '', bytes: 0, sha256: createHash('sha256').digest('hex'), truncated: false });
  });

  test('all of a short output, counted and hashed as it came', () => {
    const raw = '\u001b[32mok\u001b[0m\r\n';
    expect(sample(raw)).toEqual({ text: 'ok\n', bytes: 13, sha256: createHash('sha256').update(raw).digest('hex'), truncated: false });
  });

  test('all of an output of exactly the cap', () => {
    const raw = 'word '.repeat(5_000).slice(0, HEAD_BYTES + TAIL_BYTES);
    expect(sample(raw)).toMatchObject({ text: raw, truncated: false });
    expect(sample(`${raw}!`).truncated).toBe(true);
  });

  test.each([100, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, TAIL_BYTES, TAIL_BYTES + 1, 16_383])('all of %i bytes', (size) => {
    const raw = Array.from({ length: size }, (_, i) => 'abcdefghi '[i % 10]).join('');
    expect(sample(raw.slice(0, 50), raw.slice(50))).toMatchObject({ text: raw, bytes: size });
  });

  test('of a long output the first and the last words, with the gap between them told', () => {
    const words = Array.from({ length: 30_000 }, (_, i) => `word${i}`);
    const raw = `${words.join('\n')}\n`;
    const { text, truncated, bytes } = sample(raw);
    const [, head = '', gap, tail = ''] = /^(.*)\n… (\d+) bytes left out …\n(.*)$/s.exec(text) ?? [];
    expect(truncated).toBe(true);
    expect(bytes).toBe(raw.length);
    expect(words.slice(0, head.split('\n').length)).toEqual(head.split('\n'));
    expect(words.slice(-tail.split('\n').length)).toEqual(tail.split('\n'));
    // what is shown, the newlines around the gap and at the end, and what is left out make the whole
    expect(head.length + tail.length + Number(gap) + 3).toBe(raw.length);
    expect(head.length).toBeGreaterThan(HEAD_BYTES - 20);
    expect(tail.length).toBeGreaterThan(TAIL_BYTES - 20);
  });

  test('half a secret is not left at the cut', () => {
    const token = 'x'.repeat(40);
    const raw = `${'a '.repeat(HEAD_BYTES / 2 - 10)}${token}${' b'.repeat(9_000)} ${token} ${'c '.repeat(TAIL_BYTES / 2 - 10)}`;
    expect(sample(raw).text).not.toContain('x');
  });

  test('characters are not cut', () => {
    for (const shift of [0, 1, 2, 3]) {
      const { text } = sample('x'.repeat(shift), '€𝄞é'.repeat(5_000));
      expect(text).not.toContain('\ufffd');
      expect(text).toMatch(/^x*[€𝄞é]+\n… \d+ bytes left out …\n[€𝄞é]+$/u);
    }
  });

  test('bytes that are no UTF-8 become U+FFFD where they are few', () => {
    expect(sample(Buffer.from('caf\xe9 and a lot of plain text', 'latin1')).text).toBe('caf\ufffd and a lot of plain text');
  });

  test('data as a whole is told by its size', () => {
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7 + (i >> 3)) % 256));
    expect(sample(bytes)).toMatchObject({ text: '«binary: 50000 bytes»', truncated: true, bytes: 50_000 });
    expect(sample(bytes.subarray(0, 500)).text).toBe('«binary: 500 bytes»');
  });
});
