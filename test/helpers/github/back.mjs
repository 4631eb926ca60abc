/**
 * What answers in the stand-in, behind its judge: the emulator, and for what it lacks, we. Its answers get what git
 * alone knows (heads and merge commits); tokens, the limit of a body, pull requests of a commit are ours.
 */
import { createServer } from 'node:http';
import { listen, read, send } from './wire.mjs';

const DOCS = 'https://docs.github.com/rest';
const BODY_LIMIT = 65_536;
/** Members that hold an address for people, not for programs. */
const PAGES = /^(html_url|diff_url|patch_url|clone_url|svn_url|git_url|ssh_url|avatar_url)$/;

/** Starts answering; gives back the address. `urls` are the stand-in's addresses: {api, web}. */
export function startBack(store, emulator, urls) {
  return listen(
    createServer((request, response) => {
      answer(store, emulator, urls, request)
        .catch((error) => ({ status: 500, headers: {}, body: { message: `stand-in: ${error.stack}` } }))
        .then((answered) => send(response, answered));
    }),
  );
}

/** Asks the emulator itself, as somebody who may do everything. */
export async function askEmulator(emulator, login, method, path, body) {
  const headers = { authorization: `token as-${login}`, accept: 'application/json', 'content-type': 'application/json' };
  const answered = await fetch(emulator + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answered.text();
  return { status: answered.status, link: answered.headers.get('link'), body: text === '' ? undefined : JSON.parse(text) };
}

async function answer(store, emulator, urls, request) {
  const { method, url: path } = request;
  const given = await read(request);
  const refused = refusal(store, request, given);
  if (refused !== undefined) return refused;
  const login = store.tokenOf(request)?.login;
  const [, repository, sha] = /^\/repos\/([^/]+\/[^/]+)\/commits\/([0-9a-f]+)\/pulls/.exec(path) ?? [];
  if (repository !== undefined) return { status: 200, headers: {}, body: await pullsOf(store, emulator, urls, login, repository, sha) };
  const { status, link, body } = await askEmulator(emulator, login ?? 'nobody', method, path, given === '' ? undefined : JSON.parse(given));
  const headers = link === null ? {} : { link: link.replaceAll(emulator, urls.api) };
  if (status >= 400) return { status, headers, body: { ...body, documentation_url: DOCS, status: String(status) } };
  return { status, headers, body: body === undefined ? undefined : restated(store, emulator, urls, body) };
}

/** Why a request is refused before anything is done; undefined: it is not. */
function refusal(store, request, given) {
  const { method, url: path } = request;
  const fault = store.faults.findIndex((one) => one.method === method && path.startsWith(one.path));
  if (fault >= 0) return store.faults.splice(fault, 1)[0];
  const no = (status, message, more = {}) => ({
    status,
    headers: {},
    body: { message, ...more, documentation_url: DOCS, status: String(status) },
  });
  const token = store.tokenOf(request);
  if (token === null) return no(401, 'Bad credentials');
  const writes = method !== 'GET';
  if (token === undefined && (writes || path === '/user')) return no(401, 'Requires authentication');
  if ((token?.readOnly && writes) || (token?.actions && path === '/user'))
    return {
      ...no(403, 'Resource not accessible by integration'),
      headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' },
    };
  if (writes && given !== '' && path.includes('/comments')) {
    // code points, not the units of JavaScript's strings
    const { body } = JSON.parse(given);
    if (typeof body === 'string' && [...body].length > BODY_LIMIT) {
      const message = `Body is too long (maximum is ${BODY_LIMIT} characters)`;
      return no(422, 'Validation Failed', { errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }] });
    }
  }
}

/** Pull requests that a commit is part of. The host knows none for what is only in a fork. */
async function pullsOf(store, emulator, urls, login, repository, sha) {
  const numbers = [...store.pulls].flatMap(([name, pull]) => {
    const [of, number] = name.split('#');
    return of === repository && (pull.commits?.includes(sha) || pull.merge === sha) ? [number] : [];
  });
  const found = await Promise.all(numbers.map((number) => askEmulator(emulator, login, 'GET', `/repos/${repository}/pulls/${number}`)));
  return found.map(({ body }) => restated(store, emulator, urls, body)).filter(({ head }) => head.repo?.full_name === repository);
}

/** An answer of the emulator as the host would give it. */
export function restated(store, emulator, urls, value, name = '', within = '') {
  if (typeof value === 'string') {
    if (value.startsWith(emulator)) {
      const isPage = PAGES.test(name) || within === 'html';
      // a bot's brackets have to be escaped in an address
      return (isPage ? urls.web : urls.api) + value.slice(emulator.length).replaceAll('[', '%5B').replaceAll(']', '%5D');
    }
    return value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z$/, '$1Z');
  }
  if (Array.isArray(value)) return value.map((one) => restated(store, emulator, urls, one, name, within));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, one]) => [key, restated(store, emulator, urls, one, key, name)]);
  return completed(store, Object.fromEntries(members));
}

function completed(store, value) {
  if ('forks_count' in value && 'full_name' in value) {
    return { ...value, network_count: value.forks_count, subscribers_count: value.watchers_count };
  }
  if (typeof value.login === 'string' && value.login.endsWith('[bot]')) return { ...value, type: 'Bot' };
  if (value.head !== undefined && value.base !== undefined && value.number !== undefined) {
    const pull = store.pulls.get(`${value.base.repo.full_name}#${value.number}`) ?? {};
    const repo = pull.forkGone ? null : value.head.repo;
    return {
      ...value,
      head: { ...value.head, sha: pull.head ?? value.head.sha, repo },
      base: { ...value.base, sha: pull.base ?? value.base.sha },
      merge_commit_sha: pull.merge ?? value.merge_commit_sha,
    };
  }
  return value;
}
