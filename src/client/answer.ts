/** What an answer means for the entries that were sent: taken, to be tried again, to be sent in parts, or never to be taken. Pure. */

export interface PostAnswer {
  readonly status: number;
  /** The Retry-After header. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export type Verdict =
  | { readonly kind: 'taken'; readonly rejected: readonly { readonly index: number; readonly message: string }[] }
  /** @param wait milliseconds that the other side asks for */
  | { readonly kind: 'again'; readonly error: string; readonly wait: number | undefined }
  | { readonly kind: 'apart'; readonly error: string };

/** The longest Retry-After that is honoured, in milliseconds. */
const LONGEST = 600_000;

/** What is wrong with us or the server, and not with the entry: it may be mended. */
const NOT_ITS_FAULT: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 423, 425, 429]);

/**
 * Judges an answer.
 *
 * @param isBatch events went to a server of `git trace`
 * @param now milliseconds since 1970, for a Retry-After that is a date
 */
export function judge({ status, retryAfter, body }: PostAnswer, isBatch: boolean, now: number): Verdict {
  const error = `the answer was ${status}${messageIn(body)}`;
  if (status >= 200 && status < 300) {
    if (!isBatch) return { kind: 'taken', rejected: [] };
    const rejected = rejectedIn(body);
    // half an answer, or somebody else's: the same batch again is known there
    return rejected === undefined ? { kind: 'again', error: 'the answer could not be read', wait: undefined } : { kind: 'taken', rejected };
  }
  const isLost = isBatch && (status === 404 || status === 405);
  if (status < 400 || status >= 500 || NOT_ITS_FAULT.has(status) || isLost) return { kind: 'again', error, wait: waitOf(retryAfter, now) };
  return { kind: 'apart', error };
}

function waitOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const wait = /^[0-9]{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.min(LONGEST, Math.max(0, wait)) : undefined;
}

function rejectedIn(body: string): { index: number; message: string }[] | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('accepted' in answer) || !('rejected' in answer)) return undefined;
    const { rejected } = answer;
    if (!Array.isArray(rejected)) return undefined;
    return rejected.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'index' in one && typeof one.index === 'number'
        ? [{ index: one.index, message: 'message' in one ? String(one.message) : 'rejected' }]
        : [],
    );
  } catch {
    return undefined;
  }
}

/** The message of an error as our server says it. */
function messageIn(body: string): string {
  const said = /"message":"((?:[^"\\]|\\.){1,300})"/.exec(body)?.[1];
  return said === undefined ? '' : `: ${said}`;
}
