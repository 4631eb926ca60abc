/**
 * Stage 1, importing: a checkpoint of Entire (entireio/cli): one commit's agent sessions, each with its metadata, its
 * prompts and its transcript. Pure; which ref or branch it stands on makes no difference.
 */
import type { Sha256 } from '../../core/line.ts';
import { normaliseTime } from '../../core/time.ts';
import type { Place, SessionFacts, SpoolRecord } from '../../spool/record.ts';
import { isSaid, listIn, readSaid, saidIn, textIn } from '../agents/said.ts';
import { isMachinery, transcriptRecords } from './claude-transcript.ts';

/** One session of a checkpoint, as its files say it. */
export interface CheckpointSession {
  /** `metadata.json` of the session. */
  readonly metadata: string;
  /** `metadata.json` of the checkpoint, which knows the branch where the session's does not. */
  readonly checkpoint: string | undefined;
  /** `prompt.txt`. */
  readonly prompts: string | undefined;
  /** Lines of `full.jsonl`. */
  readonly transcript: Iterable<string>;
}

export interface CheckpointOptions {
  readonly place: Place | undefined;
  readonly workTree: string | undefined;
  readonly isIgnored: (path: string) => boolean;
  readonly sha256: Sha256;
}

/** Entire's names of agents that have hooks of ours. */
const OURS: Readonly<Record<string, string>> = { 'Claude Code': 'claude-code', 'Gemini CLI': 'gemini', Cursor: 'cursor', Codex: 'codex' };
const SEPARATOR = '\n\n---\n\n';

/** Makes records of one session of a checkpoint; none where its metadata says no session. */
export function* checkpointRecords(session: CheckpointSession, options: CheckpointOptions): Generator<SpoolRecord> {
  const metadata = readSaid(session.metadata);
  const ts = normaliseTime(textIn(metadata, 'created_at') ?? '');
  const id = textIn(metadata, 'session_id');
  if (metadata === undefined || ts === undefined || id === undefined) return;
  const branch = textIn(metadata, 'branch') ?? textIn(readSaid(session.checkpoint ?? ''), 'branch');
  const place = options.place ?? { branch: branch ?? null };
  const agent = textIn(metadata, 'agent') ?? 'agent';
  // older ones have the day before the agent's own id
  const own = id.replace(/^[0-9]{4}-[0-9]{2}-[0-9]{2}-(?=[0-9a-f]{8}-)/, '');
  const tool = OURS[agent] ?? (agent === 'Agent' ? 'claude-code' : agent.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
  const name = /^[A-Za-z0-9._-]{1,40}$/.test(own) ? own : options.sha256(own).slice(0, 32);
  const facts: SessionFacts = { id: `${tool.slice(0, 20)}-${name}`, kind: 'agent', tool };
  let told = 0;
  if (tool === 'claude-code')
    for (const record of transcriptRecords(session.transcript, { ...options, place })) {
      told++;
      yield record;
    }
  if (told === 0)
    for (const text of (session.prompts ?? '').split(SEPARATOR))
      if (text.trim() !== '' && !isMachinery(text)) yield { place, session: facts, type: 'prompt', ts, payload: { text: text.trim() } };
  const tokens = saidIn(metadata, 'token_usage');
  yield {
    place,
    session: facts,
    type: 'agent_checkpoint',
    ts,
    payload: {
      checkpoint_id: textIn(metadata, 'checkpoint_id') ?? null,
      files: listIn(metadata, 'files_touched')
        .filter((path) => typeof path === 'string')
        .slice(0, 500),
      ...(isSaid(metadata['token_usage']) ? { tokens: counts(tokens) } : {}),
    },
  };
}

/** Members that count something. */
function counts(tokens: Readonly<Record<string, unknown>>): Record<string, number> {
  const pairs = Object.entries(tokens).flatMap(([name, value]) =>
    typeof value === 'number' && Number.isSafeInteger(value) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(pairs);
}
