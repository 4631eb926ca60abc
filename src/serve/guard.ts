/**
 * Who may ask at all, decided from the beginning of a request: no page of a foreign site that a browser shows (Origin,
 * Sec-Fetch-Site), no name that leads here by a trick of DNS (Host), and beyond loopback nobody without the token. Pure.
 */
import { type HttpAnswer, type HttpHead, HttpRefusal } from '../core/http.ts';
import type { Sha256 } from '../core/line.ts';

export interface GuardOptions {
  /** Names that the server goes by beside those of loopback, in lower case. */
  readonly names: ReadonlySet<string>;
  /** It listens beyond loopback: then it goes by every address, too. */
  readonly isOpen: boolean;
  /** Origins whose pages may ask. */
  readonly origins: ReadonlySet<string>;
  /** sha-256 of the token that is wanted. */
  readonly token: string | undefined;
  readonly sha256: Sha256;
}

/** What is open to whoever can connect: it tells nothing but that we live. */
const OPEN_PATH = '/healthz';

/** Content types that a body may have, and what is said where it has another. */
export interface MediaTypes {
  readonly is: RegExp;
  readonly message: string;
  readonly hint: string;
}

const BATCHES: MediaTypes = {
  is: /^application\/(?:json|x-ndjson|ndjson|jsonl)$/,
  message: 'the content type is none of JSON or NDJSON',
  hint: "send 'Content-Type: application/json', or 'application/x-ndjson' for one event a line",
};

/** As OTLP has them. https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export const TELEMETRY: MediaTypes = {
  is: /^application\/(?:json|x-protobuf)$/,
  message: 'the content type is none of JSON or protobuf',
  hint: "set OTEL_EXPORTER_OTLP_PROTOCOL to 'http/protobuf' or 'http/json'",
};

/**
 * Whether a name or address is this machine's alone.
 *
 * @example
 * isLoopback('127.0.0.1') // true
 * isLoopback('127.0.0.1.example.com') // false
 */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(name) || /^::ffff:127(?:\.[0-9]{1,3}){3}$/.test(name);
}

/**
 * The name in a Host header, without port and brackets, in lower case; empty where it is none.
 *
 * @example
 * hostName('[::1]:7476') // '::1'
 * hostName('evil.example:7476') // 'evil.example'
 */
export function hostName(host: string): string {
  const [, six, plain] = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/[\]]+))(?::[0-9]{1,5})?$/i.exec(host.trim()) ?? [];
  return (six ?? plain ?? '').toLowerCase().replace(/\.$/, '');
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(name);
}

/** Why a request must not go on; `undefined` where it may. */
export function refusalOf(head: HttpHead, options: GuardOptions): HttpRefusal | undefined {
  const name = hostName(head.header('host') ?? '');
  const isOurs = isLoopback(name) || options.names.has(name) || (options.isOpen && isAddress(name));
  if (!isOurs)
    return new HttpRefusal(421, 'bad-host', `this server does not go by the name "${name.slice(0, 100)}"`, {
      hints: ["ask it by its address, or start it with '--name <name>'"],
    });
  const origin = head.header('origin');
  if (origin !== undefined && !options.origins.has(origin))
    return new HttpRefusal(403, 'bad-origin', 'pages of that origin may not ask this server', {
      hints: ["start it with '--allow-origin <origin>' to let them"],
    });
  if (origin === undefined && /^(?:cross-site|same-site)$/.test(head.header('sec-fetch-site') ?? ''))
    return new HttpRefusal(403, 'bad-origin', 'another site may not ask this server');
  if (options.token === undefined || head.path === OPEN_PATH || head.method === 'OPTIONS') return undefined;
  const given = /^Bearer ([^\s]+)$/i.exec(head.header('authorization') ?? '')?.[1];
  if (given !== undefined && isSame(options.sha256(given), options.token)) return undefined;
  return new HttpRefusal(401, 'bad-token', given === undefined ? 'a token is needed' : 'that is not the token', {
    hints: ["send 'Authorization: Bearer <token>'"],
    headers: { 'www-authenticate': 'Bearer realm="git-trace"' },
  });
}

/** Compares two hashes in a time that does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
  return difference === 0;
}

/**
 * Refuses a body that a foreign page could send without being asked about, and one that we would not read.
 *
 * @param wanted what the content type may be, and how it is called
 */
export function bodyRefusal(head: HttpHead, wanted: MediaTypes = BATCHES): HttpRefusal | undefined {
  if (!wanted.is.test(mediaType(head))) return new HttpRefusal(415, 'bad-content-type', wanted.message, { hints: [wanted.hint] });
  const encoding = head.header('content-encoding') ?? 'identity';
  return encoding === 'identity' ? undefined : new HttpRefusal(415, 'bad-content-type', 'a compressed body is not taken');
}

/** The content type of a body, without its parameters. */
export function mediaType(head: HttpHead): string {
  return (head.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What a browser asks before it lets a page of an allowed origin ask. */
export function preflight(head: HttpHead): HttpAnswer | undefined {
  if (head.method !== 'OPTIONS') return undefined;
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, last-event-id',
      'access-control-max-age': '600',
      allow: 'GET, POST, OPTIONS',
    },
  };
}

/** Headers of every answer. */
export function safeHeaders(head: HttpHead, origins: ReadonlySet<string>): Record<string, string> {
  const origin = head.header('origin');
  const allowed = origin !== undefined && origins.has(origin) ? { 'access-control-allow-origin': origin } : {};
  return { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', vary: 'Origin', ...allowed };
}
