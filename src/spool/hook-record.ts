/**
 * Stage 2, the words of git's hooks: what the fields of a record from hooks/hook.sh say, as the payload of an event.
 * Pure; oids are all that a hook knows, and the flush completes them from the objects.
 */
import type { JsonObject } from '../core/canonical.ts';

type HookType = 'checkout' | 'commit' | 'merge' | 'push' | 'rewrite';

/** Commits that a `rewrite` lists; a rebase may have thousands. */
export const REWRITTEN = 500;

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NO_OID = /^0+$/;

/** Gives a field's value, `undefined` where it is missing or empty. */
type Take = (name: string) => string | undefined;

/**
 * Tells whether hooks write records of this type.
 *
 * @example
 * isHookType('rewrite') // true
 */
export function isHookType(type: string): type is HookType {
  return ['checkout', 'commit', 'merge', 'push', 'rewrite'].includes(type);
}

/**
 * Makes a payload of a hook's fields; a text says what is wrong with them.
 *
 * @example
 * hookPayload('commit', '4e1243bd22c66e76', () => undefined) // { sha: '4e1243bd22c66e76' }
 */
export function hookPayload(type: HookType, head: string | undefined, take: Take): JsonObject | string {
  switch (type) {
    case 'commit':
      return commit(head, take);
    case 'push':
      return push(take);
    case 'checkout':
      return checkout(take);
    case 'merge':
      return merge(head, take);
    case 'rewrite':
      return rewrite(take);
  }
}

function commit(head: string | undefined, take: Take): JsonObject | string {
  if (head === undefined) return 'a commit without its oid';
  const picked = take('picked');
  return {
    sha: head,
    ...(take('applied') === '1' ? { applied: true } : {}),
    ...(picked !== undefined && OID.test(picked) ? { cherry_picked_from: picked } : {}),
  };
}

function push(take: Take): JsonObject {
  const refs = (take('refs') ?? '').split('\n').filter((line) => line !== '');
  return {
    remote: take('remote') ?? '',
    refs: refs.map((line) => {
      const [, local = '', ref = '', remote = ''] = line.split(' ');
      return { ref, old: oidOrNull(remote), new: oidOrNull(local) };
    }),
  };
}

function checkout(take: Take): JsonObject {
  const on = take('on')?.replace(/^refs\/heads\//, '');
  const [from, named, old, now] = [take('from'), take('to'), oidOrNull(take('old')), oidOrNull(take('new'))];
  // 'git checkout --detach' says HEAD
  const to = on ?? (named === undefined || named === 'HEAD' ? now : named);
  return { branch: on ?? null, ...(from === undefined ? {} : { from }), ...(to === null ? {} : { to }), old, new: now };
}

function merge(head: string | undefined, take: Take): JsonObject | string {
  if (head === undefined) return 'a merge without its oid';
  const [command, old, squash, merged] = [take('command'), take('old'), take('squash') === '1', take('merged')];
  return {
    sha: head,
    ...(command === undefined ? {} : { command }),
    ...(old === undefined || squash ? {} : { old }),
    ...(squash ? { squash } : {}),
    ...(squash || merged !== undefined ? {} : { fast_forward: true }),
  };
}

function rewrite(take: Take): JsonObject | string {
  const lines = (take('map') ?? '').split('\n').filter((line) => line !== '');
  const map = lines.map((line) => {
    const [old = '', now = ''] = line.split(' ');
    return { old, new: now };
  });
  if (map.length === 0 || !map.every((pair) => OID.test(pair.old) && OID.test(pair.new))) return 'a rewrite without its commits';
  const [onto, count] = [take('onto'), Math.max(Number(take('count') ?? 0) || 0, map.length)];
  return {
    command: take('command') ?? '',
    map: map.slice(0, REWRITTEN),
    ...(onto === undefined ? {} : { onto }),
    ...(count > REWRITTEN ? { count, truncated: true } : {}),
  };
}

function oidOrNull(text: string | undefined): string | null {
  return text === undefined || NO_OID.test(text) ? null : text;
}
