/** Journal commits: linear, small, told apart from the user's at a glance by their subject. */
import type { Identity, Oid } from '../core/ports.ts';

/** The bytes of a commit object (gitformat-commit). @param seconds since 1970 */
export function commitObject(tree: Oid, parent: Oid | undefined, who: Identity, seconds: number, subject: string): Buffer {
  const name = clean(who.name) || 'unknown';
  const stamp = `${name} <${clean(who.email)}> ${seconds} +0000`;
  const parents = parent === undefined ? '' : `parent ${parent}\n`;
  return Buffer.from(`tree ${tree}\n${parents}author ${stamp}\ncommitter ${stamp}\n\n${subject}\n`);
}

/** What git itself strips from names: control characters, angle brackets, and dirt at the ends. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}<>]/gu, '').replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '');
}

const PLURAL: Readonly<Record<string, string>> = {
  push: 'pushes',
  session_started: 'session starts',
  session_ended: 'session ends',
  pr_linked: 'links',
  pr_reviewed: 'reviews',
  pr_updated: 'updates',
};
const SINGULAR: Readonly<Record<string, string>> = {
  session_started: 'session start',
  session_ended: 'session end',
  pr_linked: 'link',
  pr_reviewed: 'review',
  pr_updated: 'update',
};

/**
 * The subject of a flush's commit.
 *
 * @example
 * flushSubject(new Map([['command', 3], ['test', 1]])) // 'chore(trace): 4 events (3 commands, 1 test)'
 */
export function flushSubject(types: ReadonlyMap<string, number>): string {
  const sorted = [...types].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const named = sorted
    .slice(0, 3)
    .map(([type, count]) => `${count} ${count === 1 ? (SINGULAR[type] ?? words(type)) : (PLURAL[type] ?? `${words(type)}s`)}`);
  const others = sorted.slice(3).reduce((sum, [, count]) => sum + count, 0);
  if (others > 0) named.push(`${others} more`);
  return `chore(trace): ${total} ${total === 1 ? 'event' : 'events'} (${named.join(', ')})`;
}

function words(type: string): string {
  return type.replaceAll('_', ' ');
}
