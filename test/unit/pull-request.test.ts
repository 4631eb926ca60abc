import { describe, expect, test } from 'vitest';
import { choosePullRequest, linkedEvent, reviewedEvent, updatedEvent } from '../../src/capture/pull-request.ts';
import type { PullRequest } from '../../src/core/host.ts';

const OPEN: PullRequest = {
  number: '42',
  host: 'example.com',
  repository: 'o/r',
  title: 'mend it',
  status: 'open',
  url: 'https://example.com/o/r/pull/42',
  createdAt: '2026-11-20T10:00:00.000Z',
  mergedAt: null,
  closedAt: null,
  head: { branch: 'topic', oid: 'a'.repeat(40), repository: 'o/r', cloneUrl: 'https://example.com/o/r.git' },
  base: { branch: 'main' },
  mergeCommit: null,
};
const CLOSED: PullRequest = { ...OPEN, number: '40', status: 'closed', closedAt: '2026-11-20T11:00:00.000Z' };
const MERGED: PullRequest = {
  ...OPEN,
  status: 'merged',
  mergedAt: '2026-11-21T09:00:00.000Z',
  closedAt: '2026-11-21T09:00:00.000Z',
  mergeCommit: 'b'.repeat(40),
};
const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const UNKNOWN = { title: null, status: 'open', created_at: null, merged_at: null } as const;
const known = (pr: PullRequest) => ({ title: pr.title, status: pr.status, created_at: pr.createdAt, merged_at: pr.mergedAt });

describe('which pull request is meant', () => {
  test('the one that is open, whatever was closed', () => {
    expect(choosePullRequest([CLOSED, OPEN])).toEqual({ kind: 'one', pullRequest: OPEN, all: [CLOSED, OPEN] });
  });
  test('one that was found twice is one', () => {
    expect(choosePullRequest([OPEN, { ...OPEN }])).toMatchObject({ kind: 'one' });
  });
  test('none of several that are open', () => {
    const other = { ...OPEN, number: '43', base: { branch: 'release' } };
    expect(choosePullRequest([OPEN, other])).toEqual({ kind: 'many', open: [OPEN, other] });
  });
  test('the same number in two repositories is two', () => {
    expect(choosePullRequest([OPEN, { ...OPEN, repository: 'up/r' }])).toMatchObject({ kind: 'many' });
  });
  test('of several closed ones the newest, and no claim that it is meant', () => {
    const newer = { ...CLOSED, number: '41', createdAt: '2026-11-20T10:30:00.000Z' };
    expect(choosePullRequest([CLOSED, newer])).toEqual({ kind: 'closed', pullRequest: newer });
  });
  test('none at all', () => {
    expect(choosePullRequest([])).toEqual({ kind: 'none' });
  });
});

describe('what is recorded of a host', () => {
  test('a pull request that was not known, with the time it was made', () => {
    expect(updatedEvent(OPEN, UNKNOWN, NOW)).toEqual({
      type: 'pr_updated',
      ts: OPEN.createdAt,
      tsAssigned: false,
      payload: {
        closed_at: null,
        created_at: OPEN.createdAt,
        merge_commit: null,
        merged_at: null,
        status: 'open',
        title: 'mend it',
        url: OPEN.url,
      },
    });
  });
  test('nothing where nothing has changed', () => {
    for (const pr of [OPEN, CLOSED, MERGED]) expect(updatedEvent(pr, known(pr), NOW)).toBeUndefined();
  });
  test.each([
    ['merged', MERGED, OPEN, MERGED.mergedAt],
    ['closed', CLOSED, OPEN, CLOSED.closedAt],
    ['merged and never seen before', MERGED, undefined, MERGED.mergedAt],
    ['re-opened, of which the host has no time', OPEN, CLOSED, '2026-11-21T12:00:00.000Z'],
    ['renamed while open', { ...OPEN, title: 'mended' }, OPEN, '2026-11-21T12:00:00.000Z'],
    ['renamed after it was merged', { ...MERGED, title: 'mended' }, MERGED, '2026-11-21T12:00:00.000Z'],
  ])('%s', (_, pr, before, ts) => {
    const event = updatedEvent(pr, before === undefined ? UNKNOWN : known(before), NOW);
    expect(event).toMatchObject({ ts, payload: { status: pr.status, title: pr.title, merged_at: pr.mergedAt } });
  });
  test('a link, said the same whenever it is said', () => {
    const of = { number: '42', repository: 'o/r', host: 'example.com', head: 'topic', base: 'main' };
    expect(linkedEvent(of, NOW)).toMatchObject({ tsAssigned: true, payload: linkedEvent(of, 0).payload });
    expect(linkedEvent({ number: '42' }, NOW).payload).toEqual({ base: null, head: null, host: null, pr_id: '42' });
  });
  test('a review, at the time it was submitted', () => {
    const review = { reviewer: 'cleo', sha: null, state: 'approved', submittedAt: '2026-11-21T08:00:00.000Z' } as const;
    expect(reviewedEvent(review)).toEqual({
      type: 'pr_reviewed',
      ts: review.submittedAt,
      tsAssigned: false,
      payload: { reviewer: 'cleo', sha: null, state: 'approved', submitted_at: review.submittedAt },
    });
  });
});
