/** The extension as VS Code loads it: finds repositories in which git trace is wanted, and opens a client for each. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { openClient } from 'git-trace/client';
import * as vscode from 'vscode';
import { startRecording } from './recorder.mjs';

const SESSION = `vscode-${randomBytes(6).toString('hex')}`;
const TOOL = `vscode ${vscode.version}`;
/** Bytes of a file whose edits are told. */
const LARGEST = 1_000_000;

let recording;

/**
 * Called by VS Code, once in a window.
 *
 * @param {vscode.ExtensionContext} context
 */
export function activate(context) {
  const isSilenced = process.env.GITTRACE === '0' || process.env.DO_NOT_TRACK === '1';
  /** Where folders are, and the clients of work trees. */
  const [places, clients] = [new Map(), new Map()];

  const of = (path) => {
    const folder = dirname(path);
    const place = places.get(folder) ?? placeOf(folder);
    if (place !== undefined) places.set(folder, place);
    // where nobody has run 'git trace init' or 'git trace serve', nothing is kept
    if (isSilenced || place === undefined || !existsSync(place.trace)) return undefined;
    if (!clients.has(place.top)) clients.set(place.top, clientOf(place, join(context.globalStorageUri.fsPath, outboxOf(place.trace))));
    return {
      path: place.prefix + basename(path),
      client: clients.get(place.top),
      isRecorded: existsSync(join(place.trace, 'hook.sh')),
      isLeftOut: () => existsSync(join(place.trace, 'paused')) || git(folder, 'check-ignore', '--', path) !== undefined,
    };
  };

  recording = startRecording(vscode, { of, all: () => [...clients.values()] }, { read: textOf, after });
  context.subscriptions.push(...recording.disposables);
}

/** Called by VS Code when the window closes; it waits for the answer. */
export function deactivate() {
  return recording?.end();
}

/** Where a folder is; nothing where it is in no work tree. */
function placeOf(folder) {
  const said = git(folder, 'rev-parse', '--show-toplevel', '--show-prefix', '--git-dir', '--git-common-dir');
  if (said === undefined) return undefined;
  const [top = '', prefix = '', gitDir = '', common = ''] = said.split('\n');
  return { top, prefix, head: join(resolve(folder, gitDir), 'HEAD'), trace: join(resolve(folder, common), 'trace') };
}

/** A client that says which branch the work tree is on when something happens, whenever it is sent. */
function clientOf({ top, head, trace }, folder) {
  const { USER = process.env.LOGNAME ?? 'unknown' } = process.env;
  const email = /<(.+)>/.exec(git(top, 'var', 'GIT_COMMITTER_IDENT') ?? '')?.[1] ?? `${USER}@localhost`;
  const developer = { user_id: userId(email), ide_version: TOOL, os: process.platform };
  const client = openClient({ folder, url: () => servedAt(trace), session: SESSION, developer });
  const placed = (event) => ({ kind: /** @type {const} */ ('event'), event, ...branchIn(head) });
  client.enqueue(placed({ type: 'session_started', payload: { developer, kind: 'ide', tool: TOOL } }));
  return {
    enqueue: (event) => client.enqueue(placed(event)),
    fireSync: (event) => client.fireSync(placed(event)),
    close: () => client.close(),
  };
}

/** An outbox for each repository: what is left in one is sent to the server of that repository. */
function outboxOf(trace) {
  return `outbox-${createHash('sha256').update(trace).digest('hex').slice(0, 16)}`;
}

/** The branch that HEAD names. */
function branchIn(head) {
  try {
    const branch = /^ref: refs\/heads\/(.+)$/m.exec(readFileSync(head, 'utf8'))?.[1];
    return branch === undefined ? {} : { branch };
  } catch {
    return {};
  }
}

/** Where `git trace serve` listens, as it says itself. */
function servedAt(trace) {
  try {
    return JSON.parse(readFileSync(join(trace, 'serve.json'), 'utf8')).url;
  } catch {
    return undefined; // it does not run: the client keeps what is told
  }
}

/** A person's id, made of their address as docs/format.md says. */
function userId(email) {
  const hex = createHash('sha256').update(`git-trace developer\0${email.toLowerCase()}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16], 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The text of a file; null where there is none, nothing where it is no text, too large, or cannot be read. */
function textOf(path) {
  try {
    if (statSync(path).size > LARGEST) return undefined;
    const bytes = readFileSync(path);
    return bytes.includes(0) ? undefined : bytes.toString('utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : undefined;
  }
}

/** What git says, less the last newline; nothing where it fails. */
function git(cwd, ...args) {
  try {
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).replace(/\n$/, '');
  } catch {
    return undefined;
  }
}

function after(milliseconds, work) {
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
}
