/**
 * Why a host did not do what it was asked, in words: made of its answer, or of how the connection failed. Pure. What a
 * host said is foreign: it is cut short, made harmless, and never shown with the token in it.
 */
import { fail, messageOf, type TraceError } from '../../core/errors.ts';
import { withoutUserinfo } from '../../core/pull-request.ts';
import { harmless } from '../../core/shown.ts';

/** What a host answered; header names are lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Where it was answered, after redirects. */
  readonly url: string;
}

/** Who asks, as far as messages tell it. */
export interface Asker {
  /** The host's name. */
  readonly name: string;
  readonly kind: 'github' | 'gitlab';
  readonly token: string | undefined;
  /** Where the token is from, e.g. `GH_TOKEN`. */
  readonly tokenSource: string | undefined;
  /** The job of a GitHub workflow, which says by itself what its token may do. */
  readonly inActions: boolean;
  /** The variable that names a proxy, if one is set. */
  readonly proxyVariable: string | undefined;
}

/** Why something was not done, before it is known what it was. Never leaves src/adapters/host/. */
export class Refusal extends Error {
  readonly hints: readonly string[];
  /** Status of the answer, if there was one. */
  readonly status: number | undefined;
  /** Seconds after which the host may be asked again. */
  readonly wait: number | undefined;
  /** The token is known and may not do this. */
  readonly forbidden: boolean;

  constructor(
    reason: string,
    hints: readonly string[],
    facts: { status?: number; wait?: number; forbidden?: boolean; cause?: unknown } = {},
  ) {
    super(reason, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.hints = hints;
    this.status = facts.status;
    this.wait = facts.wait;
    this.forbidden = facts.forbidden === true;
  }
}

/** The error that a person reads. @param what what could not be done, e.g. `read pull request 42 of 'o/r'` */
export function tell(refusal: Refusal, what: string, host: string): TraceError {
  return fail('host-failed', `cannot ${what} on '${host}': ${refusal.message}`, refusal.hints, { cause: refusal });
}

/** Why an answer with a status of 400 or more was given. */
export function refusalOf(answer: Answer, asker: Asker): Refusal {
  const { status, headers } = answer;
  const words = saidIn(answer, asker);
  const said = words === '' ? `${status}` : `${status}, "${words}"`;
  const wait = secondsOf(headers['retry-after']);
  const facts = { status, ...(wait === undefined ? {} : { wait }) };
  if ((status === 403 || status === 429) && (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0') {
    const until = moment(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']);
    return new Refusal(
      `the limit of requests is used up${until === undefined ? '' : ` until ${until}`} (${status})`,
      limitHints(asker),
      facts,
    );
  }
  if (status === 429 || (status === 403 && (wait !== undefined || /rate limit/i.test(words)))) {
    const again = wait === undefined ? '' : `; it may be asked again in ${wait} ${wait === 1 ? 'second' : 'seconds'}`;
    return new Refusal(`too many requests (${status})${again}`, ['wait, then run it again; nothing is lost'], facts);
  }
  if (status === 401) {
    if (asker.tokenSource === undefined) return new Refusal(`it wants a token (${said})`, [tokenHint(asker)], facts);
    return new Refusal(`the token is not accepted (${said})`, [`the token came from ${asker.tokenSource}: renew it there`], facts);
  }
  if (status === 403)
    return new Refusal(`the token may not do this (${said})`, permissionHints(headers, asker), { ...facts, forbidden: true });
  if (status === 404) {
    if (asker.tokenSource === undefined)
      return new Refusal('not found; without a token only what is public can be seen (404)', [tokenHint(asker)], facts);
    const hint = `the token came from ${asker.tokenSource}; is the name right, and may that token read it?`;
    return new Refusal('not found, or the token may not see it (404)', [hint], facts);
  }
  if (status === 407) return new Refusal('the proxy wants a name and a password (407)', proxyHints(asker), facts);
  if (status >= 500) return new Refusal(`it has trouble of its own (${said})`, ['try again later; nothing is lost'], facts);
  return new Refusal(`it does not accept that (${said})`, [], facts);
}

/** Why something that ought to be JSON is not. */
export function notJson(answer: Answer, asker: Asker): Refusal {
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const seen = type === '' || /json/.test(type) ? 'not JSON' : `not JSON but ${harmless(type).slice(0, 60)}`;
  return new Refusal(
    `the answer is ${seen}`,
    [
      'a sign-in page of the network, or a proxy, may be answering instead of the host',
      `'git config trace.host.${asker.name}.api <url>' says where its API is`,
    ],
    { status: answer.status },
  );
}

/** Why an answer that is JSON is of no use. */
export function unfit(what: string, asker: Asker): Refusal {
  return new Refusal(`the answer is not what was asked for: ${what}`, [
    `is this the address of an API? 'git config trace.host.${asker.name}.api <url>' says where it is`,
  ]);
}

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_|ERR_TLS_|EPROTO)/;

/** Why no answer came; `undefined` for an error that is no connection's. @param limit milliseconds that were given */
export function brokenOff(error: unknown, asker: Asker, limit: number): Refusal | undefined {
  const code = codeOf(error);
  const proxied = proxyHints(asker);
  const offline = ['without the network all else works on, and nothing is lost', ...proxied];
  const refused = /Proxy response \((\d+)\)/.exec(messageOf(error))?.[1];
  if (refused !== undefined) return new Refusal(`the proxy refused the connection (${refused})`, proxied, { cause: error });
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT' || isAbort(error)) {
    const seconds = Math.max(1, Math.round(limit / 1000));
    return new Refusal(`no answer within ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`, offline, { cause: error });
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new Refusal(`its address is not known here (${code})`, offline, { cause: error });
  if (code === 'ECONNREFUSED') return new Refusal('nobody answers there (ECONNREFUSED)', offline, { cause: error });
  if (UNTRUSTED.test(code))
    return new Refusal(
      `its certificate is not trusted (${code})`,
      ["NODE_EXTRA_CA_CERTS names a file with your company's certificate, if the network needs one", ...proxied],
      { cause: error },
    );
  return code === '' ? undefined : new Refusal(`the connection broke off (${code})`, offline, { cause: error });
}

/** What the host says why, on one line, without the token. */
function saidIn({ text }: Answer, asker: Asker): string {
  const words = messageIn(text);
  const clean = asker.token === undefined ? words : words.replaceAll(asker.token, '***');
  const line = harmless(withoutUserinfo(clean.replace(/\s+/g, ' ').trim()));
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function messageIn(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return '';
  }
  if (typeof value !== 'object' || value === null) return '';
  const message = 'message' in value ? value.message : 'error' in value ? value.error : '';
  const first = 'errors' in value && Array.isArray(value.errors) ? value.errors[0] : undefined;
  const detail: unknown = typeof first === 'object' && first !== null ? (first.message ?? first.code) : first;
  const main = typeof message === 'string' ? message : JSON.stringify(message);
  return typeof detail === 'string' ? `${main}: ${detail}` : main;
}

function permissionHints(headers: Answer['headers'], asker: Asker): string[] {
  const sso = /url=(\S+)/.exec(headers['x-github-sso'] ?? '')?.[1];
  if (sso !== undefined) return [`the organisation wants the token to be authorised: ${harmless(sso).slice(0, 200)}`];
  const permissions = headers['x-accepted-github-permissions'];
  const scopes = headers['x-accepted-oauth-scopes'];
  const hints: string[] = [];
  if (permissions !== undefined && permissions !== '')
    hints.push(`it needs the permission ${harmless(permissions.replace(/=/g, ': ')).slice(0, 100)}`);
  else if (scopes !== undefined && scopes !== '') hints.push(`it needs one of the scopes ${harmless(scopes).slice(0, 100)}`);
  if (asker.inActions)
    hints.push("a workflow gives it with 'permissions: { pull-requests: write }'; for pull requests from forks it is never given");
  else if (asker.tokenSource !== undefined) hints.push(`the token came from ${asker.tokenSource}`);
  else hints.push(tokenHint(asker));
  return hints;
}

function limitHints(asker: Asker): string[] {
  return asker.tokenSource === undefined
    ? ['with a token far more requests are allowed', tokenHint(asker)]
    : ['wait until then; nothing is lost'];
}

function tokenHint(asker: Asker): string {
  if (asker.kind === 'gitlab') return 'give one in GITLAB_TOKEN (docs/hosts.md of git trace)';
  return asker.name === 'github.com'
    ? "give one in GH_TOKEN, or sign in with 'gh auth login' (docs/hosts.md of git trace)"
    : `give one in GH_ENTERPRISE_TOKEN, or sign in with 'gh auth login --hostname ${asker.name}' (docs/hosts.md of git trace)`;
}

function proxyHints(asker: Asker): string[] {
  return asker.proxyVariable === undefined
    ? []
    : [`${asker.proxyVariable} names a proxy, and NO_PROXY the hosts that need none: are they right?`];
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** The code of an error, or of the first that it was caused by. */
function codeOf(error: unknown): string {
  for (let found = error, i = 0; found instanceof Error && i < 5; found = found.cause, i++) {
    if ('code' in found && typeof found.code === 'string' && !(found.code === 'UND_ERR_SOCKET' && found.cause instanceof Error))
      return found.code;
    if (found instanceof AggregateError && found.errors.length > 0) return codeOf(found.errors[0]);
  }
  return '';
}

/** Whole seconds of a Retry-After. */
function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** A moment in seconds since 1970, as a person reads it. */
function moment(text: string | undefined): string | undefined {
  const seconds = text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : undefined;
  return seconds === undefined ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
