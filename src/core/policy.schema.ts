/**
 * The team's policy, as the committed `.gittrace.json` says it (docs/policy.md). Checked strictly: a member that is not
 * known is an error, for a misspelt one would silently record what nobody wanted recorded.
 */
import * as z from 'zod/mini';

const flag = z.optional(z.boolean());
const texts = z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(500))).check(z.maxLength(200)));
const bytes = (most: number) => z.optional(z.int().check(z.minimum(0), z.maximum(most)));

const policySchema = z.strictObject({
  $schema: z.optional(z.string()),
  capture: z.optional(
    z.strictObject({
      commands: flag,
      diffs: flag,
      edits: flag,
      navigation: flag,
      output: flag,
      prompts: flag,
    }),
  ),
  caps: z.optional(z.strictObject({ diff: bytes(65_536), edits: bytes(1_000), file: bytes(67_108_864) })),
  exclude: z.optional(z.strictObject({ commands: texts, paths: texts })),
  redact: z.optional(
    z.strictObject({
      allow: texts,
      rules: z.optional(
        z
          .array(
            z.strictObject({
              kind: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,40}$/)),
              pattern: z.string().check(z.minLength(1), z.maxLength(1_000)),
            }),
          )
          .check(z.maxLength(200)),
      ),
    }),
  ),
  tests: z.optional(z.strictObject({ reports: texts })),
});

/** What `.gittrace.json` holds; every member may be missing. */
export type PolicyFile = z.infer<typeof policySchema>;

/** Checks a parsed policy; a text says what is wrong with it, git-style. */
export function readPolicyFile(value: unknown): PolicyFile | string {
  const result = z.safeParse(policySchema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) return 'it is no policy';
  const path = issue.path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`)).join('');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `there is no setting "${[path, issue.keys[0]].filter((part) => part !== '').join('.')}"`;
    case 'invalid_type':
      return `${path === '' ? 'it' : `"${path}"`} must be ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'too_big':
      return `"${path}" is more than ${issue.maximum}`;
    case 'too_small':
      return `"${path}" is less than ${issue.minimum}`;
    case 'invalid_format':
      return `"${path}" must be lower-case letters, digits and dashes`;
    default:
      return `"${path}" has a value that cannot be used`;
  }
}

/** JSON Schema (2020-12) of the policy file, for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(policySchema);
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'git trace policy (.gittrace.json)', ...schema };
}
