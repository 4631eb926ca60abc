/** Differences of two trees through `git diff-tree`: what changed (raw and numstat), and the patches of some paths. */
import type { Oid, PathChange } from '../../core/ports.ts';
import { gitFailure, runGit } from './process.ts';

/** How to reach git: an environment that names the repository and its object stores. */
export interface DiffSite {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly emptyTree: Oid;
}

// no person's setting may change what is recorded: prefixes, context, order, external programs
const PLAIN = ['--no-ext-diff', '--no-textconv', '--no-color'];
// each of these asks for the patch, and so for the content
const PATCH = [...PLAIN, '-p', '-U3', '--inter-hunk-context=0', '--src-prefix=a/', '--dst-prefix=b/'];
const SETTINGS = ['-c', 'diff.orderFile=', '-c', 'core.quotePath=true', '-c', 'diff.renameLimit=400', '-c', 'diff.algorithm=myers'];

/** What differs between two trees or commits; with `renames` these and the lines, for which the content is read. @throws git-failed */
export async function treeChanges(site: DiffSite, from: Oid | undefined, to: Oid, renames: boolean): Promise<PathChange[]> {
  const content = renames ? ['--numstat', '-M'] : ['--no-renames'];
  const args = [...SETTINGS, 'diff-tree', '-r', '-z', '--raw', '--full-index', '--abbrev=64', ...content];
  const result = await runGit([...args, ...PLAIN, from ?? site.emptyTree, to], site.env, { cwd: site.cwd });
  if (result.status !== 0) throw gitFailure('compare two snapshots', result);
  return parseChanges(result.stdout.toString('utf8'));
}

/**
 * Reads `git diff-tree -z --raw --numstat`: first `:<modes> <oids> <status>` NUL path (NUL new path) for each change,
 * then `<added> TAB <deleted> TAB path`, or with an empty path NUL old NUL new.
 */
export function parseChanges(text: string): PathChange[] {
  const tokens = text.split('\0');
  const raw: PathChange[] = [];
  const counts = new Map<string, readonly [number | undefined, number | undefined]>();
  for (let i = 0; i < tokens.length - 1; i++) {
    const token = tokens[i] ?? '';
    const entry = /^:([0-7]{6}) ([0-7]{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])[0-9]*$/.exec(token);
    if (entry !== null) {
      const [, oldMode = '', mode = '', oldOid = '', oid = '', letter = ''] = entry;
      const first = tokens[++i] ?? '';
      const moved = letter === 'R' || letter === 'C';
      const path = moved ? (tokens[++i] ?? '') : first;
      raw.push({
        path,
        ...(moved ? { oldPath: first } : {}),
        status: letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : moved ? 'renamed' : 'modified',
        oid: there(oid),
        oldOid: there(oldOid),
        mode: there(mode),
        oldMode: there(oldMode),
        additions: undefined,
        deletions: undefined,
      });
      continue;
    }
    const count = /^(-|[0-9]+)\t(-|[0-9]+)\t(.*)$/s.exec(token);
    if (count === null) continue;
    const path = count[3] === '' ? (tokens[i + 2] ?? '') : (count[3] ?? '');
    if (count[3] === '') i += 2;
    counts.set(path, [lines(count[1]), lines(count[2])]);
  }
  return raw.map((change) => {
    const [additions, deletions] = counts.get(change.path) ?? [];
    return { ...change, additions, deletions };
  });
}

function there(text: string): string | undefined {
  return /^0+$/.test(text) ? undefined : text;
}

function lines(text: string | undefined): number | undefined {
  return text === undefined || text === '-' ? undefined : Number(text);
}

/**
 * The patches of changes, by their path. Bytes that are no UTF-8 become U+FFFD, unless `exact`: then every byte is a
 * character, and binary files have a patch too.
 *
 * @throws git-failed
 */
export async function treePatches(
  site: DiffSite,
  from: Oid | undefined,
  to: Oid,
  changes: readonly PathChange[],
  exact: boolean,
): Promise<Map<string, string>> {
  const named = changes.filter(({ path, oldPath }) => !`${path}${oldPath ?? ''}`.includes('\uFFFD')); // others cannot be named to git
  if (named.length === 0) return new Map();
  const renames = named.some(({ status }) => status === 'renamed');
  const args = [...SETTINGS, '--literal-pathspecs', 'diff-tree', '-r', renames ? '-M' : '--no-renames', ...(exact ? ['--binary'] : [])];
  const paths = named.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path]));
  const result = await runGit([...args, ...PATCH, from ?? site.emptyTree, to, '--', ...paths], site.env, { cwd: site.cwd });
  if (result.status !== 0) throw gitFailure('compare two snapshots', result);
  const parts = splitPatches(result.stdout.toString(exact ? 'latin1' : 'utf8'));
  // git writes them in the order in which it lists the changes; a file that became a link is deleted and added
  let at = 0;
  const partsOf = (change: PathChange): number => (isOtherKind(change) ? 2 : 1);
  // among fewer paths git may take other ones for renames: no patch is better than another file's
  if (parts.length !== named.reduce((sum, change) => sum + partsOf(change), 0)) return new Map();
  return new Map(
    named.map((change) => {
      const count = partsOf(change);
      at += count;
      return [change.path, parts.slice(at - count, at).join('')];
    }),
  );
}

/** Whether a file became a link, or one of them a submodule; the first three digits of a mode tell. */
function isOtherKind({ mode, oldMode }: PathChange): boolean {
  return mode !== undefined && oldMode !== undefined && mode.slice(0, 3) !== oldMode.slice(0, 3);
}

/**
 * Splits what `git diff` wrote into its files; a line of content never begins with a letter, but may hold a CR.
 *
 * @example
 * splitPatches('diff --git a/x b/x\n+1\rdiff --git \n').length // 1
 */
export function splitPatches(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)(?=diff --git )/);
}
