/** What is seen of a pull request from outside: the document in a new clone, the one comment, how a job ended. */
import { expect } from 'vitest';
import { TestRepository } from '../repository.ts';
import type { GitHub, Opened } from './github.ts';

export interface Shown {
  readonly pr: {
    readonly pr_id: string | null;
    readonly title: string | null;
    readonly status: string;
    readonly created_at: string | null;
    readonly merged_at: string | null;
  };
  readonly events: readonly { readonly type: string; readonly session: string; readonly payload: Readonly<Record<string, unknown>> }[];
}

/** The document, as somebody sees it who was not there. */
export function documentOf(github: GitHub, pull: Opened): Shown {
  const reader = TestRepository.create({ name: 'reader' });
  reader.git('remote', 'add', 'origin', github.cloneUrl(pull.repository));
  const shown = reader.trace('show', '--json', String(pull.number));
  if (shown.status !== 0) throw new Error(shown.stderr);
  return JSON.parse(shown.stdout) as Shown; // what show promises to print
}

/** The payloads of all events of a type. */
export const ofType = (shown: Shown, type: string): Readonly<Record<string, unknown>>[] =>
  shown.events.filter((event) => event.type === type).map(({ payload }) => payload);

/** The one comment; more than one is a fault. */
export async function theComment(github: GitHub, pull: Opened): Promise<string> {
  const all = (await github.comments(pull)).filter(({ body }) => body.startsWith('<!-- git-trace'));
  expect(all).toHaveLength(1);
  return all[0]?.body ?? '';
}

/** A job's step that went well and had nothing to warn of. */
export function expectDone({ status, stderr }: { status: number | null; stderr: string }): void {
  expect({ status, warnings: stderr.split('\n').filter((line) => line.startsWith('warning')) }).toEqual({ status: 0, warnings: [] });
}

/** Hosts tell whole seconds, documents thousandths. */
export const instant = (time: string | null): number => Date.parse(time ?? '');
