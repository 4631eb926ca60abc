/** What is no record is put aside without secrets, byte for byte otherwise, with size and hash of what it was. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TraceFiles } from '../../src/core/ports.ts';
import { makeRedactor } from '../../src/core/redact.ts';
import { boundQuarantine, kindsInBytes, quarantine } from '../../src/spool/quarantine.ts';
import { BASE62, seeded } from '../helpers/chance.ts';

const pat = `${'gh'}p_${seeded(3).text(BASE62, 36)}`;
const needle = 'größe-7"x';

function put(bytes: Buffer, reason = 'not JSON'): { bin: Buffer; facts: Record<string, unknown> } {
  const kept = new Map<string, Buffer>();
  // quarantine uses these two only
  const files = {
    exists: (name: string) => kept.has(name),
    replace: (name: string, content: Buffer | string) => void kept.set(name, Buffer.from(content)),
  } as unknown as TraceFiles;
  const redactor = makeRedactor({ needles: [{ name: 'SIZE', value: needle }] });
  const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
  quarantine({ files, clock: { now: () => 0 }, redactor, sha256 }, 'tool-1.rec', 7, bytes, reason);
  const facts: unknown = JSON.parse(kept.get('quarantine/tool-1.rec.7.json')?.toString() ?? '');
  const bin = kept.get('quarantine/tool-1.rec.7.bin') ?? Buffer.alloc(0);
  expect(kindsInBytes(bin, redactor)).toEqual([]);
  return { bin, facts: Object(facts) };
}

test('text keeps its other bytes; the facts are those of the bytes as they came', () => {
  const bytes = Buffer.from(`{"é": "${pat}"`);
  const { bin, facts } = put(bytes, `"ts" is "${pat}"`);
  expect(bin.toString()).toBe('{"é": "«redacted:github-pat»"');
  expect(facts).toEqual({
    file: 'tool-1.rec',
    mark: 7,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    reason: '"ts" is "«redacted:github-pat»"',
    at: '1970-01-01T00:00:00.000Z',
  });
});

test('bytes that are no UTF-8, field by field', () => {
  const bytes = Buffer.concat([Buffer.from(`\ngt1\0command\0password=abcdef`), Buffer.from([0, 0xff, 0xfe]), Buffer.from(` ${needle}\0x`)]);
  const { bin } = put(bytes);
  expect(bin.toString('latin1')).toBe('\ngt1\0command\0password=«redacted:assigned-secret»\0ÿþ «redacted:env-size»\0x');
});

test('a megabyte, in pieces', () => {
  const lines = `${'nothing to see here '.repeat(3)}\n`.repeat(20_000);
  const { bin } = put(Buffer.from(`${lines}${pat}\n${lines}`));
  expect(bin.toString()).toBe(`${lines}«redacted:github-pat»\n${lines}`);
});

test('the newest are kept, by number and by size', () => {
  const sizes = new Map([
    ['quarantine/a.bin', 10],
    ['quarantine/a.json', 3],
    ['quarantine/b.bin', 30],
    ['quarantine/b.json', 1],
    ['quarantine/c.bin', 10],
    ['quarantine/c.json', 2],
  ]);
  const left = (most: number, bytes: number): string[] => {
    const kept = new Map(sizes);
    // what bounding uses; a description was written at the time that is its size here
    const files = {
      list: () => [...kept.keys()].map((name) => name.slice('quarantine/'.length)),
      stat: (name: string) => ({ size: kept.get(name) ?? 0, modified: kept.get(name) ?? 0 }),
      remove: (name: string) => void kept.delete(name),
    } as unknown as TraceFiles;
    boundQuarantine(files, most, bytes);
    return [...kept.keys()].map((name) => name.slice('quarantine/'.length));
  };
  expect(left(3, 50)).toHaveLength(6);
  expect(left(2, 50)).toEqual(['a.bin', 'a.json', 'c.bin', 'c.json']);
  expect(left(3, 49)).toEqual(['a.bin', 'a.json', 'c.bin', 'c.json']);
  expect(left(3, 15)).toEqual(['a.bin', 'a.json']);
  expect(left(0, 50)).toEqual([]);
});
