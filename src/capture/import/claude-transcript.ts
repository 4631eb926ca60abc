/**
 * Stage 1, importing: the transcript of a Claude Code session (`~/.claude/projects/<project>/<session>.jsonl`), line by
 * line, as the events that its hooks would have told. Pure; of a transcript of any length only the calls are kept that
 * wait for their answer. What was answered, thought and read stays where it is.
 */
import type { JsonObject } from '../../core/canonical.ts';
import type { Sha256 } from '../../core/line.ts';
import { millis, normaliseTime, timestamp } from '../../core/time.ts';
import type { Place, SessionFacts, SpoolRecord } from '../../spool/record.ts';
import { toolEvents } from '../agents/claude-code.ts';
import { isSaid, listIn, readSaid, type Said, saidIn, textIn } from '../agents/said.ts';
import { pathInTree } from '../agents/told.ts';

const AGENT = 'claude-code';
/** Calls that wait for their answer. */
const WAITING = 1_000;
/** Records that wait until the model is known. */
const HELD = 100;

export interface TranscriptOptions {
  /** Where all of it belongs; without one, each line's own branch. */
  readonly place: Place | undefined;
  /** The work tree here; paths of a transcript that was made elsewhere are relative to its first folder. */
  readonly workTree: string | undefined;
  /** Which files git ignores: nothing is told of their edits. */
  readonly isIgnored: (path: string) => boolean;
  readonly sha256: Sha256;
}

interface Call {
  readonly name: string;
  readonly input: Said;
  readonly at: number;
  readonly model: string | undefined;
}

/** Makes records of a transcript's lines; lines that are none are passed over. */
export function* transcriptRecords(lines: Iterable<string>, options: TranscriptOptions): Generator<SpoolRecord> {
  const reader = new TranscriptReader(options);
  const held: SpoolRecord[] = [];
  for (const line of lines) {
    held.push(...reader.read(line));
    // the first event begins the session, and says the model
    if (reader.model === undefined && held.length < HELD) continue;
    yield* held.splice(0).map((record) => withModel(record, reader.model));
  }
  yield* held.map((record) => withModel(record, reader.model));
}

function withModel(record: SpoolRecord, model: string | undefined): SpoolRecord {
  return record.session === undefined || model === undefined ? record : { ...record, session: { ...record.session, model } };
}

class TranscriptReader {
  /** The model that answered first. */
  model: string | undefined;
  readonly #options: TranscriptOptions;
  readonly #waiting = new Map<string, Call>();
  #top: string | undefined;

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  read(text: string): SpoolRecord[] {
    const line = readSaid(text);
    if (line === undefined) return [];
    if (line['type'] !== 'progress') return this.#line(line, line);
    // what a sub-agent does, told within its parent's transcript
    const data = saidIn(line, 'data');
    const inner = saidIn(data, 'message');
    return this.#line({ ...inner, agentId: textIn(data, 'agentId') ?? textIn(line, 'parentToolUseID'), isSidechain: true }, line);
  }

  #line(line: Said, outer: Said): SpoolRecord[] {
    const ts = normaliseTime(textIn(line, 'timestamp') ?? textIn(outer, 'timestamp') ?? '');
    const id = textIn(outer, 'sessionId');
    const cwd = textIn(outer, 'cwd');
    if (ts === undefined || id === undefined) return [];
    this.#top ??= this.#topOf(cwd);
    const message = saidIn(line, 'message');
    if (line['type'] === 'assistant') this.#called(message, millis(ts));
    if (line['type'] !== 'user' || line['isMeta'] === true || line['isCompactSummary'] === true) return [];
    const make = this.#maker(outer, id, ts);
    const content = message['content'];
    const answers = listIn(message, 'content').filter((part) => textIn(part, 'type') === 'tool_result');
    if (answers.length > 0) return answers.flatMap((answer) => this.#answered(answer, line, cwd, millis(ts), make));
    const texts = typeof content === 'string' ? [content] : listIn(message, 'content').flatMap((part) => textIn(part, 'text') ?? []);
    const prompt = texts
      .filter((part) => !isMachinery(part))
      .join('\n')
      .trim();
    return prompt === '' || line['isSidechain'] === true ? [] : [make('prompt', { text: prompt }, ts)];
  }

  #topOf(cwd: string | undefined): string | undefined {
    const { workTree } = this.#options;
    return workTree !== undefined && pathInTree(cwd, workTree) !== undefined ? workTree : cwd;
  }

  #maker(outer: Said, id: string, ts: string): (type: string, payload: JsonObject, at: string) => SpoolRecord {
    const branch = textIn(outer, 'gitBranch');
    const place = this.#options.place ?? { branch: branch === undefined || branch === 'HEAD' ? null : branch };
    const name = /^[A-Za-z0-9._-]{1,48}$/.test(id) ? id : this.#options.sha256(id).slice(0, 32);
    const session: SessionFacts = { id: `${AGENT}-${name}`, kind: 'agent', tool: AGENT };
    return (type, payload, at = ts) => ({ place, session, type, ts: at, payload });
  }

  #called(message: Said, at: number): void {
    const model = textIn(message, 'model');
    const said = model === '<synthetic>' ? undefined : model;
    this.model ??= said;
    for (const part of listIn(message, 'content')) {
      const [id, name] = [textIn(part, 'id'), textIn(part, 'name')];
      if (textIn(part, 'type') !== 'tool_use' || id === undefined || name === undefined || this.#waiting.has(id)) continue;
      this.#waiting.set(id, { name, input: saidIn(part, 'input'), at, model: said });
      const [oldest] = this.#waiting.keys();
      if (this.#waiting.size > WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    }
  }

  #answered(
    answer: unknown,
    line: Said,
    cwd: string | undefined,
    at: number,
    make: (type: string, payload: JsonObject, at: string) => SpoolRecord,
  ): SpoolRecord[] {
    const id = textIn(answer, 'tool_use_id');
    const call = id === undefined ? undefined : this.#waiting.get(id);
    if (call === undefined || id === undefined) return [];
    this.#waiting.delete(id);
    const failed = isSaid(answer) && answer['is_error'] === true;
    const error = typeof line['toolUseResult'] === 'string' ? line['toolUseResult'] : (contentOf(answer) ?? '');
    const agent = line['isSidechain'] === true ? textIn(line, 'agentId') : undefined;
    const said: Said = {
      cwd,
      tool_name: call.name,
      tool_input: call.input,
      tool_response: isSaid(line['toolUseResult']) ? line['toolUseResult'] : contentOf(answer),
      error: error.replace(/^Error: /, ''),
      is_interrupt: /^(?:Error: )?\[?Request interrupted/.test(error),
      duration_ms: Math.max(0, at - call.at),
      ...(agent === undefined ? {} : { agent_id: agent }),
      ...(call.model === undefined || call.model === this.model ? {} : { model: call.model }),
    };
    const events = toolEvents({ event: '', said, top: this.#top ?? '/' }, failed, AGENT);
    return events.flatMap(({ type, payload }) => {
      if (type === 'edit' && this.#options.isIgnored(String(payload['file']))) return [];
      return [make(type, payload, timestamp(type === 'command' ? Math.min(call.at, at) : at))];
    });
  }
}

/** What a tool answered, where it is a text. */
function contentOf(answer: unknown): string | undefined {
  return (
    textIn(answer, 'content') ??
    listIn(answer, 'content')
      .flatMap((part) => textIn(part, 'text') ?? [])
      .join('\n')
  );
}

/** What stands where a person speaks and is no person's: commands of the program, what it adds by itself. */
export function isMachinery(text: string): boolean {
  return (
    /^\s*<(?:command-|local-command-|system-reminder|bash-|task-notification|ide_)/.test(text) ||
    /^\s*(?:Caveat: The messages below|\[Request interrupted|This session is being continued from a previous conversation)/.test(text)
  );
}
