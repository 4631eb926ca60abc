/**
 * The schemas of all event types (docs/format.md, "Events"): known members are checked, unknown ones kept.
 * zod's small build, because a flush loads it (16 kB, 100,000 events in 0.1 s); JSON Schema is generated from here.
 */
import * as z from 'zod/mini';
import { type Fits, fitsOf } from './fits.schema.ts';

const count = z.int().check(z.nonnegative());
const text = z.string();
const oid = z.string().check(z.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/));
const when = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const status = z.enum(['started', 'completed', 'failed', 'interrupted', 'cancelled']);

export const developerSchema = z.looseObject({
  user_id: z.guid(),
  ide_version: z.optional(z.nullable(text)),
  os: text,
});

/** Every payload may say that something was redacted, or cut to its cap, or left out. */
const common = {
  redaction: z.optional(z.looseObject({ count, kinds: z.array(text) })),
  truncated: z.optional(z.boolean()),
};
const payload = <T extends z.core.$ZodLooseShape>(members: T) => z.looseObject({ ...common, ...members });

export const payloadSchemas = {
  annotation: payload({ text, target: z.optional(text) }),
  checkout: payload({
    branch: z.optional(z.nullable(text)),
    from: z.optional(text),
    new: z.optional(z.nullable(text)),
    old: z.optional(z.nullable(text)),
    to: z.optional(text),
  }),
  ci_run: payload({
    attempt: z.nullable(count),
    conclusion: z.nullable(text),
    duration_ms: z.optional(z.number().check(z.nonnegative())),
    event: z.optional(z.nullable(text)),
    job: z.nullable(text),
    matrix: z.optional(z.nullable(text)),
    provider: text,
    ref: z.optional(z.nullable(text)),
    run_id: text,
    run_url: z.nullable(text),
    sha: z.nullable(oid),
    workflow: z.nullable(text),
  }),
  command: payload({
    command: text,
    command_bytes: z.optional(text),
    command_length: z.optional(count),
    command_sha256: z.optional(text),
    cwd: z.optional(text),
    duration_ms: z.optional(z.number().check(z.nonnegative())),
    exit_code: z.nullable(z.int()),
    hidden: z.optional(z.boolean()),
    output_bytes: z.optional(count),
    output_sha256: z.optional(text),
    pipe_status: z.optional(z.array(z.int())),
    signal: z.optional(text),
    stderr_sample: z.optional(text),
    stdout_sample: text,
    terminal: z.optional(z.enum(['pty', 'pipe', 'inherit'])),
    unfinished: z.optional(z.boolean()),
  }),
  commit: payload({
    additions: z.optional(count),
    applied: z.optional(z.boolean()),
    branch: z.optional(z.nullable(text)),
    cherry_picked_from: z.optional(text),
    deletions: z.optional(count),
    files: z.optional(
      z.array(z.looseObject({ path: text, additions: z.optional(z.nullable(count)), deletions: z.optional(z.nullable(count)) })),
    ),
    files_changed: count,
    message: text,
    parents: z.optional(z.array(oid)),
    reverts: z.optional(text),
    sha: text,
  }),
  edit: payload({
    additions: z.optional(count),
    binary: z.optional(z.boolean()),
    boundary: z.optional(text),
    bytes: z.optional(count),
    change_summary: text,
    deletions: z.optional(count),
    diff_snippet: text,
    file: text,
    mode: z.optional(text),
    old_file: z.optional(text),
    old_mode: z.optional(text),
    source: z.optional(text),
    status: z.optional(text),
  }),
  edits: payload({
    additions: z.optional(count),
    boundary: z.optional(text),
    change_summary: text,
    deletions: z.optional(count),
    files: z.array(
      z.looseObject({
        path: text,
        additions: z.optional(z.nullable(count)),
        deletions: z.optional(z.nullable(count)),
        status: z.optional(text),
      }),
    ),
    files_changed: count,
    origin: z.enum(['work', 'vcs']),
  }),
  environment: payload({}),
  merge: payload({
    branch: z.optional(z.nullable(text)),
    command: z.optional(text),
    fast_forward: z.optional(z.boolean()),
    message: z.optional(text),
    old: z.optional(text),
    parents: z.optional(z.array(text)),
    sha: z.optional(text),
    squash: z.optional(z.boolean()),
  }),
  navigation: payload({ file: text, line: count, column: count }),
  pr_linked: payload({ pr_id: text, host: z.nullable(text), head: z.nullable(text), base: z.nullable(text) }),
  pr_reviewed: payload({
    reviewer: z.nullable(text),
    sha: z.nullable(oid),
    state: z.enum(['approved', 'changes_requested', 'commented', 'dismissed']),
    submitted_at: when,
  }),
  pr_updated: payload({
    closed_at: z.optional(z.nullable(when)),
    created_at: z.nullable(when),
    merge_commit: z.optional(z.nullable(oid)),
    merged_at: z.nullable(when),
    status: z.enum(['open', 'merged', 'closed']),
    title: z.nullable(text),
    url: z.optional(z.nullable(text)),
  }),
  prompt: payload({ model: z.optional(text), text }),
  push: payload({
    refs: z.array(z.looseObject({ ref: text, old: z.optional(z.nullable(text)), new: z.optional(z.nullable(text)) })),
    remote: text,
  }),
  rewrite: payload({
    command: text,
    count: z.optional(count),
    map: z.array(z.looseObject({ old: text, new: text })),
    onto: z.optional(text),
  }),
  session_ended: payload({ status: z.enum(['completed', 'failed', 'interrupted']) }),
  session_started: payload({
    developer: developerSchema,
    kind: z.enum(['shell', 'ide', 'agent', 'ci', 'hook', 'api']),
    model: z.optional(text),
    tool: text,
  }),
  test: payload({
    command: z.optional(text),
    duration_ms: z.optional(z.number().check(z.nonnegative())),
    failed: count,
    failures: z.array(z.union([text, z.looseObject({ name: text })])),
    framework: text,
    passed: count,
    report: z.optional(text),
    skipped: count,
    source: z.optional(z.enum(['local', 'ci'])),
    suite: z.optional(text),
    warning: z.optional(text),
  }),
  tool_call: payload({
    checkout_binding: z.optional(z.nullable(text)),
    command_preview: z.optional(z.nullable(text)),
    duration_ms: z.optional(z.number().check(z.nonnegative())),
    mode: z.optional(z.nullable(text)),
    project_slug: z.optional(z.nullable(text)),
    repository_fingerprint: z.optional(z.nullable(text)),
    status,
    tokens: z.optional(count),
    tokens_original: z.optional(count),
    tokens_saved: z.optional(z.int()),
    tool_name: text,
  }),
};

/** The types this version knows; any other snake_case type is legal too. */
export type KnownType = keyof typeof payloadSchemas;
/** The payload of a known type, as its schema says. */
export type PayloadOf<T extends KnownType> = z.infer<(typeof payloadSchemas)[T]>;

export interface Fault {
  /** Where, e.g. `payload.refs[0].ref`. */
  readonly path: string;
  /** What was wanted, in words. */
  readonly expected: string;
  readonly seen: unknown;
}

/** Of each type that was met, the question whether a payload fits. */
const questions = new Map<string, Fits>();

/** The first thing wrong with a payload of a known type; `undefined` if it is well or the type is unknown. */
export function payloadFault(type: string, value: unknown): Fault | undefined {
  if (questions.get(type)?.(value) === true || !Object.hasOwn(payloadSchemas, type)) return undefined;
  if (!questions.has(type)) questions.set(type, fitsOf(payloadSchemas[type as KnownType]));
  // Object.hasOwn has just told that it is one
  const result = z.safeParse(payloadSchemas[type as KnownType], value);
  if (result.success) return undefined;
  const issue = result.error.issues[0];
  if (issue === undefined) return { path: 'payload', expected: `a payload of type ${type}`, seen: value };
  const path = ['payload', ...issue.path];
  return { path: pathText(path), expected: wanted(issue), seen: at(value, issue.path) };
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'uuid' ? 'a UUID' : issue.format === 'regex' ? `text that matches ${issue.pattern}` : issue.format;
    default:
      return 'another value';
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`)).join('');
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    // looked at by a path that zod walked just now
    found = (found as Record<PropertyKey, unknown>)[step];
  }
  return found;
}

/** JSON Schema (2020-12) of one journal line, for other languages. */
export function lineJsonSchema(): Record<string, unknown> {
  const known = Object.entries(payloadSchemas).map(([type, schema]) => {
    const { $schema: _, ...payloadSchema } = z.toJSONSchema(schema, { unrepresentable: 'any' });
    return { if: { properties: { type: { const: type } }, required: ['type'] }, then: { properties: { payload: payloadSchema } } };
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'git trace journal line',
    type: 'object',
    required: ['payload', 'session', 'ts', 'type'],
    properties: {
      assigned: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: ['session', 'ts'] } },
      payload: { type: 'object' },
      session: { type: 'string', pattern: '^(?!\\.)[A-Za-z0-9._-]{1,64}$' },
      ts: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
      type: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$' },
    },
    allOf: known,
  };
}
