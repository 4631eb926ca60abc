/**
 * `git trace redact <pr>`: takes events out of a trace, here and on a remote. Takes in what waits and what the remote has
 * first, so that nothing of it is missed; says what it cannot reach.
 */
import { fail, isTraceError, messageOf } from '../core/errors.ts';
import type { Entry } from '../core/line.ts';
import type { TraceFiles } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { boundedExpression, faultOf } from '../core/redaction/own-rules.ts';
import { shown } from '../core/shown.ts';
import { describeTrace, isNumbered, journalRef, type TraceName } from '../core/trace-name.ts';
import { flushSubject } from '../journal/commit.ts';
import { type FlushPorts, flush } from '../journal/flush.ts';
import { terminalText } from '../replay/terminal-text.ts';
import { QUARANTINE } from '../spool/quarantine.ts';
import { SPOOL } from '../spool/read.ts';
import { fetchArchivesSince } from '../sync/archives.ts';
import { eraseEvents, eventsOf, textsOf } from '../sync/erase.ts';
import { fetchTraces } from '../sync/fetch.ts';
import { forgetTracked } from '../sync/forget.ts';
import type { Inbox } from '../sync/inbox.ts';
import { NOTES } from '../sync/notes.ts';
import { notePush, pendingFor } from '../sync/pending.ts';
import { pushTraces } from '../sync/push.ts';
import type { Input } from './command.ts';
import type { Context } from './context.ts';
import { recordEdits } from './edits.ts';
import { counted, tellHeld } from './output.ts';
import { defaultRemote } from './remote.ts';

/** Deliveries that are tried when others keep pushing. */
const TRIES = 3;
/** Events of a trace from which on a pattern that matches most of them needs '--force'. */
const MANY = 10;
/** Characters from which on a text is worth looking for in files beside the journal. */
const TELLING = 12;

/** What became of an erasure on the remote; `undefined` where there is no remote. */
type Delivery = { readonly done: true } | { readonly done: false; readonly why: string };

/** Erases the events that are meant. @returns 0 when they are gone here and on the remote, 1 when not, or when there are none */
export async function eraseFromTrace(context: Context, input: Input): Promise<number> {
  const trace = await context.trace(input.positionals[0]);
  const pattern = patternOf(input.text('match'));
  const wanted = input.texts('event').map(checkedId);
  const ports = await context.flushPorts();
  await recordEdits(context, 'redact');
  tellHeld(context.output, (await flush(ports, { wait: 30_000 })).held);
  const remote = await remoteOf(context, input.text('remote'));
  const inboxes = remote === undefined ? [] : await bring(context, ports, remote, trace);
  const contents = await eventsOf(ports, trace);
  if (contents === undefined)
    throw fail('no-such-trace', `there is no trace of ${describeTrace(trace)} here`, ["'git trace list' lists those that are here"]);
  const { entries, marks } = contents;

  const found = pattern === undefined ? [] : entries.filter(({ event }) => textsOf(event).some((text) => pattern.test(text)));
  if (found.length * 2 > entries.length && entries.length >= MANY && !input.flag('force'))
    throw fail('bad-argument', `the pattern is found in ${found.length} of ${entries.length} events`, [
      "'--dry-run --force' shows them; with '--force' they are erased",
    ]);
  const missing: string[] = [];
  for (const id of wanted) {
    const named = entries.filter((entry) => entry.id.startsWith(id));
    if (named.length > 1)
      throw fail('bad-argument', `"${id}" is the beginning of ${named.length} ids`, ["'git trace show --json' tells them"]);
    if (named.length === 0) missing.push(marks.has(context.sha256(id)) ? `${id} was erased before` : `there is no event ${id}`);
    found.push(...named);
  }
  if (found.length === 0 && marks.size > 0 && !input.flag('dry-run') && remote !== undefined && isPending(ports, remote, trace))
    return finish(context, ports, remote, trace, inboxes);
  if (missing.length > 0) {
    for (const why of missing) context.output.say(`nothing erased: ${why} in ${describeTrace(trace)}`);
    return 1;
  }
  const chosen = entries.filter((entry) => found.includes(entry));
  const isDry = input.flag('dry-run');
  if (chosen.length > 0 && !isDry) {
    // noted before, so that whoever dies in between has it tried again by the next sync
    if (remote !== undefined) {
      const failed = new Map([[trace, 'what was erased here is still there']]);
      await notePush(ports.files, ports.clock, remote, { delivered: [], failed, isHeard: true });
    }
    await eraseEvents(ports, trace, new Set(chosen.map(({ id }) => context.sha256(id))));
  }
  const delivery = isDry || chosen.length === 0 || remote === undefined ? undefined : await deliver(ports, remote, trace, inboxes);
  if (chosen.length > 0 && !isDry) await forgetTracked(ports, trace);
  const files = chosen.length === 0 ? [] : filesWith(ports.files, chosen, pattern);
  const hasNotes = (await ports.repository.refs.get(NOTES)) !== undefined;
  if (input.flag('json')) {
    const events = chosen.map(({ id, event: { type, ts, session } }) => ({ id, type, ts, session }));
    const there = delivery === undefined ? null : delivery.done ? { remote, done: true } : { remote, done: false, error: delivery.why };
    context.output.out(`${JSON.stringify({ trace, dry_run: isDry, events, of: entries.length, delivery: there, files })}\n`);
  } else tell(context, { trace, chosen, of: entries.length, isDry, remote, delivery, files, hasNotes });
  return chosen.length === 0 || delivery?.done === false ? 1 : 0;
}

/** Whether something did not arrive there, such as an erasure in the middle of which somebody died. */
function isPending({ files }: FlushPorts, remote: string, trace: TraceName): boolean {
  return pendingFor(files, remote).includes(trace);
}

/** Sends what was erased before and is gone here only. */
async function finish(
  { output }: Context,
  ports: FlushPorts,
  remote: string,
  trace: TraceName,
  inboxes: readonly Inbox[],
): Promise<number> {
  const place = withoutUserinfo(remote);
  output.say(`it was erased before, but has not gone from '${place}' yet`);
  const delivery = await deliver(ports, remote, trace, inboxes);
  await forgetTracked(ports, trace);
  output.say(delivery.done ? `trace: replaced ${journalRef(trace)} on '${place}'` : `warning: '${place}' still has it: ${delivery.why}`);
  return delivery.done ? 0 : 1;
}

interface Told {
  readonly trace: TraceName;
  readonly chosen: readonly Entry[];
  readonly of: number;
  readonly isDry: boolean;
  readonly remote: string | undefined;
  readonly delivery: Delivery | undefined;
  /** Files beside the journal that hold it too. */
  readonly files: readonly string[];
  /** There are git notes, which tell what traces tell. */
  readonly hasNotes: boolean;
}

function tell({ output }: Context, { trace, chosen, of, isDry, remote, delivery, files, hasNotes }: Told): void {
  const name = describeTrace(trace);
  if (chosen.length === 0) {
    output.say(`nothing found in ${counted(of, 'event')} of ${name}`);
    return;
  }
  const types = new Map<string, number>();
  for (const { id, event } of chosen) {
    types.set(event.type, (types.get(event.type) ?? 0) + 1);
    output.out(`${id}  ${terminalText(event.type)}  ${event.ts}  ${terminalText(event.session)}\n`);
  }
  const what = flushSubject(types).replace(/^[^:]*: /, '');
  output.say(isDry ? `would erase ${what} of ${name}` : `erased ${what} of ${name}`);
  const place = remote === undefined ? undefined : withoutUserinfo(remote);
  if (delivery?.done === true) output.say(`trace: replaced ${journalRef(trace)} on '${place}'`);
  if (delivery?.done === false) {
    output.say(`warning: '${place}' still has it: ${delivery.why}`);
    output.say("hint: here it is erased; 'git trace sync' tries again, and 'git trace status' shows that it waits");
    output.say(
      `hint: where the remote lets nobody rewrite a ref, 'git push ${place} :${journalRef(trace)}' and then 'git trace sync' may do it, or whoever runs it`,
    );
  }
  for (const file of files) output.say(`warning: trace/${terminalText(file)} in the git directory holds it too`);
  if (isDry) return;
  output.say('hint: change the secret first: whoever has fetched the trace has it, and so have forks, logs and backups');
  output.say("hint: other clones drop it when they sync this trace; 'git trace ci comment' writes a comment anew");
  if (hasNotes) output.say(`hint: notes may repeat it: 'git update-ref -d ${NOTES}' throws them away, 'git trace notes' makes them anew`);
  output.say("hint: old objects are served to whoever knows their ids until the remote collects garbage; here 'git gc --prune=now' does");
}

/** @throws bad-argument */
function patternOf(written: string | undefined): RegExp | undefined {
  if (written === undefined) return undefined;
  try {
    return boundedExpression(written, '');
  } catch (cause) {
    const hints = ["an expression must be bounded: say '[a-z]{1,200}' and not '[a-z]+'"];
    throw fail('bad-argument', `cannot use the pattern of '--match': ${faultOf(cause)}`, hints, { cause });
  }
}

/** @throws bad-argument */
function checkedId(id: string): string {
  if (/^[0-9a-f]{8,64}$/.test(id)) return id;
  throw fail('bad-argument', `${shown(id)} is no id of an event`, ["give at least 8 of the hex digits that 'git trace show --json' tells"]);
}

/** The remote to erase on; none where the repository has none. @throws no-remote where it has several and none is named */
async function remoteOf(context: Context, named: string | undefined): Promise<string | undefined> {
  if (named !== undefined) return named;
  const { config, head } = await context.repository().then((repository) => ({ config: repository.config, head: () => repository.head() }));
  if (config.entries('remote.').length === 0) return undefined;
  return defaultRemote(config, (await head()).branch);
}

/** Fetches and unites all that the remote has of a trace, archives too; one that cannot be reached hinders nothing here. */
async function bring(context: Context, ports: FlushPorts, remote: string, trace: TraceName): Promise<readonly Inbox[]> {
  try {
    const { inboxes, failed } = await fetchTraces(ports, remote, [trace]);
    const first = (await eventsOf(ports, trace))?.entries[0]?.event.ts.slice(0, 7);
    // it was archived when it was closed, which was not before it began
    if (isNumbered(trace)) await fetchArchivesSince(ports, remote, first ?? '');
    for (const { message } of failed.values()) context.output.say(`warning: ${message}`);
    return inboxes;
  } catch (error) {
    if (!isTraceError(error)) throw error;
    context.output.say(`warning: what the remote has was not looked at: ${error.message}`);
    return [];
  }
}

/** Replaces what the remote has, until nobody is faster. */
async function deliver(ports: FlushPorts, remote: string, trace: TraceName, inboxes: readonly Inbox[]): Promise<Delivery> {
  let waiting = inboxes;
  for (let attempt = 1; ; attempt++) {
    const { delivered, failed } = await pushTraces(ports, remote, [trace], { inboxes: waiting, erased: true });
    const why = failed.get(trace);
    if (why !== undefined) return { done: false, why };
    if (delivered.get(trace) !== 'inbox') return { done: true };
    if (attempt === TRIES) {
      const why = 'its journal was refused each time; what was erased is noted in an inbox';
      // which is a delivery like any other, but not what was wanted
      await notePush(ports.files, ports.clock, remote, { delivered: [], failed: new Map([[trace, why]]), isHeard: true });
      return { done: false, why };
    }
    try {
      waiting = (await fetchTraces(ports, remote, [trace])).inboxes;
    } catch (error) {
      if (!isTraceError(error)) throw error;
      return { done: false, why: error.message };
    }
  }
}

/** Files of spool and quarantine that hold what was erased: what could not be read, and what shells that live have said. */
function filesWith(files: TraceFiles, chosen: readonly Entry[], pattern: RegExp | undefined): string[] {
  const texts = chosen
    .flatMap(({ event }) => textsOf(event))
    .filter((text) => (pattern === undefined ? text.length >= TELLING : pattern.test(text)));
  const needles = [...new Set(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))];
  return [SPOOL, QUARANTINE].flatMap((folder) =>
    files.list(folder).flatMap((name) => {
      try {
        const said = files.read(`${folder}/${name}`)?.toString('utf8') ?? '';
        return needles.some((needle) => said.includes(needle)) || pattern?.test(said) ? [`${folder}/${name}`] : [];
      } catch (error) {
        return [`${folder}/${name} (${messageOf(error)})`];
      }
    }),
  );
}
