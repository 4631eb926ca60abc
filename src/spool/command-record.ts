/**
 * Stage 2, the words of shells: makes the payload of a `command` event from the fields that a shell wrote when the
 * command began and when it ended. Pure; never guesses what a shell did not say.
 */
import type { JsonObject } from '../core/canonical.ts';
import { shown } from '../core/shown.ts';

/** Takes a field's bytes; `undefined` where it is missing or empty. */
export type TakeField = (name: string) => Buffer | undefined;

/** Makes the payload of a command, or says why it cannot. Without `exit` the command's end was not seen. */
export function shellCommandPayload(take: TakeField): JsonObject | string {
  const text = take('command');
  const hidden = take('hidden') !== undefined || text === undefined;
  const [exit, ms, pipe, cwd] = ['exit', 'ms', 'pipe', 'cwd'].map((name) => take(name)?.toString('utf8'));
  if (exit !== undefined && !/^[0-9]{1,10}$/.test(exit)) return `"exit" is ${shown(exit)}, expected a number`;
  if (ms !== undefined && !/^[0-9]{1,15}$/.test(ms)) return `"ms" is ${shown(ms)}, expected milliseconds`;
  if (pipe !== undefined && !/^[0-9]{1,10}( [0-9]{1,10})*$/.test(pipe)) return `"pipe" is ${shown(pipe)}, expected numbers`;
  const statuses = pipe?.split(' ').map(Number) ?? [];
  return {
    ...(hidden ? { command: '', hidden: true } : { ...commandText(text), cwd: cwd ?? '' }),
    ...(ms === undefined ? {} : { duration_ms: Number(ms) }),
    exit_code: exit === undefined ? null : Number(exit),
    ...(statuses.length > 1 ? { pipe_status: statuses } : {}),
    stdout_sample: '',
    ...(exit === undefined ? { unfinished: true } : {}),
  };
}

/** The text of a command; where its bytes are no UTF-8, also those that the text cannot say. */
function commandText(bytes: Buffer): { command: string; command_bytes?: string } {
  const { text, lost } = decodeUtf8(bytes);
  return { command: text, ...(lost.length === 0 ? {} : { command_bytes: lost.join(' ') }) };
}

/**
 * Reads bytes as UTF-8, one U+FFFD for each byte that is none. `lost` has, where there were such bytes, what each U+FFFD
 * of the text stands for, in hex and in order, so that the bytes can be had again.
 *
 * @example
 * decodeUtf8(Buffer.from('a\xff', 'latin1')) // { text: 'a\uFFFD', lost: ['ff'] }
 */
export function decodeUtf8(bytes: Buffer): { text: string; lost: string[] } {
  const plain = bytes.toString('utf8');
  if (Buffer.from(plain).equals(bytes)) return { text: plain, lost: [] };
  const lost: string[] = [];
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, at + lengthOf(bytes[at] ?? 0));
    const char = part.toString('utf8');
    const isWhole = Buffer.from(char).equals(part);
    text += isWhole ? char : '\uFFFD';
    if (!isWhole) lost.push(part.toString('hex', 0, 1));
    else if (char === '\uFFFD') lost.push('efbfbd');
    at += isWhole ? part.length : 1;
  }
  return { text, lost };
}

/** Bytes of the character that this byte begins, if it begins one. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
