/**
 * The repository that docs/format.md shows, built for real, twice: with plain git from the files as they stand in the
 * page, and by a flush of the records they came from. Both must give the objects that the page shows, byte for byte.
 */
import { afterEach, expect, test } from 'vitest';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { systemHashes, systemRandom } from '../../src/adapters/system.ts';
import type { JsonObject } from '../../src/core/canonical.ts';
import { parseLine } from '../../src/core/line.ts';
import { RECORD_ALL } from '../../src/core/policy.ts';
import type { Repository } from '../../src/core/ports.ts';
import { makeRedactor } from '../../src/core/redact.ts';
import { parseSegmentPath } from '../../src/core/segment.ts';
import { flush } from '../../src/journal/flush.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { blocksNamed, fencedBlocks, readPage } from '../helpers/fenced.ts';
import { TestRepository } from '../helpers/repository.ts';

const blocks = fencedBlocks(readPage('docs/format.md'));
const files = blocksNamed(blocks, 'segment').map(({ text, values }) => ({ path: values['path'] ?? '', content: `${text}\n` }));
const lines = files.flatMap(({ path, content }) => (path === 'format' ? [] : content.trim().split('\n').map(parseLine)));
/** When the example was flushed. */
const NOW = '2026-11-21T09:21:00.000Z';

let open: Repository | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

/** What the page says that git says. */
function shown(): string {
  return blocksNamed(blocks, 'ls-tree')[0].text;
}

/** What git says, with the commands above it, as in the page. */
function said(repository: TestRepository): string {
  const commands = shown()
    .split('\n')
    .filter((line) => line.startsWith('$ git '))
    .map((line) => line.slice('$ git '.length));
  return commands.map((command) => `$ git ${command}\n${repository.git(...command.split(' '))}`).join('\n');
}

test('plain git builds the example from its files', () => {
  using repository = TestRepository.create();
  for (const { path, content } of files) {
    const oid = repository.gitWith({ input: content }, 'hash-object', '-w', '--stdin');
    repository.git('update-index', '--add', '--cacheinfo', `100644,${oid},${path}`);
  }
  const [, message = ''] = /\n\n(.*)$/s.exec(shown()) ?? [];
  const env = { GIT_AUTHOR_DATE: NOW, GIT_COMMITTER_DATE: NOW };
  const commit = repository.gitWith({ env }, 'commit-tree', repository.git('write-tree'), '-m', message);
  repository.git('update-ref', 'refs/traces/42/journal', commit);
  expect(said(repository)).toBe(shown());
});

test('a flush writes the example', async () => {
  using repository = TestRepository.create();
  open = await openRepository(repository.path, process.env, { interactive: false, timeout: 10_000 });
  const traceFiles = new TraceFolder(`${open.commonDir}/trace`);
  const spool = new SpoolFile(traceFiles, systemRandom, 'example', process.pid);
  for (const event of lines.filter(({ type }) => type !== 'session_started')) {
    // the events as their producers sent them: what was assigned is left out
    const own = event.assigned?.includes('session') === true;
    const record: SpoolRecord = {
      place: { trace: '42' },
      type: event.type,
      ts: event.ts,
      payload: event.payload as JsonObject, // from JSON
      ...(own ? {} : { session: { id: event.session, kind: 'api', tool: 'git-trace ingest' } }),
    };
    spool.append(record);
  }
  const started = lines.find(({ type }) => type === 'session_started');
  const result = await flush(
    {
      repository: open,
      files: traceFiles,
      clock: { now: () => Date.parse(NOW) },
      random: systemRandom,
      sha256: systemHashes.sha256,
      redactor: makeRedactor(),
      policy: RECORD_ALL,
      origin: async () => ({
        writer: parseSegmentPath(files[0]?.path ?? '')?.writer ?? '',
        tool: 'git-trace/1',
        developer: started?.payload['developer'] as JsonObject,
        environment: started?.payload['environment'] as JsonObject,
      }),
    },
    { wait: 0, finished: new Set([spool.name]) },
  );
  expect(result).toMatchObject({ accepted: 3, quarantined: 0 });
  expect(said(repository)).toBe(shown());
});

test('the developer of an address is as shown', () => {
  using repository = TestRepository.create();
  const { email, user_id } = JSON.parse(blocksNamed(blocks, 'developer')[0].text) as { email: string; user_id: string };
  repository.git('config', 'user.email', email);
  expect(repository.trace('note', 'hello')).toMatchObject({ status: 0 });
  const ref = 'refs/traces/heads/main/journal';
  const segment = repository
    .git('ls-tree', '-r', '--name-only', ref)
    .split('\n')
    .find((path) => path.endsWith('.ndjson'));
  const [line = ''] = repository.git('show', `${ref}:${segment}`).split('\n');
  expect(parseLine(line).payload['developer']).toMatchObject({ user_id });
});
