/** All commands, each loaded when it is called. */
import { VERSION } from '../../core/version.ts';
import type { Command } from '../command.ts';

export interface CommandEntry {
  readonly group: 'set up' | 'record' | 'share' | 'read' | 'internal';
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  init: { group: 'set up', summary: 'record this repository: hooks and configuration', load: async () => (await import('./init.ts')).init },
  'shell-init': {
    group: 'set up',
    summary: 'print the shell integration, for a line in the rc file',
    load: async () => (await import('./shell-init.ts')).shellInit,
  },
  pause: { group: 'set up', summary: 'stop recording for a while', load: async () => (await import('./pause.ts')).pause },
  resume: { group: 'set up', summary: 'go on recording after a pause', load: async () => (await import('./pause.ts')).resume },
  run: { group: 'record', summary: 'run a command and record it with its output', load: async () => (await import('./run.ts')).run },
  test: { group: 'record', summary: 'run tests and record their results', load: async () => (await import('./test.ts')).test },
  note: { group: 'record', summary: 'record why, in your own words', load: async () => (await import('./note.ts')).note },
  link: { group: 'record', summary: 'say which pull request a branch belongs to', load: async () => (await import('./link.ts')).link },
  ingest: { group: 'record', summary: 'record events from a JSON batch', load: async () => (await import('./ingest.ts')).ingest },
  serve: {
    group: 'record',
    summary: 'take events over HTTP, and tell what the traces hold',
    load: async () => (await import('./serve.ts')).serve,
  },
  mcp: {
    group: 'record',
    summary: 'let an agent read and annotate traces, over MCP',
    load: async () => (await import('./mcp.ts')).mcp,
  },
  import: {
    group: 'record',
    summary: 'take over what other tools have kept',
    load: async () => (await import('./import.ts')).importCommand,
  },
  flush: {
    group: 'record',
    summary: 'put what waits in the spool into the journal',
    load: async () => (await import('./flush.ts')).flushCommand,
  },
  recorder: {
    group: 'record',
    summary: 'record edits between commands, in the background',
    load: async () => (await import('./recorder.ts')).recorder,
  },
  push: { group: 'share', summary: 'send traces to a remote', load: async () => (await import('./push.ts')).push },
  fetch: { group: 'share', summary: 'bring traces from a remote', load: async () => (await import('./fetch.ts')).fetch },
  sync: { group: 'share', summary: 'bring and send everything that waits', load: async () => (await import('./sync.ts')).sync },
  ci: { group: 'share', summary: 'report from a job of a build server', load: async () => (await import('./ci.ts')).ci },
  archive: {
    group: 'share',
    summary: 'put the traces of closed pull requests together',
    load: async () => (await import('./archive.ts')).archive,
  },
  prune: { group: 'share', summary: 'drop what is old', load: async () => (await import('./prune.ts')).prune },
  show: { group: 'read', summary: 'replay a trace', load: async () => (await import('./show.ts')).show },
  tui: { group: 'read', summary: 'watch and replay traces in the terminal', load: async () => (await import('./tui.ts')).tui },
  summary: {
    group: 'read',
    summary: 'sum a trace up for reviewers, as Markdown',
    load: async () => (await import('./summary.ts')).summary,
  },
  notes: {
    group: 'read',
    summary: 'tell in git notes what led to each commit',
    load: async () => (await import('./notes.ts')).notes,
  },
  list: { group: 'read', summary: 'list the traces that are here', load: async () => (await import('./list.ts')).list },
  status: { group: 'read', summary: 'tell what is recorded and what waits', load: async () => (await import('./status.ts')).status },
  verify: { group: 'read', summary: 'check a trace', load: async () => (await import('./verify.ts')).verify },
  scan: { group: 'read', summary: 'look for secrets that a trace holds', load: async () => (await import('./scan.ts')).scan },
  redact: { group: 'read', summary: 'erase events of a trace, or try the rules', load: async () => (await import('./redact.ts')).redact },
  hook: { group: 'internal', summary: 'what the git hooks call', load: async () => (await import('./hook.ts')).hook },
};

/** What `git trace -h` prints. */
export function overview(): string {
  const groups = ['set up', 'record', 'share', 'read'] as const;
  const lines = groups.flatMap((group) => [
    '',
    `${group}:`,
    ...Object.entries(COMMANDS)
      .filter(([, entry]) => entry.group === group)
      .map(([name, entry]) => `  ${name.padEnd(10)} ${entry.summary}`),
  ]);
  return [
    `git-trace ${VERSION}: keeps how a pull request came to be, inside git`,
    '',
    'usage: git trace <command> [<args>]',
    ...lines,
    '',
    "'git trace <command> -h' tells more about one",
    '',
  ].join('\n');
}
