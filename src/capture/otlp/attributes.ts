/** Stage 1, OTLP: attributes as plain values, and times as milliseconds. Pure; what is of another kind is left out. */
import { isSaid, listIn, type Said, saidIn, textIn } from '../agents/said.ts';

/** Nesting of a value that is read. */
const DEPTH = 16;

/** The attributes of a resource, a record or a span, by name. */
export function attributesOf(holder: unknown): Said {
  return fromPairs(listIn(holder, 'attributes'), 0);
}

/** A value as OTLP's JSON says it, e.g. `{"intValue":"5"}`. */
export function plainValue(value: unknown, depth = 0): unknown {
  if (!isSaid(value) || depth > DEPTH) return undefined;
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (typeof intValue === 'string' || typeof intValue === 'number') return numberOf(intValue);
  if (typeof doubleValue === 'number') return doubleValue;
  if (isSaid(value['arrayValue'])) return listIn(value['arrayValue'], 'values').map((item) => plainValue(item, depth + 1));
  if (isSaid(value['kvlistValue'])) return fromPairs(listIn(value['kvlistValue'], 'values'), depth + 1);
  return undefined;
}

function fromPairs(pairs: readonly unknown[], depth: number): Said {
  const values = new Map<string, unknown>();
  for (const pair of pairs) {
    const key = textIn(pair, 'key');
    const value = key === undefined ? undefined : plainValue(saidIn(pair, 'value'), depth);
    if (key !== undefined && value !== undefined && key !== '__proto__') values.set(key, value);
  }
  return Object.fromEntries(values);
}

/** A number, also one that is written as a text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?[0-9]{1,20}(?:\.[0-9]{1,20})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Milliseconds since 1970 of a count of nanoseconds; `undefined` where it says nothing. */
export function millisOf(nanos: unknown): number | undefined {
  const text = typeof nanos === 'string' ? nanos : typeof nanos === 'number' ? String(Math.round(nanos)) : '';
  const ms = /^[0-9]{7,22}$/.test(text) ? Number(text.slice(0, -6)) : 0;
  return ms > 0 && ms < 8.64e15 ? ms : undefined;
}
