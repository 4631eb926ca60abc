/**
 * One conversation with a host's API over http: through the proxy that the environment names, within a time limit,
 * answers bounded. The token goes to that API alone: a request or redirect that leads elsewhere is refused. A request
 * that writes is never repeated.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { type Answer, type Asker, brokenOff, notJson, Refusal, refusalOf } from './refusal.ts';

/** What for: a hook has 3 seconds for everything, the others 5 for each request. */
export type Purpose = 'hook' | 'command' | 'ci';

export interface TransportOptions {
  readonly asker: Asker;
  /** Address of the API, without a final slash. */
  readonly api: string;
  readonly purpose: Purpose;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What every request carries; the token among it. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the host was opened, in milliseconds of `performance.now()`: looking for a token took time, too. */
  readonly opened: number;
}

export interface Wish {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's address, or absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Milliseconds. */
const HOOK_LIMIT = 3_000;
const REQUEST_LIMIT = 5_000;
/** The first answer, or that there is none, is known within 5 seconds of asking for anything. */
const FIRST_LIMIT = 4_500;
const LEAST_LIMIT = 250;
/** The longest Retry-After that a CI job waits for, in seconds. */
const LONGEST_WAIT = 2;
/** Bytes of an answer. */
const LARGEST = 10 * 1024 * 1024;

export class Transport {
  readonly asker: Asker;
  readonly api: string;
  readonly #options: TransportOptions;
  /** Milliseconds that looking for a token took. */
  readonly #sought: number;
  #dispatcher: Dispatcher | undefined;
  /** When the first question was asked; a job fetches and pushes before that. */
  #asked: number | undefined;
  #answered = false;

  constructor(options: TransportOptions) {
    this.asker = options.asker;
    this.api = options.api;
    this.#options = options;
    this.#sought = performance.now() - options.opened;
  }

  /**
   * Asks, and answers with what has a status below 300. A GET follows one redirect, and in CI is asked once more where
   * the host says that it may be soon.
   *
   * @throws Refusal
   */
  async ask(wish: Wish): Promise<Answer> {
    try {
      return await this.#follow(wish);
    } catch (error) {
      const wait = error instanceof Refusal ? error.wait : undefined;
      if (wish.method !== 'GET' || this.#options.purpose !== 'ci' || wait === undefined || wait > LONGEST_WAIT) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
      return this.#follow(wish);
    }
  }

  async #follow(wish: Wish): Promise<Answer> {
    const answer = await this.#once(wish);
    if (answer.status < 300) return this.#sound(answer);
    const { location } = answer.headers;
    if (answer.status >= 400 || location === undefined) throw refusalOf(answer, this.asker);
    const url = new URL(location, answer.url).href;
    // 307 and 308 say that nothing was done yet and the same is to be sent there; after 301 that is not said
    if (wish.method !== 'GET' && answer.status !== 307 && answer.status !== 308)
      throw new Refusal(`it has moved meanwhile (${answer.status})`, ['run it again: it is then found where it is now'], {
        status: answer.status,
      });
    const there = await this.#once({ ...wish, url });
    if (there.status < 300) return this.#sound(there);
    if (there.status >= 400) throw refusalOf(there, this.asker);
    throw new Refusal(`it leads from one place to the next (${there.status})`, [`is the API's address right? ${this.#settingHint()}`]);
  }

  #sound(answer: Answer): Answer {
    const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(answer.headers['content-type'] ?? '');
    if (answer.status !== 204 && !isJson) throw notJson(answer, this.asker);
    return answer;
  }

  async #once(wish: Wish): Promise<Answer> {
    const url = new URL(/^https?:\/\//.test(wish.url) ? wish.url : `${this.api}${wish.url}`);
    if (url.origin !== new URL(this.api).origin)
      throw new Refusal(`it leads to another host ('${url.origin}'), which is not given the token`, [this.#settingHint()]);
    const limit = this.#limit();
    const signal = AbortSignal.timeout(limit);
    try {
      this.#dispatcher ??= openDispatcher(this.#options.env);
      const response = await request(url, {
        dispatcher: this.#dispatcher,
        method: wish.method,
        headers: { accept: 'application/json', ...this.#options.headers, ...wish.headers },
        body: wish.body ?? null,
        signal,
      });
      const text = await bounded(response.body);
      this.#answered = true;
      return { status: response.statusCode, headers: flat(response.headers), text, url: url.href };
    } catch (error) {
      // what still tries to connect would keep the process alive
      void this.#dispatcher?.destroy();
      this.#dispatcher = undefined;
      throw error instanceof Refusal ? error : (brokenOff(error, this.asker, limit) ?? error);
    }
  }

  /** Milliseconds that the next request may take. */
  #limit(): number {
    const now = performance.now();
    const { purpose, opened } = this.#options;
    this.#asked ??= now;
    const first = FIRST_LIMIT - this.#sought - (now - this.#asked);
    const limit = purpose === 'hook' ? HOOK_LIMIT - (now - opened) : this.#answered ? REQUEST_LIMIT : first;
    return Math.max(LEAST_LIMIT, Math.round(limit));
  }

  #settingHint(): string {
    return `'git config trace.host.${this.asker.name}.api <url>' says where the API is`;
  }
}

function openDispatcher(env: TransportOptions['env']): Dispatcher {
  const named = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  return new EnvHttpProxyAgent({
    httpProxy: named('http_proxy'),
    httpsProxy: named('https_proxy'),
    noProxy: named('no_proxy'),
    connect: { timeout: REQUEST_LIMIT, ...extraAuthorities(env) },
    requestTls: extraAuthorities(env),
  });
}

/**
 * A company's certificates, which node reads from NODE_EXTRA_CA_CERTS at every start. The push hook spares node that,
 * and names the file in a variable of ours, for the few pushes that ask a host.
 */
function extraAuthorities(env: TransportOptions['env']): { ca?: string[] } {
  const path = env['GITTRACE_EXTRA_CA_CERTS'];
  if (path === undefined || path === '') return {};
  try {
    return { ca: [...rootCertificates, readFileSync(path, 'utf8')] };
  } catch {
    return {}; // node, too, goes on without a file that it cannot read
  }
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > LARGEST) throw new Refusal(`the answer is larger than ${LARGEST / 1024 / 1024} MiB`, []);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
