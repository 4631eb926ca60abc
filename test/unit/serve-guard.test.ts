/** Who may ask the server: names, origins, tokens and media types, as browsers and attackers send them. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HttpHead } from '../../src/core/http.ts';
import { bodyRefusal, type GuardOptions, hostName, refusalOf, safeHeaders } from '../../src/serve/guard.ts';
import { Rate } from '../../src/serve/rate.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const head = (headers: Record<string, string>, more: Partial<HttpHead> = {}): HttpHead => ({
  method: 'GET',
  path: '/traces',
  peer: '127.0.0.1',
  header: (name) => headers[name],
  ...more,
});
const local: GuardOptions = { names: new Set(['127.0.0.1']), isOpen: false, origins: new Set(), token: undefined, sha256 };
const open: GuardOptions = { ...local, names: new Set(['0.0.0.0', 'traces.example']), isOpen: true, token: sha256('a-long-random-token') };
const bearer = { authorization: 'Bearer a-long-random-token' };

describe('the Host header', () => {
  test.each([
    ['127.0.0.1:7476', undefined],
    ['localhost', undefined],
    ['LOCALHOST:7476', undefined],
    ['localhost.:7476', undefined],
    ['[::1]:7476', undefined],
    ['127.9.9.9', undefined],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:7476', 421],
    ['evil.example@localhost', 421],
    ['192.168.1.5', 421],
    ['0.0.0.0', 421],
    ['', 421],
  ])('%s on loopback: %s', (host, status) => {
    expect(refusalOf(head({ host }), local)?.status).toBe(status);
  });

  test.each([
    ['traces.example', undefined],
    ['192.168.1.5:7476', undefined],
    ['[fe80::1]:7476', undefined],
    ['rebound.evil.example', 421],
  ])('%s beyond loopback: %s', (host, status) => {
    expect(refusalOf(head({ host, ...bearer }), open)?.status).toBe(status);
  });

  test('what is no host has no name', () => {
    for (const text of ['a b', 'a:b', 'a/b', '[::1', '::1']) expect(hostName(text)).toBe('');
  });
});

describe('pages in browsers', () => {
  const from = (headers: Record<string, string>, origins: string[] = []) =>
    refusalOf(head({ host: 'localhost', ...headers }), { ...local, origins: new Set(origins) })?.status;

  test('a foreign page is refused, one of an allowed origin is not', () => {
    expect(from({ origin: 'https://evil.example' })).toBe(403);
    expect(from({ origin: 'null' })).toBe(403);
    expect(from({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(from({ 'sec-fetch-site': 'none' })).toBeUndefined();
    expect(from({ origin: 'https://ours.example', 'sec-fetch-site': 'cross-site' }, ['https://ours.example'])).toBeUndefined();
    expect(from({ origin: 'https://ours.example.evil' }, ['https://ours.example'])).toBe(403);
  });

  test('only an allowed origin may read', () => {
    const origins = new Set(['https://ours.example']);
    expect(safeHeaders(head({ origin: 'https://ours.example' }), origins)).toMatchObject({
      'access-control-allow-origin': 'https://ours.example',
    });
    expect(safeHeaders(head({ origin: 'https://evil.example' }), origins)).not.toHaveProperty('access-control-allow-origin');
  });

  test('a body that a form could send is refused', () => {
    const of = (type: string, more = {}) => bodyRefusal(head({ 'content-type': type, ...more }))?.status;
    for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=application/json'])
      expect(of(type)).toBe(415);
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/x-ndjson']) expect(of(type)).toBeUndefined();
    expect(of('application/json', { 'content-encoding': 'gzip' })).toBe(415);
  });
});

describe('the token', () => {
  const at = { host: 'traces.example' };
  test('is wanted on every path but one', () => {
    expect(refusalOf(head(at), open)).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.any(String) } });
    expect(refusalOf(head({ ...at, authorization: 'Bearer a-long-random-tokem' }), open)?.status).toBe(401);
    expect(refusalOf(head({ ...at, authorization: 'Bearer ' }), open)?.status).toBe(401);
    expect(refusalOf(head({ ...at, authorization: 'Basic a-long-random-token' }), open)?.status).toBe(401);
    expect(refusalOf(head({ ...at, ...bearer }), open)).toBeUndefined();
    expect(refusalOf(head(at, { path: '/healthz' }), open)).toBeUndefined();
    expect(refusalOf(head(at, { path: '/healthz/../traces' }), open)?.status).toBe(401);
  });

  test('stands in no refusal', () => {
    const said = refusalOf(head({ ...at, authorization: 'Bearer secret-that-was-sent' }), open);
    expect(JSON.stringify([said?.message, said?.hints, said?.headers])).not.toContain('secret-that-was-sent');
  });
});

describe('the rate', () => {
  test('a burst is let through, then as many as flow in; each address has its own', () => {
    const rate = new Rate(10);
    const taken = (peer: string, now: number, times: number) =>
      Array.from({ length: times }, () => rate.take(peer, now)).filter((wait) => wait === 0).length;
    expect(taken('a', 0, 100)).toBe(20);
    expect(taken('b', 0, 5)).toBe(5);
    expect(rate.take('a', 0)).toBeCloseTo(0.1);
    expect(taken('a', 1_000, 100)).toBe(10);
    expect(taken('a', 60_000, 100)).toBe(20);
  });

  test('forgets who was silent longest, and no more than that', () => {
    const rate = new Rate(1);
    for (let i = 0; i < 5_000; i++) rate.take(`peer ${i}`, 0);
    expect(rate.take('peer 4999', 0)).toBe(0);
    expect(rate.take('peer 4999', 0)).toBeGreaterThan(0);
  });
});
