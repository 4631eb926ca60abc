/** `git trace serve`: takes events over HTTP and tells what the traces hold, for one repository or a folder of them. */
import { resolve } from 'node:path';
import { readInputFile } from '../../adapters/fs/input-file.ts';
import { findServed } from '../../adapters/fs/served-folder.ts';
import { mostOpenFiles } from '../../adapters/system.ts';
import { fail, messageOf } from '../../core/errors.ts';
import { HttpRefusal } from '../../core/http.ts';
import { VERSION } from '../../core/version.ts';
import { isLoopback } from '../../serve/guard.ts';
import { Rate } from '../../serve/rate.ts';
import { makeSite, type ServedRepository } from '../../serve/routes.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { OpenRepository } from '../served-repository.ts';

const MEBIBYTE = 1_048_576;
const LIMITS = {
  body: 8 * MEBIBYTE,
  held: 64 * MEBIBYTE,
  connections: 1_024,
  headersTime: 5_000,
  requestTime: 30_000,
  endTime: 5_000,
};
const INGEST_LIMITS = { events: 10_000, waiting: 200_000, file: 32 * MEBIBYTE };
const STREAMS = 128;
const REQUESTS_A_SECOND = 2_000;
const PORT = 7476;
/** Repositories of a folder that may be open at a time: each holds a process of git. */
const MOST_OPEN = 32;

export const serve: Command = {
  name: 'serve',
  summary: 'take events over HTTP, and tell what the traces hold',
  usage: ['serve [<options>]', 'serve --root <folder> [<options>]'],
  description:
    'Listens on this machine alone, unless told otherwise: POST /ingest takes a batch, GET /traces/<pr> gives it back.\n' +
    'What is answered is on the disk; it goes into the journal a moment later, and when the server ends. Beyond this\n' +
    'machine a token is needed. docs/serve.md tells of every path, limit and guarantee.',
  options: {
    listen: { type: 'string', value: '<address>', summary: 'listen on this address instead of 127.0.0.1' },
    port: { type: 'string', value: '<n>', summary: `listen on this port instead of ${PORT}; 0 takes a free one` },
    root: { type: 'string', value: '<folder>', summary: 'serve the repositories <folder>/<owner>/<repo>.git' },
    'token-file': { type: 'string', value: '<file>', summary: 'ask for the token in this file (else for that in GITTRACE_TOKEN)' },
    name: { type: 'string', value: '<name>', multiple: true, summary: 'go by this host name, too' },
    'allow-origin': { type: 'string', value: '<origin>', multiple: true, summary: 'let pages of this origin ask' },
    rate: { type: 'string', value: '<n>', summary: `take this many requests a second from one address instead of ${REQUESTS_A_SECOND}` },
  },
  arguments: { min: 0, max: 0 },
  examples: [
    ['git trace serve', 'for the editors and agents of this machine'],
    ['git trace serve --port 0', 'prints where it listens'],
    ['git trace serve --root /srv/git --listen 0.0.0.0 --token-file token', 'a server for a team'],
  ],
  async run(context, input) {
    const host = input.text('listen') ?? '127.0.0.1';
    const token = await tokenOf(context, input.text('token-file'));
    const isOpen = !isLoopback(host);
    if (isOpen && token === undefined)
      throw fail('usage', `'${host}' can be reached by others, so a token is needed`, [
        "put a long random text into a file and name it with '--token-file', or set GITTRACE_TOKEN",
      ]);
    const ended = untilTold();
    const { startServer } = await import('../../adapters/http/server.ts');
    const { makeMeter } = await import('../../adapters/http/metrics.ts');
    const open = new Map<string, Promise<OpenRepository>>();
    const ready = new Set<OpenRepository>();
    const meter = makeMeter({
      spool_events: {
        help: 'Events that are durable and not in a journal yet',
        value: () => [...ready].reduce((sum, { waiting }) => sum + waiting, 0),
      },
    });
    const root = input.text('root');
    const opening = async (path: string): Promise<OpenRepository> => {
      const repository = await OpenRepository.open(context, path, { meter, limits: INGEST_LIMITS, exact: root !== undefined });
      ready.add(repository);
      return repository;
    };
    const find = root === undefined ? await single(context, opening) : finder(resolve(context.cwd, root), open, opening);
    const site = makeSite({
      repository: find,
      folder: root !== undefined,
      guard: guardOf(input, host, isOpen, token === undefined ? undefined : context.sha256(token)),
      rate: new Rate(input.number('rate', 1) ?? REQUESTS_A_SECOND),
      meter,
      sha256: context.sha256,
      version: VERSION,
      now: () => performance.now(),
      streams: STREAMS,
      warn: (message) => context.output.say(`warning: ${message}`),
      isWell: () => [...ready].every(({ isWell }) => isWell),
    });
    try {
      // as many again stay for files and for git: who connects must not keep it from writing
      const connections = Math.min(LIMITS.connections, Math.floor((mostOpenFiles() ?? 2 * LIMITS.connections) / 2));
      const server = await startServer(site, { host, port: portOf(input) }, { ...LIMITS, connections });
      if (root === undefined) for (const repository of ready) repository.announce(server.url);
      context.output.out(`${server.url}\n`);
      await ended;
      await server.close();
    } finally {
      await closeAll(context, ready);
    }
    return 0;
  },
};

function guardOf(input: Input, host: string, isOpen: boolean, token: string | undefined) {
  const names = new Set([host, ...input.texts('name')].map((name) => name.toLowerCase()));
  return { names, isOpen, origins: new Set(input.texts('allow-origin')), token };
}

/** The port; no service has more than five digits of it. @throws bad-argument */
function portOf(input: Input): number {
  const port = input.number('port', 0) ?? PORT;
  if (port > 65_535) throw fail('bad-argument', `--port is "${port}", expected at most 65535`);
  return port;
}

/** Resolves when this process is asked to end; from then on a second time ends it at once. */
function untilTold(): Promise<void> {
  return new Promise((tell) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => tell());
  });
}

async function tokenOf(context: Context, file: string | undefined): Promise<string | undefined> {
  const text = file === undefined ? context.env['GITTRACE_TOKEN'] : (await readInputFile(file, context.cwd)).toString('utf8');
  const token = text?.trim();
  if (token === undefined) return undefined;
  if (token.length < 16 || /\s/.test(token))
    throw fail('usage', 'the token is too short, or has spaces in it: expected at least 16 characters', [
      "make one with 'openssl rand -hex 32'",
    ]);
  return token;
}

type Find = (name: string | undefined) => Promise<ServedRepository>;

/** The repository we stand in, whatever name is given. */
async function single(context: Context, opening: (path: string) => Promise<OpenRepository>): Promise<Find> {
  const { workTree, commonDir } = await context.repository();
  const repository = await opening(workTree ?? commonDir);
  return async () => repository;
}

/** Repositories below a folder, opened when they are asked for. */
function finder(root: string, open: Map<string, Promise<OpenRepository>>, opening: (path: string) => Promise<OpenRepository>): Find {
  return async (name) => {
    const path = name === undefined ? undefined : findServed(root, name);
    if (path === undefined) throw new HttpRefusal(404, 'no-repository', 'there is no such repository here');
    const known = open.get(path);
    if (known !== undefined) return known;
    if (open.size >= MOST_OPEN) throw new HttpRefusal(503, 'too-many', `more than ${MOST_OPEN} repositories are open`);
    const opened = opening(path);
    open.set(path, opened);
    opened.catch(() => open.delete(path));
    return opened;
  };
}

/** Flushes and lets go of all of them. What cannot be flushed is in the spool. */
async function closeAll(context: Context, ready: ReadonlySet<OpenRepository>): Promise<void> {
  for (const repository of ready) {
    try {
      await repository.close();
    } catch (error) {
      context.output.say(`warning: what came last waits in the spool: ${messageOf(error)}`);
    }
  }
}
