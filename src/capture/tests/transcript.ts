/**
 * Stage 1, capture: keeps what a test command prints until it has ended, for its summary or report to be read. Bounded:
 * of more than 9 MiB the middle is lost, for reports begin at the beginning and summaries stand at the end.
 */

/** Bytes kept of the beginning and, where there are more, of the end. */
export const HEAD = 8 * 1_048_576;
export const TAIL = 1_048_576;

export interface Transcript {
  readonly text: string;
  /** Nothing is missing. */
  readonly whole: boolean;
}

/**
 * Begins a transcript.
 *
 * @example
 * const transcript = startTranscript();
 * transcript.add(Buffer.from('ok'));
 * transcript.finish() // { text: 'ok', whole: true }
 */
export function startTranscript(): { add(bytes: Uint8Array): void; finish(): Transcript } {
  const head: Buffer[] = [];
  let tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let lost = false;
  return {
    add(bytes) {
      // the one who gives them may use the buffer again
      const copy = Buffer.from(bytes);
      const first = copy.subarray(0, HEAD - headBytes);
      if (first.length > 0) head.push(first);
      headBytes += first.length;
      if (first.length === copy.length) return;
      tail.push(copy.subarray(first.length));
      tailBytes += copy.length - first.length;
      while (tailBytes - (tail[0]?.length ?? 0) >= TAIL) {
        lost = true;
        tailBytes -= tail.shift()?.length ?? 0;
      }
    },
    finish() {
      const parts = lost ? [...head, Buffer.from('\n'), ...tail] : [...head, ...tail];
      tail = [];
      return { text: Buffer.concat(parts).toString('utf8'), whole: !lost };
    },
  };
}
