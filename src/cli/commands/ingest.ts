/** `git trace ingest`: events from a file or standard input, as a batch, a list, or NDJSON. */

import { readInputFile } from '../../adapters/fs/input-file.ts';
import { type Rejection, readBatch } from '../../capture/batch.ts';
import { timestamp } from '../../core/time.ts';
import { flush } from '../../journal/flush.ts';
import { SpoolFile } from '../../spool/append.ts';
import type { SpoolRecord } from '../../spool/record.ts';
import type { Command } from '../command.ts';
import { counted } from '../output.ts';

/** Records kept in memory before they are spooled. */
const CHUNK = 5_000;

export const ingest: Command = {
  name: 'ingest',
  summary: 'record events from a JSON batch',
  usage: ['ingest [--pr <pr> | --branch <branch>] [--json] [<file> | -]'],
  description:
    'Reads a batch {"pr", "session", "developer", "events": […]}, a list of events, or NDJSON, and records what is new.\nAn event that was recorded before, in whatever batch, is counted and left alone. A bad event is rejected with its\nindex and reason; the others are recorded all the same.',
  options: {
    pr: { type: 'string', value: '<pr>', summary: 'record into this pull request, whatever the batch says' },
    branch: { type: 'string', value: '<branch>', summary: 'record into this branch, whatever the batch says' },
    json: { type: 'boolean', summary: 'print accepted, duplicate, rejected and accepted_event_ids as JSON' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace ingest batch.json', 'a file'],
    ['tool | git trace ingest --pr 42 -', 'a stream into pull request 42'],
  ],
  async run(context, input) {
    const source = input.positionals[0] ?? '-';
    const bytes = await readInputFile(source, context.cwd);
    const ports = await context.flushPorts();
    const pr = input.text('pr');
    const branch = input.text('branch');
    const forced = pr !== undefined ? { trace: await context.trace(pr) } : branch !== undefined ? { branch } : undefined;
    const spool = new SpoolFile(ports.files, context.random, 'ingest', process.pid);
    const indexes: number[] = [];
    const rejected: Rejection[] = [];
    let waiting: SpoolRecord[] = [];
    const options = {
      name: source === '-' ? 'standard input' : `'${source}'`,
      place: await context.place(),
      developer: await context.developer(),
      sha256: context.sha256,
      now: timestamp(context.clock.now()),
    };
    const fill = (): void => {
      for (const item of readBatch(bytes, options)) {
        if (item.kind === 'rejected') {
          rejected.push(item.rejection);
          continue;
        }
        indexes.push(item.index);
        waiting.push(forced === undefined ? item.record : { ...item.record, place: forced });
        if (waiting.length === CHUNK) {
          spool.appendAll(waiting);
          waiting = [];
        }
      }
      spool.appendAll(waiting, { durable: true });
    };
    const result = await flush(ports, { wait: 60_000, finished: new Set([spool.name]), watch: spool.name, fill });
    const waitingFor = result.fates.find(({ error }) => error !== undefined)?.error;
    if (waitingFor !== undefined) throw waitingFor;
    const accepted: string[] = [];
    let duplicate = 0;
    let excluded = 0;
    for (const [i, fate] of result.fates.entries()) {
      if (fate.reason !== undefined) rejected.push({ index: indexes[i] ?? i, code: 'bad-event', message: fate.reason });
      else if (fate.outcome === 'accepted') accepted.push(fate.id);
      else if (fate.outcome === 'duplicate') duplicate++;
      else if (fate.outcome === 'excluded') excluded++;
    }
    // reasons show what was wrong, and that may have been a secret
    const refused = rejected.sort((a, b) => a.index - b.index).map((one) => ({ ...one, message: ports.redactor.text(one.message).text }));
    if (input.flag('json')) {
      context.output.out(
        `${JSON.stringify({ accepted: accepted.length, duplicate, ...(excluded === 0 ? {} : { excluded }), rejected: refused, accepted_event_ids: accepted })}\n`,
      );
    } else {
      context.output.say(
        `${counted(accepted.length, 'event')} accepted, ${counted(duplicate, 'duplicate')}, ${rejected.length} rejected${excluded === 0 ? '' : `, ${excluded} left out by the policy`}`,
      );
      for (const { index, code, message } of refused.slice(0, 20)) context.output.say(`error: event ${index}: ${message} (${code})`);
      if (rejected.length > 20) context.output.say(`error: ${rejected.length - 20} more; --json lists all`);
    }
    return rejected.length > 0 ? 1 : 0;
  },
};
