/** `git trace import`: what other tools have kept becomes events, once, however often it is imported. */
import { resolve } from 'node:path';
import { readInputFile } from '../../adapters/fs/input-file.ts';
import { filesBelow, linesOf } from '../../adapters/fs/lines.ts';
import { agentTraceRecords } from '../../capture/import/agent-trace.ts';
import { transcriptRecords } from '../../capture/import/claude-transcript.ts';
import { fail } from '../../core/errors.ts';
import { timestamp } from '../../core/time.ts';
import type { Place } from '../../spool/record.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { entireParts, notesParts } from '../import-git.ts';
import { importParts, type Part } from '../import-records.ts';
import { otlpFile } from '../otlp.ts';
import { counted } from '../output.ts';

const SOURCES = ['claude-code', 'entire', 'agent-trace', 'git-ai', 'otlp-logs', 'otlp-traces'];

export const importCommand: Command = {
  name: 'import',
  summary: 'take over what other tools have kept',
  usage: [
    'import (claude-code | agent-trace) [--pr <pr> | --branch <branch>] [--json] [<file>]',
    'import (otlp-logs | otlp-traces) [--pr <pr> | --branch <branch>] [--json] <file>',
    'import (entire | git-ai) [--pr <pr> | --branch <branch>] [--json] [<ref>]',
  ],
  description:
    'Makes events of transcripts of Claude Code (a file, or all of this work tree), of checkpoints of Entire (its branch and\n' +
    'its refs), of Agent Trace records (a file, or .agent-trace/traces.jsonl), of notes of git-ai (refs/notes/ai), and of\n' +
    'what agents told by OpenTelemetry (OTLP in a file). Each event keeps its time and its session; where it is known on\n' +
    'which branch it happened, it goes to the trace of that one. What was imported before is counted and left alone.',
  options: {
    pr: { type: 'string', value: '<pr>', summary: 'import into this pull request' },
    branch: { type: 'string', value: '<branch>', summary: 'import into this branch' },
    json: { type: 'boolean', summary: 'print accepted, duplicate, excluded, refused and recorded as JSON' },
  },
  arguments: { min: 1, max: 2 },
  examples: [
    ['git trace import claude-code', 'all sessions of Claude Code in this work tree'],
    ['git trace import entire', "Entire's checkpoints that are here"],
    ['git trace import git-ai --pr 42', 'who wrote which line, into pull request 42'],
  ],
  async run(context, input) {
    const [what = '', named] = input.positionals;
    if (!SOURCES.includes(what))
      throw fail('bad-argument', `there is no importer for "${what}"`, [`name one: git trace import ${SOURCES.join('|')}`]);
    const { accepted, duplicate, excluded, refused, recorded } = await importParts(context, await partsOf(context, input, what, named));
    if (input.flag('json')) context.output.out(`${JSON.stringify({ accepted, duplicate, excluded, refused, recorded })}\n`);
    else {
      const more = [
        excluded > 0 ? `${excluded} left out by the policy` : [],
        refused > 0 ? `${refused} put aside` : [],
        recorded > 0 ? `${counted(recorded, 'session')} left to what hooks recorded` : [],
      ].flat();
      context.output.say([`${counted(accepted, 'event')} imported`, counted(duplicate, 'duplicate'), ...more].join(', '));
    }
    return 0;
  },
};

async function partsOf(
  context: Context,
  input: Input,
  what: string,
  named: string | undefined,
): Promise<AsyncIterable<Part> | Iterable<Part>> {
  const [pr, branch] = [input.text('pr'), input.text('branch')];
  const forced: Place | undefined = pr !== undefined ? { trace: await context.trace(pr) } : branch !== undefined ? { branch } : undefined;
  const { workTree } = await context.repository();
  const { sha256 } = context;
  switch (what) {
    case 'entire':
      return entireParts(context, named, forced);
    case 'git-ai':
      return notesParts(context, named, forced ?? (await context.place()));
    case 'agent-trace': {
      const file = named === undefined ? `${workTree ?? context.cwd}/.agent-trace/traces.jsonl` : resolve(context.cwd, named);
      const place = forced ?? (await context.place());
      return [(isIgnored) => agentTraceRecords(linesOf(file), { place, isIgnored, sha256 })];
    }
    case 'otlp-logs':
    case 'otlp-traces': {
      if (named === undefined) throw fail('usage', `'git trace import ${what}' wants a file`, [`usage: git trace import ${what} <file>`]);
      const place = forced ?? (await context.place());
      const options = { place, sha256, now: timestamp(context.clock.now()) };
      const records = await otlpFile(what === 'otlp-logs' ? 'logs' : 'traces', await readInputFile(named, context.cwd), options);
      return [() => records];
    }
    default: {
      const files = named === undefined ? transcriptsOf(context, workTree) : [resolve(context.cwd, named)];
      return files.map(
        (file): Part =>
          (isIgnored) =>
            transcriptRecords(linesOf(file), { place: forced, workTree, isIgnored, sha256 }),
      );
    }
  }
}

/** The transcripts that Claude Code has kept of a work tree. @throws no-such-file */
function transcriptsOf({ env }: Context, workTree: string | undefined): string[] {
  const home = env['CLAUDE_CONFIG_DIR'] ?? `${env['HOME'] ?? ''}/.claude`;
  const folder = `${home}/projects/${(workTree ?? '').replace(/[^A-Za-z0-9]/g, '-')}`;
  const files = filesBelow(folder, '.jsonl');
  if (workTree === undefined || files.length === 0)
    throw fail('no-such-file', `there are no transcripts of Claude Code in '${folder}'`, ['name the file of a transcript']);
  return files;
}
