/** What the flush adds to a hook's commit or merge, and what it leaves alone. */
import { expect, test } from 'vitest';
import type { CommitFacts } from '../../src/core/ports.ts';
import { complete } from '../../src/journal/complete.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const facts = (commit: Partial<CommitFacts>): Map<string, CommitFacts> =>
  new Map([[one, { oid: one, parents: [two], message: 'x', files: [], ...commit }]]);
const record = (type: string, payload: SpoolRecord['payload']): SpoolRecord => ({
  place: { branch: 'b' },
  type,
  payload: { sha: one, ...payload },
});

test('where a commit comes from is read from what git wrote into its message', () => {
  const message = `x\n\nThis reverts commit ${two}, reversing\nchanges made to ${three}.\n\n(cherry picked from commit ${three})\n(cherry picked from commit ${two})\n`;
  expect(complete(record('commit', {}), facts({ message })).payload).toMatchObject({ reverts: two, cherry_picked_from: two });
  // the hook saw it
  expect(complete(record('commit', { cherry_picked_from: three }), facts({ message })).payload).toMatchObject({
    cherry_picked_from: three,
  });
  const said = complete(record('commit', {}), facts({ message: `he said: This reverts commit ${two}.` })).payload;
  expect(Object.keys(said).sort()).toEqual(['additions', 'branch', 'deletions', 'files', 'files_changed', 'message', 'parents', 'sha']);
});

test('a commit with several parents is a merge', () => {
  expect(complete(record('commit', {}), facts({ parents: [two, three] }))).toEqual({
    type: 'merge',
    payload: { sha: one, branch: 'b', message: 'x', parents: [two, three] },
  });
});

test('a fast-forward and a squash say nothing of the commit they lead to', () => {
  const forward = { fast_forward: true, old: two };
  expect(complete(record('merge', forward), facts({})).payload).toEqual({ sha: one, branch: 'b', ...forward });
  expect(complete(record('merge', { squash: true }), facts({})).payload).toEqual({ sha: one, squash: true });
});

test('a commit whose object is gone', () => {
  expect(complete(record('commit', {}), new Map())).toEqual({
    type: 'commit',
    payload: { sha: one, branch: 'b', files_changed: 0, message: '', missing: true },
  });
  expect(complete(record('merge', {}), new Map()).payload).toEqual({ sha: one, branch: 'b', missing: true });
});
