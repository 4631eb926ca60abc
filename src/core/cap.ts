/** Keeps an event under its cap: the longest texts give way, and the payload says that it was cut. */
import { canonical } from './canonical.ts';
import type { EventPayload, Sha256 } from './line.ts';

/** Bytes of one event's payload. */
export const EVENT_BYTES = 65_536;
/** Characters kept of a command line; `rm` of ten thousand files must not make an event that a host refuses. */
export const COMMAND_LIMIT = 8_192;
/** Paths a commit lists. */
export const PATHS = 500;

/**
 * Cuts a payload to the cap. Texts are cut in the middle, lists at the end, the longest first.
 *
 * @example
 * capPayload({ text: 'short' }) // { text: 'short' }
 */
export function capPayload(payload: EventPayload, limit: number = EVENT_BYTES): EventPayload {
  // a UTF-16 unit is at most 3 bytes, escaped at most 6: most payloads are far from the cap and need no second look
  if (roughly(payload, 0) * 6 <= limit) return payload;
  let capped = payload;
  for (let longest = 16_384; bytesOf(capped) > limit && longest >= 16; longest = Math.floor(longest / 2)) {
    capped = { ...cut(payload, longest), truncated: true };
  }
  return bytesOf(capped) > limit ? { truncated: true, dropped: `over ${limit} bytes` } : capped;
}

/**
 * Cuts a command line that a shell recorded, and says how long it was (bytes of UTF-8) and the hash of all of it. To be
 * given the redacted text: a hash of the other would be a way to guess the secret.
 */
export function capCommand(payload: EventPayload, sha256: Sha256): EventPayload {
  const { command } = payload;
  if (typeof command !== 'string' || command.length <= COMMAND_LIMIT) return payload;
  const kept = `${command.slice(0, COMMAND_LIMIT).toWellFormed()}…`;
  const length = new TextEncoder().encode(command).length;
  return { ...payload, command: kept, command_length: length, command_sha256: sha256(command), truncated: true };
}

function bytesOf(payload: EventPayload): number {
  return new TextEncoder().encode(canonical(payload)).length;
}

function roughly(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null || depth > 200) return 8;
  let sum = 2;
  for (const [key, item] of Object.entries(value)) sum += key.length + 4 + roughly(item, depth + 1);
  return sum;
}

/** The value with every text at most so long and every list as many items. */
function cut(value: EventPayload, longest: number): EventPayload {
  // cutValue gives an object for an object
  return cutValue(value, longest) as EventPayload;
}

function cutValue(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return cutText(value, longest);
  if (Array.isArray(value)) return value.slice(0, Math.max(8, Math.floor(longest / 16))).map((item) => cutValue(item, longest));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutValue(item, longest)]));
}

/** The beginning and the end of a text, with what was left out between them counted. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = Math.floor(longest / 2);
  const head = text.slice(0, half).toWellFormed();
  const tail = text.slice(text.length - half).toWellFormed();
  return `${head.replace(/\uFFFD$/, '')}\n… ${text.length - 2 * half} characters left out …\n${tail.replace(/^\uFFFD/, '')}`;
}
