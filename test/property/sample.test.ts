/** Laws of the sample, whatever bytes a command prints and however they are chunked. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanOutput } from '../../src/capture/output-text.ts';
import { HEAD_BYTES, type Sample, startSample, TAIL_BYTES } from '../../src/capture/sample.ts';
import { shellCommand } from '../../src/capture/shell-quote.ts';

/** C0 but tab and newline, DEL, C1, bidi embeddings, overrides and isolates. */
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Pieces that terminals, progress bars and attackers send. */
const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\u001b',
    '\u001b[',
    '\u001b]',
    '\u001bP',
    '\u001b_',
    '\u001b\\',
    '\u009b',
    '\u009d',
    '\u0090',
    '\u009c',
    '\u0007',
    '\u0018',
  ),
  fc.constantFrom('\r', '\n', '\r\n', '\b', '\b \b', '\t', '\u0000', '\u001b[1G', '\u001b[31m', '\u001b[2K', '\u202e', '\ufeff', '\ufffd'),
  fc.constantFrom(
    '«binary: 7 bytes»',
    '… 12 bytes left out …',
    'QUJDREVGR0hJSktM'.repeat(13),
    'Zm9vYmFyYmF6'.repeat(6),
    'A'.repeat(199),
    '='.repeat(200),
  ),
  fc.string(),
);
const hostileText = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const hostileBytes = fc
  .array(
    fc.oneof(
      piece.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 40 },
  )
  .chain((parts) => fc.integer({ min: 1, max: 60 }).map((times) => Buffer.concat(Array.from({ length: times }, () => parts).flat())));

function sampleOf(chunks: readonly Uint8Array[]): Sample {
  const sampler = startSample(createHash('sha256'));
  for (const chunk of chunks) sampler.add(chunk);
  return sampler.finish();
}

describe('cleanOutput', () => {
  test('leaves no terminal control and no bidi override', () => {
    fc.assert(
      fc.property(hostileText, (text) => void expect(cleanOutput(text)).not.toMatch(FORBIDDEN)),
      { numRuns: 2_000 },
    );
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(hostileText, (text) => void expect(cleanOutput(cleanOutput(text))).toBe(cleanOutput(text))),
      { numRuns: 2_000 },
    );
  });

  test('never makes a text longer', () => {
    fc.assert(
      fc.property(hostileText, (text) => void expect(cleanOutput(text).length).toBeLessThanOrEqual(text.length)),
      { numRuns: 2_000 },
    );
  });
});

describe('a sample', () => {
  test('is safe and bounded', () => {
    fc.assert(
      fc.property(hostileBytes, (bytes) => {
        const { text } = sampleOf([bytes]);
        expect(text).not.toMatch(FORBIDDEN);
        expect(text.isWellFormed()).toBe(true);
        expect(text.length).toBeLessThanOrEqual(HEAD_BYTES + TAIL_BYTES + 60);
        // a text that is mostly not text is told, not shown, so U+FFFD cannot treble it
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1.25 * (HEAD_BYTES + TAIL_BYTES) + 60);
      }),
      { numRuns: 1_000 },
    );
  });

  test('does not depend on the chunks', () => {
    const cuts = fc.array(fc.nat({ max: 40_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(hostileBytes, cuts, (bytes, at) => {
        const borders = [0, ...at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = borders.slice(1).map((end, i) => bytes.subarray(borders[i], end));
        expect(sampleOf(chunks)).toEqual(sampleOf([bytes]));
      }),
      { numRuns: 1_000 },
    );
  });

  test('counts and hashes all bytes', () => {
    fc.assert(
      fc.property(hostileBytes, (bytes) => {
        expect(sampleOf([bytes])).toMatchObject({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
      }),
    );
  });
});

describe('a quoted command', () => {
  test('has no control character in it', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (argv) => void expect(shellCommand(argv)).not.toMatch(/\p{Cc}/u)));
  });
});
