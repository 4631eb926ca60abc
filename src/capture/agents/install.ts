/**
 * Stage 1, installing: puts our hooks into agents' settings and takes them out, through a port. What was put where is
 * noted first, so that it can be taken back to the byte. Decides nothing about the text (settings-text.ts does).
 */
import { dirname, join } from 'node:path';
import type { HookFiles } from '../../core/ports.ts';
import { settingsOf } from './settings.ts';
import { MARK, withAdditions, withoutAdditions } from './settings-text.ts';
import { type AgentName, isAgent } from './told.ts';

/** What was done to one agent's settings; `trace/agents-installed.json` is a list of these. */
export interface AgentNote {
  readonly agent: AgentName;
  /** Absolute, without links. */
  readonly path: string;
  readonly madeFile: boolean;
  readonly madeFolder: boolean;
  readonly pieces: readonly string[];
}

/** Which work trees' agents have our hooks; below `trace/`. */
export const AGENTS_INSTALLED = 'agents-installed.json';
export const AGENT_SCRIPT = 'agent.sh';

export interface AgentInstall {
  /** To be kept before {@link AgentInstall.act} is called; `undefined` where nothing is to be done. */
  readonly note: AgentNote | undefined;
  readonly outcome: 'installed' | 'there' | 'not understood';
  /** Relative to the work tree. */
  readonly file: string;
  readonly hint: string;
  /** Writes the file. @throws read-only, disk-full */
  act(): void;
}

/** Plans the hooks of one agent in one work tree. @throws read-only, internal when a file cannot be read */
export function planAgent(files: HookFiles, workTree: string, agent: AgentName): AgentInstall {
  const { file, hint, additions } = settingsOf(agent);
  const path = files.real(join(workTree, file));
  const before = files.read(path)?.toString('utf8');
  const none = { note: undefined, file, hint, act: () => undefined };
  if (before?.includes(MARK) === true) return { ...none, outcome: 'there' };
  const added = withAdditions(before, additions);
  // what does not come back as it was when read as UTF-8 is better left alone
  if (added === undefined || before?.includes('\uFFFD') === true) return { ...none, outcome: 'not understood' };
  const madeFolder = files.stat(dirname(path)) === undefined;
  return {
    note: { agent, path, madeFile: before === undefined, madeFolder, pieces: added.pieces },
    outcome: 'installed',
    file,
    hint,
    act() {
      if (madeFolder) files.makeFolder(dirname(path), 0o755);
      files.write(path, added.text, files.stat(path)?.mode ?? 0o644);
    },
  };
}

/** Takes an agent's hooks out; tells whether there were any. @throws read-only, disk-full */
export function removeAgent(files: HookFiles, note: AgentNote, options: { readonly dryRun: boolean }): boolean {
  const { path, madeFile, madeFolder, pieces } = note;
  const before = files.read(path)?.toString('utf8');
  if (before?.includes(MARK) !== true) return false;
  if (options.dryRun) return true;
  const rest = withoutAdditions(before, pieces);
  if (madeFile && /^\s*(?:\{\s*(?:"version"\s*:\s*1\s*)?\})?\s*$/.test(rest)) {
    files.remove(path);
    if (madeFolder) files.removeFolder(dirname(path));
  } else files.write(path, rest, files.stat(path)?.mode ?? 0o644);
  return true;
}

/** Reads the notes; what somebody wrote over counts as none. */
export function readNotes(bytes: Buffer | undefined): AgentNote[] {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '[]');
    // written by init and nothing else; each is looked at before it is believed
    return Array.isArray(value)
      ? value.filter((note: AgentNote) => isAgent(note.agent) && typeof note.path === 'string' && Array.isArray(note.pieces))
      : [];
  } catch {
    return [];
  }
}
