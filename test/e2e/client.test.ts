/** The client library as it is published: built, typed, and doing what docs/client.md shows. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fencedBlocks, readPage } from '../helpers/fenced.ts';
import { TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which `git-trace` is installed. */
function project(): string {
  const folder = join(TestRepository.create().path, 'project');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/git-trace'));
  return folder;
}

test('what the page shows records an event, and leaves an empty outbox', async () => {
  const repository = TestRepository.create();
  const server = await Server.start(repository);
  const folder = project();
  const outbox = join(folder, 'outbox');
  const [shown] = fencedBlocks(readPage('docs/client.md')).filter(({ language }) => language === 'js');
  // a busy machine may not answer within the 300 ms that the page gives it
  const code = (shown?.text ?? '')
    .replace('/home/ada/.cache/my-editor/outbox', outbox)
    .replace('http://127.0.0.1:7476', server.url)
    .replace('client.close()', 'client.close(30_000)');
  writeFileSync(join(folder, 'shown.mjs'), code);
  execFileSync(process.execPath, ['shown.mjs'], { cwd: folder });
  expect(readdirSync(outbox)).toEqual([]);
  expect((await server.ask('/traces/main')).text).toContain('looked at the failing test');
});

test('a server that is found by its file, and not there at first, gets what was kept by a process that has ended', async () => {
  const repository = TestRepository.create();
  const folder = project();
  const options = JSON.stringify({ folder: join(folder, 'outbox'), session: 'editor-7' });
  writeFileSync(
    join(folder, 'early.mjs'),
    `import { openClient } from 'git-trace/client';
     const client = openClient(${options});
     for (let i = 0; i < 50; i++) client.enqueue({ type: 'annotation', payload: { text: 'early ' + i } });
     process.kill(process.pid, 'SIGKILL');`,
  );
  expect(() => execFileSync(process.execPath, ['early.mjs'], { cwd: folder })).toThrow();
  const server = await Server.start(repository);
  writeFileSync(
    join(folder, 'late.mjs'),
    `import { readFileSync } from 'node:fs';
     import { openClient } from 'git-trace/client';
     const url = () => JSON.parse(readFileSync(${JSON.stringify(repository.inGitDir('trace/serve.json'))}, 'utf8')).url;
     const client = openClient({ ...${options}, url });
     console.log(JSON.stringify(await client.flushPending()));
     await client.close();`,
  );
  expect(JSON.parse(execFileSync(process.execPath, ['late.mjs'], { cwd: folder, encoding: 'utf8' }))).toEqual({
    pending: 50,
    sent: 50,
    left: 0,
  });
  const { events } = (await server.ask('/traces/main/events')).json as { events: { payload: { text?: string } }[] };
  expect(events.flatMap(({ payload }) => payload.text ?? [])).toEqual(Array.from({ length: 50 }, (_, i) => `early ${i}`));
});

test('its types are those of its code', () => {
  const folder = project();
  writeFileSync(
    join(folder, 'typed.ts'),
    `import { type Client, openClient } from 'git-trace/client';
     export const client: Client = openClient({ folder: 'outbox', url: () => undefined });
     export const outcome: Promise<'sent' | 'kept'> = client.fireSync({ kind: 'tool_call', endpoint: '/x', payload: 1 }, 300);
     // @ts-expect-error an event has a type
     client.enqueue({ payload: {} });`,
  );
  const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', target: 'es2022', types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});

test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
  ['never answers', () => {}],
  ['answers after half a minute', (_, response) => void setTimeout(() => response.end('{}'), 30_000).unref()],
  [
    'answers without an end',
    (_, response) => {
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    },
  ],
  ['closes in the middle of its answer', (request, response) => void response.writeHead(200).write('{', () => request.socket.destroy())],
])('a server that %s holds nobody up for longer than fireSync waits, and nothing is lost', async (_, manner) => {
  const server = createServer(manner).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = project();
  // a TCP server has an address of this shape
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    join(folder, 'fire.mjs'),
    `import { openClient } from 'git-trace/client';
     const client = openClient({ folder: ${JSON.stringify(join(folder, 'outbox'))}, url: 'http://127.0.0.1:${port}', session: 's' });
     const told = { answers: [], longest: 0 };
     for (let i = 0; i < 5; i++) {
       const before = process.hrtime.bigint();
       told.answers.push(await client.fireSync({ type: 'annotation', payload: { text: 'fired ' + i } }));
       told.longest = Math.max(told.longest, Number(process.hrtime.bigint() - before) / 1e6);
     }
     const before = process.hrtime.bigint();
     await client.close();
     console.log(JSON.stringify({ ...told, pending: client.pending, closing: Number(process.hrtime.bigint() - before) / 1e6 }));`,
  );
  const child = spawn(process.execPath, ['fire.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const told = JSON.parse(await text(child.stdout)) as { answers: string[]; longest: number; pending: number; closing: number };
  expect(told).toMatchObject({ answers: Array(5).fill('kept'), pending: 5 });
  // 300 ms and what the scheduler of a busy machine adds; the server's time would be ten times as long
  expect(Math.max(told.longest, told.closing)).toBeLessThan(300 + 2_500);
  process.stdout.write(`fireSync took ${told.longest.toFixed(0)} ms, close() ${told.closing.toFixed(0)} ms\n`);
});
