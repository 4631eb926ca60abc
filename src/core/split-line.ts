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

const HEAD = /\{(?:"assigned":(\[(?:"session"|"ts"|"session","ts")\]),)?"payload":(?=\{)/y;
const TAIL =
  /,"session":"((?!\.)[A-Za-z0-9._-]{1,64})","ts":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","type":"([a-z][a-z0-9_]{0,63})"\}$/y;

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
  const end = line.lastIndexOf(',"session":"');
  if (end < 0) return undefined;
  HEAD.lastIndex = 0;
  TAIL.lastIndex = end;
  const head = HEAD.exec(line);
  if (head === null) return undefined;
  const tail = TAIL.exec(line);
  const [, session, ts, type] = tail ?? [];
  if (session === undefined || ts === undefined || type === undefined || end <= head[0].length) return undefined;
  return { payload: line.slice(head[0].length, end), assigned: head[1] ?? '', session, ts, type };
}
