/** Values that a JSON Schema allows, for fast-check: as much of the language as zod writes. */
import * as fc from 'fast-check';

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** Texts that have hurt others. */
const ODD = [
  '',
  '\0',
  '\u202e',
  '../..',
  '%2e%2e%2f',
  '{{7*7}}',
  '__proto__',
  '\ud800',
  '2026-13-45T99:99:99Z',
  '9'.repeat(30),
  'ü'.normalize('NFD'),
  '\n\r\t',
];

/** Values that a schema allows. @param find what a `$ref` leads to */
export function allowedBy(schema: JsonSchema, find: (ref: string) => JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return allowedBy(find(schema.$ref), find, depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => allowedBy(one, find, depth)));
  if (typeof schema.type === 'object') return fc.oneof(...schema.type.map((type) => allowedBy({ ...schema, type }, find, depth)));
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const min = schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1_000_000 : schema.exclusiveMinimum + 1);
      return fc.integer({ min, max: Math.min(schema.maximum ?? 1_000_000, Number.MAX_SAFE_INTEGER) });
    }
    case 'string':
      return schema.pattern === undefined
        ? fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...ODD))
        : fc
            .stringMatching(new RegExp(schema.pattern.replace('(?!\\.)', '')))
            .filter((text) => new RegExp(schema.pattern ?? '').test(text));
    case 'array':
      return fc.array(schema.items === undefined ? fc.jsonValue() : allowedBy(schema.items, find, depth + 1), {
        maxLength: depth > 2 ? 2 : 5,
      });
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, allowedBy(one, find, depth + 1)] as const);
      const record = fc.record(Object.fromEntries(members), { requiredKeys: [...(schema.required ?? [])] });
      return fc
        .tuple(
          fc.dictionary(
            fc.string({ maxLength: 8 }).filter((name) => !Object.hasOwn(schema.properties ?? {}, name)),
            fc.jsonValue({ maxDepth: 2 }),
            { maxKeys: 2 },
          ),
          record,
        )
        .map(([more, known]) => ({
          ...more,
          ...known,
        }));
    }
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

/** Such values with one part of them made something else: what a careless client sends. */
export function nearlyAllowedBy(schema: JsonSchema, find: (ref: string) => JsonSchema): fc.Arbitrary<unknown> {
  const other = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...ODD), fc.constantFrom(1e308, -0, 0.1, 2 ** 53));
  return fc
    .tuple(allowedBy(schema, find), fc.array(fc.nat(20), { maxLength: 4 }), other)
    .map(([value, path, instead]) => replaced(value, path, instead));
}

function replaced(value: unknown, [step, ...rest]: readonly number[], instead: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return instead;
  const entries = Object.entries(value);
  const at = step % Math.max(1, entries.length);
  const changed = entries.map(([name, item], i) => [name, i === at ? replaced(item, rest, instead) : item] as const);
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}
