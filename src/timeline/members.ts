/**
 * Looks into payloads that anybody may have written: a member of another kind than expected counts as missing. Readers
 * never trust that a payload fits the schema of its type.
 */

/** An object's member; `undefined` for anything that is no object. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // an own member of an object, believed to be nothing in particular
  return (value as Record<string, unknown>)[name];
}

/** A member that is a text and not empty. */
export function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' && member !== '' ? member : undefined;
}

/** A member that is a finite number. */
export function numberOf(value: unknown, name: string): number | undefined {
  const member = memberOf(value, name);
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
}

/** A member that is a list; empty where there is none. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const member = memberOf(value, name);
  return Array.isArray(member) ? member : [];
}
