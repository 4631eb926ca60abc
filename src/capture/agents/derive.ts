/**
 * Stage 1, agents: makes events of what agents' hooks have kept, when it is taken from the spool. Adds how long a tool
 * took, the results of tests that a command printed, and the session; leaves out what a snapshot of the work tree tells
 * a second time. Never lets through what it does not understand.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { messageOf } from '../../core/errors.ts';
import type { Sha256 } from '../../core/line.ts';
import type { Policy } from '../../core/policy.ts';
import { millis, timestamp } from '../../core/time.ts';
import type { Taken } from '../../spool/read.ts';
import type { SessionFacts } from '../../spool/record.ts';
import { readPrinted } from '../tests/read-report.ts';
import { recogniseLine } from '../tests/recognise.ts';
import { frameworkOf, testPayload, withinTree } from '../tests/report.ts';
import { toolEvent } from './calls.ts';
import { fromClaudeCode } from './claude-code.ts';
import { fromCodex } from './codex.ts';
import { fromCursor } from './cursor.ts';
import { cutDiff } from './diff.ts';
import { fromGemini } from './gemini.ts';
import { type AgentMemory, isTold, rememberEdit } from './memory.ts';
import { readSaid, type Said } from './said.ts';
import { type AgentEvent, type AgentName, isAgent, type Told, type Translate } from './told.ts';

const TRANSLATORS: Readonly<Record<AgentName, Translate>> = {
  'claude-code': fromClaudeCode,
  codex: fromCodex,
  cursor: fromCursor,
  gemini: fromGemini,
};

export interface AgentPorts {
  readonly memory: AgentMemory;
  readonly policy: Policy;
  readonly sha256: Sha256;
  /** Who works in this clone, as session_started says it. */
  readonly developer: () => Promise<JsonObject>;
  /** Which of the paths of a work tree git ignores; throws where it cannot be told. */
  readonly ignored: (top: string, paths: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Is told what was left out and why, in words without content. */
  readonly debug: (text: string) => void;
}

/** The records, with events in place of what agents' hooks have kept. */
export async function withAgents(taken: readonly Taken[], ports: AgentPorts): Promise<readonly Taken[]> {
  const told = taken.map((item) => (item.record.agent === undefined ? undefined : tellOf(item, ports)));
  for (const [i, one] of told.entries())
    if (one?.begins !== undefined) ports.memory.calls.set(ports.sha256(`${one.session} ${one.begins}`), millis(taken[i]?.ts ?? ''));
  const ignored = await ignoredPaths(taken, told, ports);
  const results: Taken[] = [];
  for (const [i, item] of taken.entries()) {
    const one = told[i];
    if (item.record.agent === undefined) results.push(item);
    else if (one !== undefined) results.push(...(await recordsOf(item, one, ignored, ports)));
  }
  return results.filter((item) => !(isFound(item) && isToldAlready(item, ports)));
}

function tellOf({ record: { agent } }: Taken, { debug }: AgentPorts): Told | undefined {
  const { agent: name = '', event = '', top = '', text = '' } = agent ?? {};
  const leave = (why: string): undefined => debug(`left out what the agent '${name.slice(0, 40)}' said: ${why}`) as undefined;
  if (typeof name !== 'string' || !isAgent(name)) return leave('an agent that is not known');
  const said: Said | undefined = typeof text === 'string' ? readSaid(text) : undefined;
  if (said === undefined) return leave('it is no JSON object');
  try {
    const translated = TRANSLATORS[name]({ event: String(event), said, top: String(top) });
    return 'ignored' in translated ? leave(translated.ignored) : translated;
  } catch (error) {
    return leave(messageOf(error));
  }
}

/** Edited paths that git ignores, as `<top>\0<path>`. What cannot be asked counts as ignored. */
async function ignoredPaths(
  taken: readonly Taken[],
  told: readonly (Told | undefined)[],
  ports: AgentPorts,
): Promise<(top: string, path: unknown) => boolean> {
  const asked = new Map<string, Set<string>>();
  for (const [i, one] of told.entries())
    for (const { type, payload } of one?.events ?? []) {
      const top = taken[i]?.record.agent?.top ?? '';
      if (type === 'edit') asked.set(top, (asked.get(top) ?? new Set()).add(String(payload['file'])));
    }
  const answers = new Map<string, ReadonlySet<string>>();
  for (const [top, paths] of asked) {
    try {
      answers.set(top, await ports.ignored(top, [...paths]));
    } catch (error) {
      ports.debug(`left out the edits of ${paths.size} files: ${messageOf(error)}`);
    }
  }
  return (top, path) => answers.get(top)?.has(String(path)) ?? true;
}

async function recordsOf(item: Taken, told: Told, ignored: (top: string, path: unknown) => boolean, ports: AgentPorts): Promise<Taken[]> {
  const { place, agent } = item.record;
  const { agent: tool = '', top = '' } = agent ?? {};
  const { memory, policy } = ports;
  const session: SessionFacts = {
    id: sessionId(tool, told.session, ports.sha256),
    kind: 'agent',
    tool,
    ...(told.model === undefined ? {} : { model: told.model }),
  };
  memory.sessions.add(ports.sha256(session.id));
  const at = millis(item.ts);
  const began = told.ends === undefined ? undefined : memory.calls.get(ports.sha256(`${told.session} ${told.ends}`));
  const make = (type: string, payload: JsonObject, ms: number): Taken => ({
    file: item.file,
    record: { place, session, type, payload },
    ts: timestamp(ms),
  });
  const records: Taken[] = [];
  if (told.starts !== undefined) {
    const model = told.model === undefined ? {} : { model: told.model };
    records.push(make('session_started', { developer: await ports.developer(), kind: 'agent', ...model, ...told.starts, tool }, at));
  }
  for (const event of told.events) {
    const { type, payload } = timed(asAllowed(event, top, ignored), began, at);
    if (type === 'command' && isRecordedByItself(payload)) continue;
    if (type === 'edit') {
      rememberEdit(memory, {
        branch: place.branch ?? null,
        path: ports.sha256(String(payload['file'])),
        at,
        additions: Number(payload['additions']),
        deletions: Number(payload['deletions']),
      });
      records.push(make(type, cutDiff(payload, policy.caps.diff), at));
      continue;
    }
    // a command stands where it began, its tests where it ended
    const duration = payload['duration_ms'];
    records.push(make(type, payload, type === 'command' && typeof duration === 'number' ? at - duration : at));
    if (type === 'command') for (const test of testsOf(payload, top)) records.push(make('test', test, at));
  }
  return records;
}

/** An edit of a file that git ignores is told as a call of a tool, and no more. */
function asAllowed(event: AgentEvent, top: string, ignored: (top: string, path: unknown) => boolean): AgentEvent {
  if (event.type !== 'edit' || !ignored(top, event.payload['file'])) return event;
  const { tool } = event.payload;
  return toolEvent({ tool: typeof tool === 'string' ? tool : 'edit', status: 'completed' });
}

function timed({ type, payload }: AgentEvent, began: number | undefined, at: number): AgentEvent {
  if (began === undefined || began > at || payload['duration_ms'] !== undefined || (type !== 'command' && type !== 'tool_call'))
    return { type, payload };
  return { type, payload: { ...payload, duration_ms: at - began } };
}

/** `git trace run` and `test` record what they run. */
function isRecordedByItself({ command, exit_code: exit }: JsonObject): boolean {
  return typeof command === 'string' && exit !== 129 && /^\s{0,20}git[ -]trace (?:run|test)(?: [^|&;<>()`$\n]{0,2000})?$/.test(command);
}

/** The results of the tests that a command ran, as it printed them. */
function testsOf(payload: JsonObject, top: string): JsonObject[] {
  const { command, stdout_sample: out, stderr_sample: err = '', truncated } = payload;
  if (typeof command !== 'string' || typeof out !== 'string' || typeof err !== 'string') return [];
  const runner = recogniseLine(command)?.runner;
  if (runner === undefined) return [];
  const report = readPrinted([out, err], runner, truncated !== true);
  if (report === undefined) return [];
  const framework = frameworkOf(report.framework, runner);
  return [JSON.parse(JSON.stringify(testPayload(withinTree({ ...report, framework }, top), { command, source: 'local' })))];
}

/** Our session of an agent's: its own id, where that is fit for a name. */
function sessionId(agent: string, id: string, sha256: Sha256): string {
  return `${agent}-${/^[A-Za-z0-9._-]{1,48}$/.test(id) ? id : sha256(id).slice(0, 32)}`;
}

/** An edit that a snapshot of the work tree has found. */
function isFound({ file, record: { type } }: Taken): boolean {
  return type === 'edit' && file.startsWith('edit-');
}

function isToldAlready({ file, ts, record: { place, payload } }: Taken, { memory, sha256 }: AgentPorts): boolean {
  const { file: path, additions, deletions } = payload;
  if (typeof path !== 'string' || typeof additions !== 'number' || typeof deletions !== 'number') return false;
  return isTold(memory, { branch: place.branch ?? null, path: sha256(path), at: millis(ts), additions, deletions }, file);
}
