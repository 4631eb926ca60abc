/**
 * Stage 1, what a batch is written in: UTF-8, one JSON value or one a line. Says of what cannot be read where it stops
 * and what was expected there; what it says is not judged here.
 */
import { isUtf8 } from 'node:buffer';
import { fail } from '../core/errors.ts';
import { findJsonError } from '../core/json-error.ts';
import { LINE_LIMIT } from '../core/line.ts';
import { shown } from '../core/shown.ts';

/** Bytes of one JSON value; NDJSON may be of any length. */
export const WHOLE_LIMIT = 268_435_456;
/** Bytes of NDJSON that are decoded at once. */
const BLOCK = LINE_LIMIT;

export const SHAPES = 'a batch is {"events":[…]}, a list of events, or NDJSON; nothing of it was recorded';

/** A line of NDJSON that is not blank, numbered from 1; `bytes` where it is not UTF-8 or too long to be taken. */
export interface InputLine {
  readonly number: number;
  readonly text: string | { readonly bytes: Buffer };
}

/** How a batch is written; with what it says, where one line is all of it and had to be read to tell. */
export interface Form {
  readonly isNdjson: boolean;
  readonly read?: { readonly text: string; readonly value: unknown };
}

/**
 * Tells whether the bytes are one event a line. The first line tells, or, where it is damaged or no event, the second:
 * one bad event must not make the others unreadable.
 */
export function formOf(bytes: Buffer): Form {
  const first = nextLine(bytes, 0);
  if (first.text === '' || first.text.length > WHOLE_LIMIT) return { isNdjson: false };
  const value = tryParse(first.text);
  const read = value !== undefined && first.isAll && isUtf8(bytes) ? { read: { text: first.text, value } } : {};
  if (isObject(value)) {
    if ('events' in value) return { isNdjson: false, ...read };
    return { isNdjson: 'type' in value || 'payload' in value || isObject(tryParse(nextLine(bytes, first.end).text)), ...read };
  }
  // one value over many lines goes on in the next
  if (/[[{,:]$/.test(first.text)) return { isNdjson: false };
  const second = tryParse(nextLine(bytes, first.end).text);
  return { isNdjson: isObject(second) && 'type' in second, ...read };
}

/** The next line that is not blank, trimmed, where the line behind it begins, and whether there is nothing else. */
function nextLine(bytes: Buffer, start: number): { text: string; end: number; isAll: boolean } {
  for (let from = start; from < bytes.length; ) {
    const end = lineEnd(bytes, from);
    const said = bytes.toString('utf8', from, Math.min(end, from + WHOLE_LIMIT + 1));
    const text = said.trim();
    if (text !== '') return { text, end: end + 1, isAll: from === 0 && end + 1 >= bytes.length && text.length === said.length };
    from = end + 1;
  }
  return { text: '', end: bytes.length, isAll: false };
}

/** Reads lines in blocks: checking and decoding each line by itself takes three times as long. */
export function* inputLines(bytes: Buffer): Generator<InputLine> {
  let number = 1;
  for (let from = 0; from < bytes.length; ) {
    const newline = from + BLOCK >= bytes.length ? bytes.length - 1 : bytes.lastIndexOf(0x0a, from + BLOCK);
    const end = newline < from ? lineEnd(bytes, from) : newline;
    const block = bytes.subarray(from, end + 1);
    from = end + 1;
    if (newline < end || !isUtf8(block)) {
      for (const line of splitLines(block)) {
        const text = line.length <= LINE_LIMIT && isUtf8(line) ? line.toString('utf8') : { bytes: line };
        if (typeof text !== 'string' || !isBlank(text)) yield { number, text };
        number++;
      }
      continue;
    }
    const lines = block.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const text of lines) {
      if (!isBlank(text)) yield { number, text };
      number++;
    }
  }
}

/** Lines without their newlines. */
function* splitLines(block: Buffer): Generator<Buffer> {
  for (let from = 0; from < block.length; ) {
    const end = lineEnd(block, from);
    yield block.subarray(from, end);
    from = end + 1;
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(0x0a, from);
  return found < 0 ? bytes.length : found;
}

function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 0x20 && text.trim() === '');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads bytes as UTF-8. @throws bad-json */
export function decodeText(bytes: Buffer, name: string): string {
  // JSON begins with ASCII: a NUL among its first two bytes, or a byte order mark, is UTF-16's
  const mark = bytes.toString('latin1', 0, 2);
  if (mark.length === 2 && (mark.includes('\0') || mark === '\xff\xfe' || mark === '\xfe\xff'))
    throw fail('bad-json', `${name} is UTF-16, expected UTF-8`, ["convert it, for instance with 'iconv -f utf-16 -t utf-8'"]);
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    const at = firstInvalid(bytes);
    const hints = ['JSON is UTF-8; nothing of it was recorded'];
    throw fail('bad-json', `${name} is not UTF-8: byte ${at} is 0x${bytes.toString('hex', at, at + 1)}`, hints, { cause });
  }
}

/** Offset of the first byte that is no UTF-8. */
function firstInvalid(bytes: Buffer): number {
  let at = 0;
  for (const part of bytes.toString('utf8').split('\ufffd')) {
    at += Buffer.byteLength(part);
    // a replacement character may also have been written as such
    if (bytes.toString('latin1', at, at + 3) !== '\xef\xbf\xbd') return at;
    at += 3;
  }
  return at;
}

/** Parses JSON. @throws bad-json, with the place and without the content */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail('bad-json', `${name} is not JSON: ${placeOf(text)}`, [SHAPES], { cause });
  }
}

/** Where and why a text is not JSON, in words. */
function placeOf(text: string): string {
  const error = findJsonError(text);
  if (error === undefined) return 'it cannot be parsed';
  if (error.at >= text.trimEnd().length) return `it ends where ${error.expected} is expected`;
  const before = text.slice(0, error.at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const char = String.fromCodePoint(text.codePointAt(error.at) ?? 0);
  return `${text.includes('\n') ? `line ${before.length}, ` : ''}column ${column} has ${shown(char)}, expected ${error.expected}`;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Tells a JSON object from every other value. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
