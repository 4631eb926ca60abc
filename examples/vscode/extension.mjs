/** The extension as VS Code loads it: finds repositories that `git trace serve` serves, and opens a client for each. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { openClient } from 'git-trace/client';
import * as vscode from 'vscode';
import { startRecording } from './recorder.mjs';

const SESSION = `vscode-${randomBytes(6).toString('hex')}`;
/** By folder; nothing for one that is in no repository. */
const known = new Map();
let recording;

/** Called by VS Code. */
export function activate(context) {
  const sites = { of: (path) => siteOf(dirname(path)), all: () => [...new Set(known.values())].filter((site) => site !== undefined) };
  recording = startRecording(vscode, sites, {
    after(milliseconds, work) {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  context.subscriptions.push(...recording.disposables);
}

/** Called by VS Code, which waits for it a little. */
export function deactivate() {
  return recording?.end();
}

function siteOf(folder) {
  if (!known.has(folder)) known.set(folder, openSite(folder));
  return known.get(folder);
}

function openSite(folder) {
  const git = (...args) => {
    try {
      return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  const top = git('rev-parse', '--show-toplevel');
  const trace = join(resolve(folder, git('rev-parse', '--git-common-dir')), 'trace');
  // where nobody has run 'git trace init' or 'git trace serve', nothing is kept
  if (top === '' || !existsSync(trace)) return undefined;
  const same = [...known.values()].find((site) => site?.top === top);
  if (same !== undefined) return same;
  const developer = { user_id: userId(git('config', 'user.email')), ide_version: `vscode ${vscode.version}`, os: process.platform };
  const client = openClient({
    folder: join(homedir(), '.cache', 'git-trace-vscode'),
    url: () => servedAt(trace),
    session: SESSION,
    developer,
  });
  const head = join(resolve(folder, git('rev-parse', '--git-dir')), 'HEAD');
  // the branch of now, whenever it is sent
  const placed = (event) => ({ kind: 'event', event, ...branchIn(head) });
  const told = {
    enqueue: (event) => client.enqueue(placed(event)),
    fireSync: (event) => client.fireSync(placed(event)),
    close: () => client.close(),
  };
  told.enqueue({ type: 'session_started', payload: { developer, kind: 'ide', tool: `vscode ${vscode.version}` } });
  return { top, client: told, isRecorded: existsSync(join(trace, 'hook.sh')) };
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
