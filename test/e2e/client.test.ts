/** The client library as it is published: built, typed, and doing what docs/client.md shows. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
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
  const code = (shown?.text ?? '').replace('/home/ada/.cache/my-editor/outbox', outbox).replace('http://127.0.0.1:7476', server.url);
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
