/**
 * Stage 1, importing: records of the Agent Trace specification (github.com/cursor/agent-trace, 0.1), one JSON object a line
 * or one alone. Each says which lines of a file came from which conversation. Pure.
 */

import type { Sha256 } from '../../core/line.ts';
import { normaliseTime } from '../../core/time.ts';
import type { Place, SpoolRecord } from '../../spool/record.ts';
import { isSaid, listIn, numberIn, readSaid, type Said, saidIn, textIn } from '../agents/said.ts';
import { rangesText, writtenLines } from './written-lines.ts';

export interface AgentTraceOptions {
  readonly place: Place;
  readonly isIgnored: (path: string) => boolean;
  readonly sha256: Sha256;
}

/** Makes records of Agent Trace's; a line that is none is passed over. */
export function* agentTraceRecords(lines: Iterable<string>, options: AgentTraceOptions): Generator<SpoolRecord> {
  for (const line of lines) {
    const record = readSaid(line);
    const ts = normaliseTime(textIn(record, 'timestamp') ?? '');
    if (record === undefined || ts === undefined || textIn(record, 'version') === undefined) continue;
    for (const file of listIn(record, 'files').filter(isSaid)) {
      const path = textIn(file, 'path');
      if (path === undefined || path.startsWith('/') || path.split('/').includes('..') || options.isIgnored(path)) continue;
      for (const conversation of listIn(file, 'conversations').filter(isSaid)) yield* told(record, path, conversation, ts, options);
    }
  }
}

function* told(record: Said, path: string, conversation: Said, ts: string, { place, sha256 }: AgentTraceOptions): Generator<SpoolRecord> {
  const tool = textIn(saidIn(record, 'tool'), 'name') ?? 'unknown';
  const url = textIn(conversation, 'url');
  const revision = textIn(saidIn(record, 'vcs'), 'revision');
  const by = new Map<string, { contributor: Said; ranges: [number, number][] }>();
  for (const range of listIn(conversation, 'ranges')) {
    const [from, to] = [numberIn(range, 'start_line'), numberIn(range, 'end_line')];
    if (from === undefined || to === undefined) continue;
    const own = saidIn(range, 'contributor');
    const contributor = Object.keys(own).length > 0 ? own : saidIn(conversation, 'contributor');
    const key = JSON.stringify([textIn(contributor, 'type'), textIn(contributor, 'model_id')]);
    const group = by.get(key) ?? { contributor, ranges: [] };
    group.ranges.push([from, to]);
    by.set(key, group);
  }
  for (const { contributor, ranges } of by.values()) {
    const type = textIn(contributor, 'type') ?? 'unknown';
    const model = textIn(contributor, 'model_id');
    // a conversation is a session of its own; what a person wrote within it is no agent's
    const kind = type === 'ai' || type === 'mixed' ? 'agent' : 'ide';
    const id = `agent-trace-${kind}-${sha256(`${tool}\0${url ?? textIn(record, 'id') ?? ''}`).slice(0, 24)}`;
    yield {
      place,
      session: { id, kind, tool, ...(model === undefined || kind !== 'agent' ? {} : { model }) },
      type: 'edit',
      ts,
      payload: {
        ...writtenLines(path, rangesText(ranges), `agent-trace ${tool}`),
        contributor: type,
        ...(model === undefined ? {} : { model }),
        ...(revision === undefined ? {} : { revision }),
        ...(url === undefined ? {} : { conversation: url }),
      },
    };
  }
}
