/**
 * What clients of the stand-in talk to: keeps every request and what the judge found wrong with it or its answer, and
 * turns such an answer into an error, so that nobody works on with it. Also sends on who comes by an old name.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Ajv } from 'ajv';
import { isGit, serveGit } from './git.mjs';
import { listen, read, send } from './wire.mjs';

const SLICE = JSON.parse(readFileSync(new URL('../../fixtures/github/api.github.com.json', import.meta.url), 'utf8'));
const isError = new Ajv({ strict: false }).compile(SLICE.components.schemas['basic-error']);
/** What every operation may answer, whether or not its description says so. */
const EVERYWHERE = new Set([401, 403, 404, 429, 500, 502, 503]);
/** Where the description is wrong: GitHub's web hooks and its site know pull requests whose fork is gone. */
const GONE_FORK = /\bhead[.]repo must be object$/;

/** Starts listening; gives back the address. `log` gets {requests, violations}. */
export function startFront(store, prism, log) {
  return listen(
    createServer((request, response) => {
      if (isGit(request)) {
        serveGit(store, request, response);
        return;
      }
      // an Enterprise server has its API below a path
      const path = request.url.replace(/^\/api\/v3(?=\/)/, '');
      const seen = { method: request.method, path, login: store.tokenOf(request)?.login ?? null, status: 0 };
      log.requests.push(seen);
      handle(store, prism, request, path)
        .catch((error) => ({ status: 500, headers: {}, body: { message: `stand-in: ${error.stack}` }, wrong: [String(error)] }))
        .then(({ wrong, ...answer }) => {
          seen.status = answer.status;
          for (const what of wrong) log.violations.push({ method: seen.method, path, status: answer.status, what });
          const message = `the stand-in refuses what breaks the description: ${wrong.join('; ')}`;
          send(response, wrong.length === 0 ? answer : { status: 500, headers: {}, body: { message } });
        });
    }),
  );
}

async function handle(store, prism, request, path) {
  const given = await read(request);
  const moved = movedTo(store, request, path);
  if (moved !== undefined) return moved;
  const headers = { accept: 'application/json', 'user-agent': request.headers['user-agent'] ?? '' };
  const { authorization } = request.headers;
  if (authorization !== undefined) headers.authorization = authorization;
  if (given !== '') headers['content-type'] = 'application/json';
  const answered = await fetch(prism + named(store, path), { method: request.method, headers, ...(given === '' ? {} : { body: given }) });
  const text = await answered.text();
  const body = text === '' ? undefined : JSON.parse(text);
  const wrong = violations(answered.headers.get('sl-violations'), answered.status, body);
  if (headers['user-agent'] === '') wrong.push('request: no User-Agent, which GitHub refuses');
  const passed = ['link', 'retry-after', 'x-accepted-github-permissions', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
  const kept = passed.flatMap((name) => (answered.headers.has(name) ? [[name, answered.headers.get(name)]] : []));
  return { status: answered.status, headers: Object.fromEntries(kept), body, wrong };
}

/** What the judge found, less that a refusal which may come everywhere is not described everywhere. */
function violations(header, status, body) {
  if (header === null) return [];
  let found;
  try {
    found = JSON.parse(header);
  } catch {
    return [header];
  }
  return found.flatMap(({ location, message }) => {
    if (/^Unable to match the returned status code/.test(message) && EVERYWHERE.has(status) && isError(body)) return [];
    if (GONE_FORK.test(message)) return [];
    // what was wrong with a request that is refused for it is wrong all the same
    return [`${location.join('.')}: ${message}`];
  });
}

/** The answer to who asks by the name that a repository had; GitHub sends on by number. */
function movedTo(store, request, path) {
  const [, name, rest] = /^\/repos\/([^/]+\/[^/?]+)(.*)$/.exec(path) ?? [];
  const now = name === undefined ? undefined : store.renamed.get(name);
  if (now === undefined) return undefined;
  const url = `http://${request.headers.host}/api/v3/repositories/${[...store.renamed.keys()].indexOf(name) + 1}${rest}`;
  const body = { message: 'Moved Permanently', url, documentation_url: 'https://docs.github.com/rest' };
  return { status: request.method === 'GET' ? 301 : 307, headers: { location: url }, body, wrong: isError(body) ? [] : ['not an error'] };
}

function named(store, path) {
  const [, number, rest] = /^\/repositories\/(\d+)(.*)$/.exec(path) ?? [];
  return number === undefined ? path : `/repos/${[...store.renamed.values()][Number(number) - 1]}${rest}`;
}
