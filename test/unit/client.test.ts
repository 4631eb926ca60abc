/** The client library by a fake clock and a fake network: order, patience, and what is kept. The outbox is a real folder. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judge, type PostAnswer } from '../../src/client/answer.ts';
import type { ClientOptions, TelemetryEvent } from '../../src/client/client-types.ts';
import { openClient } from '../../src/client/index.ts';
import { type Outside, Sender } from '../../src/client/sender.ts';

const START = Date.UTC(2026, 10, 21, 9);
const URL = 'http://127.0.0.1:7476';
const ok = (body = '{"accepted":1,"duplicate":0,"rejected":[],"accepted_event_ids":[]}'): PostAnswer => ({
  status: 200,
  retryAfter: undefined,
  body,
});
const refused = (status: number, retryAfter?: string): PostAnswer => ({ status, retryAfter, body: '{"error":{"message":"no"}}' });
const note = (text: string): TelemetryEvent => ({ type: 'annotation', payload: { text } });

interface Posted {
  readonly address: string;
  readonly body: { events: { payload: { text: string }; ts: string }[]; kind?: string; payload?: unknown };
  readonly headers: Readonly<Record<string, string>>;
}

/** A network that answers as it is told, and a clock that the test moves. */
class World implements Outside {
  readonly posted: Posted[] = [];
  answer: (posted: Posted) => PostAnswer | Promise<PostAnswer> = () => ok();
  #now = START;
  #ids = 0;
  #timers: { at: number; work: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  chance(): number {
    return 1;
  }
  id(): string {
    return `id-${++this.#ids}`;
  }
  after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#now + milliseconds, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  async post(address: string, body: string, headers: Readonly<Record<string, string>>): Promise<PostAnswer> {
    const posted = { address, body: JSON.parse(body), headers };
    this.posted.push(posted);
    return this.answer(posted);
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = end;
  }

  /** What was said in the events that were posted, in order. */
  get texts(): string[] {
    return this.posted.flatMap(({ body }) => (body.events ?? []).map(({ payload }) => payload.text));
  }
}

const newFolder = (): string => mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'outbox-'));

function open(options: Partial<ClientOptions> = {}, world = new World()): { client: Sender; world: World; folder: string } {
  const folder = options.folder ?? newFolder();
  return { client: new Sender({ url: URL, ...options, folder }, world), world, folder };
}

describe('sending', () => {
  test('is together and in order, with a time that stays', async () => {
    const { client, world } = open({ session: 'editor-1', pr: 42 });
    for (const text of ['a', 'b', 'c']) client.enqueue(note(text));
    expect(world.posted).toEqual([]);
    await world.pass(100);
    expect(world.posted).toMatchObject([{ address: `${URL}/ingest`, body: { pr: 42 } }]);
    expect(world.posted[0]?.body.events).toMatchObject(Array(3).fill({ session: 'editor-1' }));
    expect(world.texts).toEqual(['a', 'b', 'c']);
    expect(world.posted[0]?.body.events[0]?.ts).toBe('2026-11-21T09:00:00.000Z');
    expect(client.pending).toBe(0);
  });

  test('keeps the order of kinds and targets, one request at a time', async () => {
    const { client, world } = open({ token: 'a-long-random-token' });
    client.enqueue({ kind: 'event', pr: 1, event: note('one') });
    client.enqueue({ kind: 'tool_call', endpoint: '/tools', payload: { n: 1 } });
    client.enqueue({ kind: 'index_sync', endpoint: 'https://elsewhere.example/sync', payload: [2] });
    client.enqueue({ kind: 'event', pr: 2, event: note('two') });
    client.enqueue({ ...note('three'), kind: 'tool_call' });
    let open_ = 0;
    world.answer = async () => {
      expect(++open_).toBe(1);
      await Promise.resolve();
      open_--;
      return ok();
    };
    await world.pass(1_000);
    expect(world.posted.map(({ address, body }) => [address, body.kind ?? body.events?.length])).toEqual([
      [`${URL}/ingest`, 1],
      [`${URL}/tools`, 'tool_call'],
      ['https://elsewhere.example/sync', 'index_sync'],
      [`${URL}/ingest`, 1],
      [`${URL}/ingest`, 1],
    ]);
    expect(world.posted[1]?.body).toEqual({ kind: 'tool_call', payload: { n: 1 } });
    expect(world.posted[1]?.headers).toMatchObject({ 'idempotency-key': 'id-2', authorization: 'Bearer a-long-random-token' });
    // the token is the server's and nobody else's
    expect(world.posted[2]?.headers).not.toHaveProperty('authorization');
  });

  test('before it was started nothing is sent, and nothing is lost', async () => {
    const world = new World();
    const client = new Sender({ folder: newFolder() }, world);
    client.enqueue(note('early'));
    expect(await client.fireSync(note('too'))).toBe('kept');
    await world.pass(60_000);
    expect([world.posted.length, client.pending]).toEqual([0, 2]);
    client.start({ url: `${URL}/`, token: 'a-long-random-token' });
    await world.pass(100);
    expect(world.texts).toEqual(['early', 'too']);
    expect(world.posted[0]?.headers).toEqual({ authorization: 'Bearer a-long-random-token' });
  });

  test('a server that is found by asking is asked for again, and nothing new must happen', async () => {
    let url: string | undefined;
    const { client, world } = open({ url: () => url });
    client.enqueue(note('early'));
    expect(await client.fireSync(note('too'))).toBe('kept');
    await world.pass(60_000);
    expect([world.posted.length, client.failure]).toEqual([0, undefined]);
    url = URL;
    await world.pass(1_000);
    expect(world.texts).toEqual(['early', 'too']);
  });

  test('what another client left goes where that one belonged', async () => {
    const world = new World();
    const { client, folder } = open({ url: () => undefined, session: 'window-1', pr: 1, repo: 'ada/shop' }, world);
    client.enqueue(note('of the first'));
    client.enqueue({ kind: 'event', branch: 'topic', event: note('elsewhere') });
    const again = adopted(folder, world, { session: 'window-2', pr: 2 });
    again.enqueue(note('of the second'));
    await world.pass(1_000);
    expect(world.posted.map(({ body }) => body)).toMatchObject([
      { pr: 1, repo: 'ada/shop', events: [{ session: 'window-1' }] },
      { branch: 'topic', repo: 'ada/shop', events: [{ session: 'window-1' }] },
      { pr: 2, events: [{ session: 'window-2' }] },
    ]);
    expect(world.posted[1]?.body).not.toHaveProperty('pr');
    expect(world.posted[2]?.body).not.toHaveProperty('repo');
  });
});

describe('patience', () => {
  test('fireSync gives up after 300 ms and keeps the event', async () => {
    const { client, world } = open();
    let let_go = (_: PostAnswer): void => {};
    world.answer = () => new Promise((resolve) => (let_go = resolve));
    let told: string | undefined;
    void client.fireSync(note('slow')).then((outcome) => (told = outcome));
    await world.pass(299);
    expect([told, world.posted.length]).toEqual([undefined, 1]);
    await world.pass(1);
    expect(told).toBe('kept');
    let_go(ok());
    await world.pass(1);
    expect(client.pending).toBe(0);
    world.answer = () => ok();
    void client.fireSync(note('fast')).then((outcome) => (told = outcome));
    await world.pass(1);
    expect(told).toBe('sent');
  });

  test.each([
    ['away', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    ['failing', () => refused(500)],
    ['somebody else', () => ok('<html>')],
    ['half an answer', () => ok('{"accepted":1,"rej')],
    ['without a token', () => refused(401)],
    ['misconfigured', () => refused(404)],
  ])('while the server is %s it tries again after pauses that grow, and keeps error, attempts and order', async (_, answer) => {
    const { client, world, folder } = open();
    world.answer = answer;
    client.enqueue(note('first'));
    await world.pass(20);
    const when: number[] = [];
    for (let last = world.posted.length; when.length < 9; last = world.posted.length) {
      const from = world.now();
      while (world.posted.length === last) await world.pass(10);
      when.push(Math.round((world.now() - from) / 100) * 100);
    }
    expect(when.slice(0, 4)).toEqual([300, 500, 1_000, 2_000]);
    expect(when.at(-1)).toBe(60_000);
    expect(client.failure).toMatchObject({ attempts: 10, error: expect.any(String) });
    client.enqueue(note('second'));
    expect(world.posted).toHaveLength(10);
    // what is kept survives us
    const again = adopted(folder, world);
    expect(again.pending).toBe(2);
    expect(again.failure).toMatchObject({ attempts: 10 });
    world.posted.length = 0;
    world.answer = () => ok();
    await world.pass(1_000);
    expect(world.texts).toEqual(['first', 'second']);
    expect(again.failure).toBeUndefined();
  });

  test('a pause that the other side asks for is kept, whoever is in a hurry', async () => {
    const { client, world } = open();
    world.answer = () => refused(429, '7');
    client.enqueue(note('a'));
    await world.pass(100);
    expect(world.posted).toHaveLength(1);
    world.answer = () => ok();
    const fired = client.fireSync(note('b'));
    await world.pass(6_000);
    expect(await fired).toBe('kept');
    expect(world.posted).toHaveLength(1);
    await world.pass(1_000);
    expect(world.texts).toEqual(['a', 'a', 'b']);
  });

  test('flushPending tells how many were pending, and tries at once', async () => {
    const { client, world } = open();
    world.answer = () => refused(503);
    client.enqueue(note('a'));
    client.enqueue(note('b'));
    await world.pass(10_000);
    const before = world.posted.length;
    const failed = client.flushPending();
    await world.pass(1);
    expect(await failed).toEqual({ pending: 2, sent: 0, left: 2 });
    expect(world.posted.length).toBe(before + 1);
    world.answer = () => ok();
    const done = client.flushPending();
    await world.pass(1);
    expect(await done).toEqual({ pending: 2, sent: 2, left: 0 });
  });
});

describe('what is refused', () => {
  test('one that is poisoned is set aside with its error, and holds nothing up', async () => {
    const { client, world } = open();
    world.answer = ({ body }) => (body.events.some(({ payload }) => payload.text === 'bad') ? refused(400) : ok());
    for (const text of ['a', 'b', 'bad', 'c', 'd']) client.enqueue(note(text));
    await world.pass(1_000);
    expect(client.pending).toBe(0);
    expect(client.setAside()).toMatchObject([
      { status: 400, error: 'the answer was 400: no', entry: { event: { payload: { text: 'bad' } } } },
    ]);
    const taken = world.posted.filter(({ body }) => !body.events.some(({ payload }) => payload.text === 'bad'));
    expect(taken.flatMap(({ body }) => body.events.map(({ payload }) => payload.text))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an event that the server rejects by its index is set aside, the others are done', async () => {
    const { client, world } = open();
    world.answer = () =>
      ok('{"accepted":1,"duplicate":0,"rejected":[{"index":1,"code":"bad-event","message":"no such thing"}],"accepted_event_ids":[]}');
    client.enqueue(note('good'));
    client.enqueue(note('bad'));
    await world.pass(100);
    expect(client.setAside()).toMatchObject([{ error: 'no such thing', entry: { event: { payload: { text: 'bad' } } } }]);
    expect([client.pending, world.posted.length]).toEqual([0, 1]);
  });

  test('too much at once is sent in parts; what is too much by itself is set aside', async () => {
    const { client, world } = open();
    world.answer = ({ body }) =>
      body.events.length > 2 || body.events.some(({ payload }) => payload.text === 'huge') ? refused(413) : ok();
    for (const text of ['1', '2', '3', '4', '5', 'huge', '6']) client.enqueue(note(text));
    await world.pass(1_000);
    const taken = world.posted.filter(({ body }) => body.events.length <= 2 && !body.events.some(({ payload }) => payload.text === 'huge'));
    expect(taken.flatMap(({ body }) => body.events.map(({ payload }) => payload.text))).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(client.setAside()).toHaveLength(1);
  });

  test('an endpoint that is none, or is not there, is set aside', async () => {
    const { client, world } = open();
    world.answer = () => refused(404);
    for (const endpoint of ['file:///etc/passwd', 'http://', '/gone']) client.enqueue({ kind: 'tool_call', endpoint, payload: {} });
    await world.pass(100);
    expect(client.setAside().map(({ error }) => error)).toEqual([
      'the endpoint is no address',
      'the endpoint is no address',
      'the answer was 404: no',
    ]);
  });

  test('what cannot be said, and what finds no room, is dropped and counted; nothing throws', async () => {
    const problems: string[] = [];
    const { client } = open({ maxBytes: 500, onProblem: (problem) => problems.push(problem) });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    client.enqueue({ type: 'annotation', payload: circle });
    for (let i = 0; i < 10; i++) client.enqueue(note('x'.repeat(60)));
    expect(client.dropped + client.pending).toBe(11);
    expect(client.dropped).toBeGreaterThan(5);
    expect(problems.at(-1)).toBe('an entry was dropped: the outbox is full');
  });
});

describe('the outbox', () => {
  test('what a dead process left is sent first, less what was sent, torn or foreign lines passed over', async () => {
    const { client, world, folder } = open();
    world.answer = ({ body }) => (body.events.length > 1 ? refused(413) : world.posted.length > 3 ? refused(500) : ok());
    for (const text of ['a', 'b', 'c']) client.enqueue(note(text));
    await world.pass(50);
    expect(client.pending).toBe(2);
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
    appendFileSync(join(folder, file), '\n{"id":"x","entry":{"kind":"ev');
    writeFileSync(join(folder, 'notes.txt'), 'of somebody else');
    world.answer = () => ok();
    world.posted.length = 0;
    const again = adopted(folder, world);
    again.enqueue(note('d'));
    await world.pass(1_000);
    expect(world.texts).toEqual(['b', 'c', 'd']);
    await again.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).toEqual([]);
  });

  test('a living process keeps its own', () => {
    const folder = newFolder();
    writeFileSync(
      join(folder, `00000000a-${process.ppid}-abc.ndjson`),
      '{"id":"1","entry":{"kind":"event","event":{"type":"x","payload":{}}}}\n',
    );
    expect(open({ folder }).client.pending).toBe(0);
  });

  test('gives each entry an id of its own, however many come', () => {
    const folder = newFolder();
    const client = openClient({ folder });
    for (let i = 0; i < 600; i++) client.enqueue(note(`${i} é`));
    const stored = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/^\{"id":"[0-9a-f]{16}",/gm) ?? []);
    expect([stored.length, new Set(stored).size, client.dropped]).toEqual([600, 600, 0]);
  });

  test('is readable by its owner alone', () => {
    const { client, folder } = open({ url: () => undefined });
    client.enqueue(note('private'));
    const [file = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, file), 'utf8')).toContain('private');
  });
});

test('answers are judged by what they say of the entry', () => {
  const kinds = (isBatch: boolean, ...statuses: number[]) => new Set(statuses.map((status) => judge(refused(status), isBatch, 0).kind));
  expect(kinds(true, 301, 401, 403, 404, 405, 408, 421, 425, 429, 500, 502, 503, 507)).toEqual(new Set(['again']));
  expect(kinds(true, 400, 409, 413, 415, 422)).toEqual(new Set(['apart']));
  expect(kinds(false, 400, 404, 405, 410, 413, 422)).toEqual(new Set(['apart']));
  expect(judge(refused(429, 'Sat, 21 Nov 2026 09:00:05 GMT'), true, START)).toMatchObject({ wait: 5_000 });
  expect(judge(refused(429, 'soon'), true, START)).toMatchObject({ wait: undefined });
  expect(judge(refused(429, '999999999'), true, START)).toMatchObject({ wait: 600_000 });
});

/** A client that finds the folder as it would be found if all who wrote to it had died. */
function adopted(folder: string, world: World, options: Partial<ClientOptions> = {}): Sender {
  for (const name of readdirSync(folder))
    if (/^[0-9a-z]{9}-/.test(name)) renameSync(join(folder, name), join(folder, name.replace(/-[0-9]+-/, '-999999999-')));
  return open({ ...options, folder }, world).client;
}
