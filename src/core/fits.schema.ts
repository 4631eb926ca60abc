/**
 * A schema as a plain question: does a value fit it? Made of the schema itself, so that nothing is said twice, and a tenth of
 * what zod takes, which builds its answer as it looks. Says yes only where zod would; what it does not know it leaves to zod.
 */
import type * as z from 'zod/mini';

/** Whether a value surely fits. */
export type Fits = (value: unknown) => boolean;

const NO: Fits = () => false;

/** Makes the question of a schema. A `false` says nothing: then zod is to be asked, which also tells why. */
export function fitsOf(schema: z.core.$ZodType): Fits {
  // the union of all schemas that zod makes, told apart by their type; others come to the default
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ((def.checks ?? []).length > 0 && def.type !== 'string' && def.type !== 'number') return NO;
  switch (def.type) {
    case 'string':
      return both((value) => typeof value === 'string', checksOf(schema));
    case 'number':
      return both((value) => Number.isFinite(value), checksOf(schema));
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'unknown':
      return () => true;
    case 'enum': {
      const entries = new Set<unknown>(Object.values(def.entries));
      return (value) => typeof value === 'string' && entries.has(value);
    }
    case 'nullable':
      return either((value) => value === null, fitsOf(def.innerType));
    case 'optional':
      return either((value) => value === undefined, fitsOf(def.innerType));
    case 'union':
      return def.options.map(fitsOf).reduce(either, NO);
    case 'array': {
      const element = fitsOf(def.element);
      return (value) => {
        if (!Array.isArray(value)) return false;
        for (let i = 0; i < value.length; i++) if (!element(value[i])) return false;
        return true;
      };
    }
    case 'object':
      return def.catchall?._zod.def.type === 'unknown' ? objectOf(def.shape) : NO;
    default:
      return NO;
  }
}

function objectOf(shape: z.core.$ZodShape): Fits {
  const members = Object.entries(shape).map(([name, schema]) => ({ name, fits: fitsOf(schema) }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    // looked at member by member
    const object = value as Record<string, unknown>;
    for (const { name, fits } of members) if (!fits(object[name])) return false;
    return true;
  };
}

/** What a text or number is held to beyond its type; `undefined` where nothing is. */
function checksOf(schema: z.core.$ZodType): Fits | undefined {
  const { def } = schema._zod;
  // a format that is a type of its own (`z.int()`) is a check as well
  const checks = [...('check' in def ? [def] : []), ...(def.checks ?? []).map((check) => check._zod.def)];
  return checks.length === 0 ? undefined : checks.map((check) => checkOf(check as z.core.$ZodChecks['_zod']['def'])).reduce(both);
}

function checkOf(def: z.core.$ZodChecks['_zod']['def']): Fits {
  switch (def.check) {
    case 'number_format':
      return def.format === 'safeint' ? (value) => Number.isSafeInteger(value) : NO;
    case 'greater_than': {
      const { value: least, inclusive } = def;
      return typeof least === 'number' && inclusive ? (value) => typeof value === 'number' && value >= least : NO;
    }
    case 'string_format': {
      const { format, pattern } = def;
      if (pattern === undefined || pattern.global || pattern.sticky || (format !== 'regex' && format !== 'guid')) return NO;
      return (value) => typeof value === 'string' && pattern.test(value);
    }
    default:
      return NO;
  }
}

function both(one: Fits, other: Fits | undefined): Fits {
  return other === undefined ? one : (value) => one(value) && other(value);
}

function either(one: Fits, other: Fits): Fits {
  return (value) => one(value) || other(value);
}
