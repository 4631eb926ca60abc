/**
 * Records what an agent does through `git trace mcp`: each call with all that an observer of agents wants to know of it,
 * and the events that calls leave. One session for one run; nothing that fails here fails a call.
 */
import { previewLine } from '../capture/agents/calls.ts';
import { fail, messageOf } from '../core/errors.ts';
import { timestamp } from '../core/time.ts';
import { flush } from '../journal/flush.ts';
import { prepare } from '../journal/prepare.ts';
import { ownWriter } from '../journal/writer.ts';
import { SpoolFile } from '../spool/append.ts';
import type { SessionFacts, SpoolRecord } from '../spool/record.ts';
import type { Context } from './context.ts';
import { recordEdits } from './edits.ts';

export interface ServedCall {
  readonly tool: string;
  readonly mode: 'read' | 'write';
  readonly status: 'completed' | 'failed';
  readonly preview: string;
  readonly durationMs: number;
  /** Characters of what was looked at and of what was answered. */
  readonly looked: number;
  readonly answered: number;
}

export interface Recording {
  /** Keeps an event and takes it into the journal; says what became of it. @throws too-large, bad-event, disk-full, read-only */
  keep(type: string, payload: Record<string, unknown>): Promise<string>;
  called(call: ServedCall): void;
  end(): Promise<void>;
}

/** Characters of one token, roughly, in text as models read it. */
const TOKEN = 4;
/** Bytes of what an agent may tell at once; the journal keeps less of it. */
const MOST = 262_144;

/** Begins the recording of one run. `client` is what the agent calls itself. */
export async function startRecording(context: Context, client: () => string | undefined): Promise<Recording> {
  const files = await context.files();
  const spool = new SpoolFile(files, context.random, 'mcp', process.pid);
  const { config } = await context.repository();
  const url = config.get('remote.origin.url');
  const place = projectOf(url, (await context.repository()).workTree ?? context.cwd);
  // the same in every clone of one remote; a clone without one is known by its writer
  const fingerprint = context.sha256(`git-trace repository\0${place.remote ?? ownWriter(files, context.random)}`);
  const started = Math.floor(context.clock.now() / 1_000);
  let recorded = false;
  const session = (): SessionFacts => {
    const tool = (client() ?? 'mcp').slice(0, 60);
    const name = tool.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    return { id: `mcp-${name.slice(0, 30)}-${process.pid}-${started}`, kind: 'agent', tool };
  };
  const make = async (type: string, payload: Record<string, unknown>): Promise<SpoolRecord & { ts: string }> => ({
    place: await context.place(),
    session: session(),
    type,
    ts: timestamp(context.clock.now()),
    payload: JSON.parse(JSON.stringify(payload)), // plain JSON, without the members that are not there
  });
  const append = (record: SpoolRecord): void => {
    recorded = true;
    spool.append(record);
  };
  const take = async (finished: boolean): Promise<string | undefined> => {
    try {
      await flush(await context.flushPorts(), { wait: 2_000, ...(finished ? { finished: new Set([spool.name]) } : {}) });
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  const isSilent = async (): Promise<boolean> => context.silenced() || (await context.paused()) !== undefined;
  let queue: Promise<unknown> = Promise.resolve();
  return {
    async keep(type, payload) {
      if (await isSilent()) return 'recording is paused here, so this was not kept';
      // what was edited before stands before
      await recordEdits(context, 'agent', { quiet: true });
      const record = await make(type, payload);
      // a flush would put it aside where nobody looks who is told now that it is recorded
      const size = Buffer.byteLength(JSON.stringify(record));
      if (size > MOST) throw fail('too-large', `it has ${size} bytes, expected at most ${MOST}`);
      const ports = await context.flushPorts().catch(() => undefined); // it waits until that is mended
      const preparation = ports && prepare(record, record.ts, { ...ports, facts: new Map() });
      if (preparation?.kind === 'bad') throw fail('bad-event', preparation.reason);
      append(record);
      const problem = await take(false);
      return problem === undefined ? 'recorded in the trace of this branch' : `kept; it goes into the journal later (${problem})`;
    },
    called(call) {
      // one after the other, and before the end
      queue = queue
        .then(async () => {
          if (await isSilent()) return;
          const { branch, oid } = await (await context.repository()).head();
          const [looked, answered] = [Math.ceil(call.looked / TOKEN), Math.ceil(call.answered / TOKEN)];
          const original = Math.max(looked, answered);
          const record = await make('tool_call', {
            tool_name: call.tool,
            status: call.status,
            mode: call.mode,
            tokens_original: original,
            tokens_saved: original - answered,
            duration_ms: Math.round(call.durationMs),
            repository_fingerprint: fingerprint,
            checkout_binding: `${branch ?? 'HEAD'}@${oid?.slice(0, 12) ?? 'none'}`,
            project_slug: place.slug,
            command_preview: previewLine(call.preview.toWellFormed()),
          });
          append(record);
        })
        .catch(() => undefined);
    },
    async end() {
      await queue;
      if (!recorded) return;
      await make('session_ended', { status: 'completed' })
        .then(append)
        .catch(() => undefined);
      await take(true);
    },
  };
}

/** A project's name, and its remote without what differs between people: scheme, user, `.git`. */
function projectOf(url: string | undefined, folder: string): { slug: string; remote: string | undefined } {
  const own = folder.split('/').pop() ?? '';
  if (url === undefined) return { slug: own, remote: undefined };
  const remote = url
    .replace(/^[a-z+]{1,20}:\/\//i, '')
    .replace(/^[^@/]{1,200}@/, '')
    .replace(':', '/')
    .replace(/(?:\.git)?\/*$/, '');
  return { slug: remote.split('/').slice(-2).join('/') || own, remote };
}
