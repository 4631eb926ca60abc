/** Laws of trace names, with git as the judge: every branch it takes has one ref of its own, which it takes too. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  branchTrace,
  decodeBranch,
  encodeBranch,
  isBranchName,
  isTraceName,
  journalRef,
  parseTraceArgument,
} from '../../src/core/trace-name.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whether git takes a ref of that name. */
function accepts(ref: string): boolean {
  return spawnSync('git', ['check-ref-format', ref]).status === 0;
}

/** What git refuses, what we escape, and what neither minds, close together. */
const bits = fc.constantFrom(
  ...'ab/%.@-{}~^:?*[\\ #"\'$é日🚀\u0085\u00a0\u202e\x7f',
  '.lock',
  '..',
  '@{',
  '//',
  '%2F',
  '%.',
  'HEAD',
  'journal',
);
const name = fc.array(bits, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
const long = fc
  .tuple(fc.constantFrom('a', '/x', '%', 'é', '日.'), fc.integer({ min: 20, max: 230 }), name)
  .map(([a, n, b]) => a.repeat(n) + b);
/** A branch that we say git takes; the first test holds us to it. */
const branch = fc.oneof({ weight: 4, arbitrary: name }, long, fc.string({ unit: 'binary', minLength: 1 })).filter(isBranchName);

test('isBranchName says what git says', () => {
  fc.assert(
    fc.property(name, (text) => {
      // --branch refuses these two as well; it cannot be asked itself, because it resolves @{-1}
      const byGit = accepts(`refs/heads/${text}`) && !text.startsWith('-') && text !== 'HEAD';
      expect(isBranchName(text)).toBe(byGit);
    }),
    { numRuns: 400 },
  );
});

test('git takes the ref of every branch, and so do we', () => {
  fc.assert(
    fc.property(branch, (text) => {
      const trace = branchTrace(text, hash);
      expect(isTraceName(trace)).toBe(true);
      expect(accepts(journalRef(trace))).toBe(true);
      expect(parseTraceArgument(`refs/traces/${trace}`)).toEqual({ kind: 'trace', trace });
      expect(parseTraceArgument(`refs/heads/${text}`)).toEqual({ kind: 'branch', branch: text });
    }),
    { numRuns: 300 },
  );
});

test('an encoded name is one path component that fits into a file name, and comes back unless it was cut', () => {
  fc.assert(
    fc.property(branch, (text) => {
      const encoded = encodeBranch(text, hash);
      expect(encoded).not.toContain('/');
      expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(180);
      const back = decodeBranch(encoded);
      if (encoded.includes('%.')) expect(text.startsWith(back.replace(/\ufffd?…$/, ''))).toBe(true);
      else expect(back).toBe(text);
    }),
    { numRuns: 3_000 },
  );
});

test('no two branches share a name, not even if one is longer than the other or spelled like an escape of it', () => {
  const pair = fc
    .tuple(branch, branch, bits)
    .chain(([a, b, bit]) =>
      fc.constantFrom(
        [a, b],
        [a, a + bit],
        [a, encodeBranch(a, hash)],
        [a.repeat(9), a.repeat(10)],
        [a.normalize('NFC'), a.normalize('NFD')],
      ),
    );
  fc.assert(
    fc.property(pair, ([a = '', b = '']) => {
      fc.pre(a !== b);
      expect(encodeBranch(a, hash)).not.toBe(encodeBranch(b, hash));
    }),
    { numRuns: 3_000 },
  );
});
