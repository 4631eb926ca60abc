/**
 * Stage 1, CI: reads single values out of an environment and of an event's payload. Both are foreign, an event of a fork
 * hostile: what is not of the shape that git or a host gives it is as good as missing. Pure.
 */
import type { Oid } from '../../core/ports.ts';
import { normaliseTime, type Timestamp } from '../../core/time.ts';
import { isBranchName } from '../../core/trace-name.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Characters of a name, title or URL that are kept. */
const LONGEST = 2_000;

/** A text that says something, on one line; `undefined` for every other value. */
export function textIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return text === '' ? undefined : text;
}

/** Some member of a value; `undefined` where it is no object or has none of its own. */
export function memberIn(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name]; // an object, just looked at
  }
  return found;
}

/** A pull request's number, as text. */
export function numberIn(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[1-9][0-9]{0,9}$/.test(text) ? text : undefined;
}

/** A whole number from 0 on. */
export function countIn(value: unknown): number | undefined {
  return typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined;
}

/** A commit's name; that of no commit, all zeros, is none. */
export function oidIn(value: unknown): Oid | undefined {
  return typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value) && !/^0+$/.test(value) ? value : undefined;
}

/** A branch's name, without `refs/heads/`. */
export function branchIn(value: unknown): string | undefined {
  const name = typeof value === 'string' ? value.replace(/^refs\/heads\//, '') : '';
  return name.length <= LONGEST && !name.startsWith('refs/') && isBranchName(name) ? name : undefined;
}

/** A repository's path on its host: `owner/repo`, in GitLab also with groups between. */
export function repositoryIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  const isPath =
    /^[\w.-]+(?:\/[\w.-]+)+$/.test(value) && !value.split('/').some((step) => step === '.' || step === '..' || step.startsWith('-'));
  return isPath ? value : undefined;
}

/** An address on the web, without what names a person in it and without a final slash. */
export function urlIn(value: unknown): string | undefined {
  const text = textIn(value);
  if (text === undefined || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

/** A time with a zone, as events say it. */
export function timeIn(value: unknown): Timestamp | undefined {
  return typeof value === 'string' && value.length < 64 ? normaliseTime(value) : undefined;
}
