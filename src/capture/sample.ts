/**
 * Stage 1, capture: keeps a bounded sample of a command's output, its first and its last bytes, while counting and
 * hashing all of it. Memory is bounded whatever the command prints; how the bytes were chunked makes no difference.
 * Never touches the bytes on their way.
 */
import { binaryMarker, cleanOutput, looksBinary } from './output-text.ts';

/** A hash that is fed piece by piece; `crypto.createHash('sha256')` is one. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Bytes kept of the beginning and of the end. */
export const HEAD_BYTES = 4_096;
export const TAIL_BYTES = 12_288;

/** How far a cut moves to fall between words, so that half of a secret does not pass the redactor as something else. */
const WORD_BYTES = 256;

export interface Sample {
  readonly text: string;
  /** Bytes of the whole output. */
  readonly bytes: number;
  /** sha-256 of the whole output, in hex. */
  readonly sha256: string;
  /** The output was longer than the cap, or is data as a whole. */
  readonly truncated: boolean;
}

export interface Sampler {
  add(bytes: Uint8Array): void;
  /** Call it once, when all has been added. */
  finish(): Sample;
}

/**
 * Begins a sample.
 *
 * @example
 * const sampler = startSample(createHash('sha256'));
 * sampler.add(Buffer.from('one\r\n'));
 * sampler.finish().text // 'one\n'
 */
export function startSample(digest: Digest): Sampler {
  const head = Buffer.alloc(HEAD_BYTES);
  const ring = Buffer.alloc(TAIL_BYTES);
  let total = 0;
  return {
    add(bytes) {
      digest.update(bytes);
      if (total < HEAD_BYTES) head.set(bytes.subarray(0, HEAD_BYTES - total), total);
      // of a long chunk only its end can stay in the ring
      const kept = bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES));
      const at = (total + bytes.length - kept.length) % TAIL_BYTES;
      const first = kept.subarray(0, TAIL_BYTES - at);
      ring.set(first, at);
      ring.set(kept.subarray(first.length), 0);
      total += bytes.length;
    },
    finish() {
      const sha256 = digest.digest('hex');
      const at = total % TAIL_BYTES;
      const tail = total < TAIL_BYTES ? ring.subarray(0, total) : Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
      return { ...sampleText(head.subarray(0, Math.min(total, HEAD_BYTES)), tail, total), bytes: total, sha256 };
    },
  };
}

/** Makes the text of a sample of `total` bytes; `head` and `tail` overlap where the output is short. */
function sampleText(head: Buffer, tail: Buffer, total: number): { text: string; truncated: boolean } {
  if (total <= HEAD_BYTES + TAIL_BYTES) {
    const whole = Buffer.concat([head, tail.subarray(Math.max(0, head.length + tail.length - total))]).toString('utf8');
    return looksBinary(whole) ? { text: binaryMarker(total), truncated: true } : { text: cleanOutput(whole), truncated: false };
  }
  const before = head.subarray(0, cutBefore(head));
  const after = tail.subarray(cutAfter(tail));
  const [first, last] = [before.toString('utf8'), after.toString('utf8')];
  if (looksBinary(first + last)) return { text: binaryMarker(total), truncated: true };
  const gap = `… ${total - before.length - after.length} bytes left out …`;
  return {
    text: [cleanOutput(first), gap, cleanOutput(last)]
      .map(trimNewlines)
      .filter((part) => part !== '')
      .join('\n'),
    truncated: true,
  };
}

/** The newlines next to the gap's line are its own; the sample's last one goes too, so that parts join alike. */
function trimNewlines(part: string): string {
  return part.replace(/^\n|\n$/g, '');
}

/** Where the head ends: after a blank, if one is near, else between two characters. */
function cutBefore(head: Buffer): number {
  for (let at = head.length; at > head.length - WORD_BYTES; at--) if (isBlank(head[at - 1])) return at;
  let at = head.length;
  while (at > 0 && isContinuation(head[at - 1])) at -= 1;
  // the byte before `at` leads a sequence, which may or may not be whole
  const lead = head[at - 1] ?? 0;
  const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return at - 1 + length <= head.length ? head.length : at - 1;
}

/** Where the tail begins: at a blank, if one is near, else at a character. */
function cutAfter(tail: Buffer): number {
  for (let at = 0; at < WORD_BYTES; at++) if (isBlank(tail[at])) return at;
  let at = 0;
  while (at < 3 && isContinuation(tail[at])) at += 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
