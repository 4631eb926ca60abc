/**
 * `kill -9` of the server, again and again, under load from eight clients and two that post by hand: everything that was
 * acknowledged is stored once, in order, without a gap, and every outbox is empty in the end. Ten kills, or with
 * GITTRACE_FAULT=all two hundred.
 */
import { mkdtempSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openClient } from '../../src/client/index.ts';
import { seeded } from '../helpers/chance.ts';
import { findFaults, readLines } from '../helpers/journal.ts';
import { TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';

const KILLS = process.env['GITTRACE_FAULT'] === 'all' ? 200 : 10;
const SEED = Number(process.env['GITTRACE_TEST_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const CLIENTS = 8;
const REF = 'refs/traces/42/journal';

test(`a server that is killed ${KILLS} times under load keeps what it answered for, once`, {
  timeout: 60_000 + KILLS * 6_000,
}, async () => {
  process.stdout.write(`kills of the server: GITTRACE_TEST_SEED=${SEED}\n`);
  const chance = seeded(SEED);
  const repository = TestRepository.create();
  let server = await Server.start(repository);
  const { port } = new URL(server.url);
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'outboxes-'));

  const clients = Array.from({ length: CLIENTS }, (_, i) =>
    openClient({ folder: join(folder, String(i)), url: server.url, pr: 42, session: `client-${i}` }),
  );
  let isOver = false;
  let said = 0;
  const saying = clients.map(async (client, i) => {
    for (let n = 0; !isOver; n++, said++) {
      client.enqueue({ type: 'annotation', payload: { text: `${i} ${n}` } });
      await wait(10);
    }
  });
  const acknowledged: string[] = [];
  const posting = ['x', 'y'].map(async (name) => {
    for (let n = 0; !isOver; n++) {
      const events = [0, 1, 2].map((k) => ({ ts: '2026-11-21T09:00:00Z', type: 'annotation', payload: { text: `${name} ${n} ${k}` } }));
      const answer = await server.ingest({ pr: 42, session: `poster-${name}`, events }).catch(() => undefined);
      if (answer?.status === 200) acknowledged.push(...(answer.json as { accepted_event_ids: string[] }).accepted_event_ids);
      await wait(5);
    }
  });

  for (let kill = 0; kill < KILLS; kill++) {
    await wait(chance.below(700));
    await server.stop('SIGKILL');
    server = await Server.start(repository, ['--port', port]);
  }
  isOver = true;
  await Promise.all([...saying, ...posting]);
  for (const client of clients) while (client.pending > 0) await client.flushPending(5_000);
  for (const client of clients) {
    expect([client.dropped, client.setAside()]).toEqual([0, []]);
    await client.close();
  }
  expect(await server.stop()).toBe(0);
  expect(readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)))).toEqual([]);

  const lines = [...readLines(repository, REF)];
  const textsOf = (session: string): string[] =>
    lines
      .filter(([path]) => path.includes(`/${session}/`))
      .flatMap(([, some]) => some.flatMap((line) => /"text":"([^"]+)"/.exec(line)?.[1] ?? []));
  const kept = clients.map((_, i) => textsOf(`client-${i}`));
  // each in order, from its first to its last, none twice
  for (const [i, texts] of kept.entries()) expect(texts).toEqual(texts.map((_, n) => `${i} ${n}`));
  expect(kept.reduce((sum, texts) => sum + texts.length, 0)).toBe(said);
  const ids = new Set(repository.trace('show', '42', '--ndjson').stdout.match(/(?<="id":")[0-9a-f]{64}/g));
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  for (const name of ['x', 'y']) {
    const texts = textsOf(`poster-${name}`);
    expect(new Set(texts).size).toBe(texts.length);
  }
  expect(findFaults(repository, REF)).toEqual([]);
  expect(repository.trace('verify', '42').status).toBe(0);
  process.stdout.write(`${said} events of clients, ${acknowledged.length} posted by hand, ${KILLS} kills: all stored once\n`);
});
