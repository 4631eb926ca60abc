/**
 * A canonical line in its parts, found without parsing the payload: readers copy the payload's text as it stands, so
 * that nothing is written twice and unknown members survive byte for byte. Never judges the payload.
 */

export interface LineParts {
  /** The payload's text; JSON only once somebody has parsed it. */
  readonly payload: string;
  /** The text of `assigned` with its brackets; empty where the line has none. */
  readonly assigned: string;
  readonly session: string;
  readonly ts: string;
  readonly type: string;
}

const PAYLOAD = '{"payload":';
const ASSIGNED = /\{"assigned":(?:\["session"\]|\["ts"\]|\["session","ts"\]),"payload":(?=\{)/y;
const SESSION = ',"session":"';
const TAIL = /,"session":"(?!\.)[A-Za-z0-9._-]{1,64}","ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","type":"[a-z][a-z0-9_]{0,63}"\}$/y;

/**
 * Takes a line apart; `undefined` for one that is not of the usual form (further members, other spacing).
 *
 * If the payload then parses as JSON, the whole line is that event and nothing else: everything around the payload
 * has been matched to the last character, so no second `payload` or `type` can hide in it.
 *
 * @example
 * splitLine('{"payload":{"n":1},"session":"s","ts":"1970-01-01T00:00:00.000Z","type":"x"}')?.payload // '{"n":1}'
 */
export function splitLine(line: string): LineParts | undefined {
  const end = line.lastIndexOf(SESSION);
  TAIL.lastIndex = end;
  if (end < 0 || !TAIL.test(line)) return undefined;
  let start = PAYLOAD.length;
  if (!line.startsWith('{"payload":{')) {
    ASSIGNED.lastIndex = 0;
    if (!ASSIGNED.test(line)) return undefined;
    start = ASSIGNED.lastIndex;
  }
  if (start >= end) return undefined;
  // TAIL has matched: what stands where is known without captures, which cost half of this function
  const session = end + SESSION.length;
  const ts = line.indexOf('"', session) + '","ts":"'.length;
  const type = ts + 24 + '","type":"'.length;
  return {
    payload: line.slice(start, end),
    assigned: line.slice('{"assigned":'.length, Math.max(start - ',"payload":'.length, '{"assigned":'.length)),
    session: line.slice(session, ts - '","ts":"'.length),
    ts: line.slice(ts, ts + 24),
    type: line.slice(type, -2),
  };
}
