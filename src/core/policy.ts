/**
 * What may be recorded: the team's policy and the person's own settings as one value, and the decision for one event.
 * Pure. A person's settings only ever narrow what the team's policy allows.
 */
import { fail } from './errors.ts';
import { matchGlob, matchPath } from './glob.ts';
import type { EventPayload } from './line.ts';
import type { PolicyFile } from './policy.schema.ts';

/** Where the policy of a repository stands, in the top folder of its work tree. */
export const POLICY_FILE = '.gittrace.json';

/** Kinds of record that can be switched off. */
export type Captured = 'commands' | 'diffs' | 'edits' | 'navigation' | 'output' | 'prompts';

const CAPTURED: readonly Captured[] = ['commands', 'diffs', 'edits', 'navigation', 'output', 'prompts'];

export interface Policy {
  readonly capture: Readonly<Record<Captured, boolean>>;
  /** Commands recorded without their text, and paths whose edits are not recorded (patterns of glob.ts). */
  readonly exclude: { readonly commands: readonly string[]; readonly paths: readonly string[] };
  readonly caps: {
    /** Bytes of one file's diff. */
    readonly diff: number;
    /** Files that change together and are still told one by one. */
    readonly edits: number;
    /** Bytes of a file above which its content is not looked at. */
    readonly file: number;
  };
  readonly redact: { readonly rules: readonly { readonly kind: string; readonly pattern: string }[]; readonly allow: readonly string[] };
  /** Where test reports lie, relative to the work tree's top. */
  readonly reports: readonly string[];
}

/** What a person has set in git's configuration, below `trace.`. */
export interface Personal {
  flag(key: string): boolean | undefined;
  getAll(key: string): readonly string[];
}

const DEFAULTS = { diff: 16_384, edits: 50, file: 1_048_576 };

/**
 * Makes one policy of the team's and the person's.
 *
 * @throws bad-policy where a personal redaction rule cannot be read
 */
export function makePolicy(team: PolicyFile, personal: Personal): Policy {
  const allowed = (what: Captured): boolean => team.capture?.[what] !== false && personal.flag(`trace.capture${what}`) !== false;
  return {
    // a list of exactly these names
    capture: Object.fromEntries(CAPTURED.map((what) => [what, allowed(what)])) as Record<Captured, boolean>,
    exclude: {
      commands: [...(team.exclude?.commands ?? []), ...personal.getAll('trace.excludecommand')],
      paths: [...(team.exclude?.paths ?? []), ...personal.getAll('trace.exclude')],
    },
    caps: {
      diff: team.caps?.diff ?? DEFAULTS.diff,
      edits: team.caps?.edits ?? DEFAULTS.edits,
      file: team.caps?.file ?? DEFAULTS.file,
    },
    redact: {
      rules: [...(team.redact?.rules ?? []), ...personal.getAll('trace.redact').map(personalRule)],
      allow: team.redact?.allow ?? [],
    },
    reports: [...(team.tests?.reports ?? []), ...personal.getAll('trace.testreport')],
  };
}

/** No policy and no settings: everything that this version records. */
export const RECORD_ALL: Policy = makePolicy({}, { flag: () => undefined, getAll: () => [] });

/** A rule of one's own: `<kind>=<pattern>`, or a pattern alone. */
function personalRule(text: string): { kind: string; pattern: string } {
  const [, kind = 'personal', pattern = ''] = /^(?:([a-z][a-z0-9-]{0,40})=)?(.*)$/s.exec(text) ?? [];
  if (pattern === '') throw fail('bad-policy', `"trace.redact" is "${text}", expected <kind>=<regular expression>`);
  return { kind, pattern };
}

/**
 * What of an event may be recorded: the payload as it is, a narrowed one, or nothing.
 *
 * @example
 * allowed('navigation', { file: 'a', line: 1, column: 1 }, RECORD_ALL) // { file: 'a', line: 1, column: 1 }
 */
export function allowed(type: string, payload: EventPayload, policy: Policy): EventPayload | undefined {
  const { capture, exclude } = policy;
  switch (type) {
    case 'navigation':
      return capture.navigation && !isExcluded(payload['file'], exclude.paths) ? payload : undefined;
    case 'prompt':
      return capture.prompts ? payload : undefined;
    case 'command':
      return capture.commands ? command(payload, policy) : undefined;
    case 'edit':
      if (!capture.edits || isExcluded(payload['file'], exclude.paths) || isExcluded(payload['old_file'], exclude.paths)) return undefined;
      return capture.diffs || payload['diff_snippet'] === '' ? payload : { ...payload, diff_snippet: '' };
    case 'test':
      return test(payload, policy);
    case 'edits':
      return capture.edits ? payload : undefined;
    default:
      return payload;
  }
}

function command(payload: EventPayload, { capture, exclude }: Policy): EventPayload {
  const text = payload['command'];
  const hide =
    payload['hidden'] !== true &&
    (isExcluded(payload['cwd'], exclude.paths) ||
      (typeof text === 'string' && exclude.commands.some((glob) => matchesCommand(glob, text))));
  if (hide) {
    const { exit_code = null, duration_ms } = payload;
    return { command: '', exit_code, hidden: true, stdout_sample: '', ...(duration_ms === undefined ? {} : { duration_ms }) };
  }
  if (capture.output || payload['stdout_sample'] === undefined) return payload;
  const { stderr_sample: _, ...rest } = payload;
  return { ...rest, stdout_sample: '' };
}

/** Results of tests go with a command that is hidden; else they stay, without what is output or a command. */
function test(payload: EventPayload, { capture, exclude }: Policy): EventPayload | undefined {
  const { command: text, failures } = payload;
  if (typeof text === 'string' && exclude.commands.some((glob) => matchesCommand(glob, text))) return undefined;
  const { command: _, ...rest } = payload;
  const kept = capture.commands ? payload : rest;
  return capture.output || !Array.isArray(failures) ? kept : { ...kept, failures: failures.map(withoutMessage) };
}

function withoutMessage(failure: unknown): unknown {
  if (typeof failure !== 'object' || failure === null) return failure;
  const { message: _, ...rest } = failure as EventPayload; // an object, just looked at
  return rest;
}

/** In a command a `/` is nothing special: every `*` stands for any text. */
function matchesCommand(glob: string, text: string): boolean {
  return matchGlob(glob.replace(/\*+/g, '**').replaceAll('/', '\u0001'), text.slice(0, 2_000).replaceAll('/', '\u0001'));
}

function isExcluded(path: unknown, globs: readonly string[]): boolean {
  return typeof path === 'string' && path !== '' && globs.some((glob) => matchPath(glob, path));
}
