/** A trace's summary, for the command that prints it and for those that hand it to a host. */

import { mergeSessions } from '../core/order.ts';
import type { Oid } from '../core/ports.ts';
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { headOid, summaryFacts } from '../report/facts.ts';
import { LIMIT, type MarkdownOptions, summaryMarkdown } from '../report/markdown.ts';
import { visibleText } from '../timeline/visible-text.ts';
import type { Context } from './context.ts';
import { openTrace } from './open-trace.ts';

export interface Summary {
  readonly markdown: string;
  /** Events that it tells of. */
  readonly events: number;
  /** The newest commit that the trace knows of; undefined where it names none. */
  readonly head: Oid | undefined;
}

/**
 * The summary of a trace, which is fetched if it is not here.
 *
 * @param options `host` says who renders it (plain Markdown by default), `limit` how many characters it may have, `remote` where to fetch from
 * @throws no-such-trace
 */
export async function summaryOf(
  context: Context,
  trace: TraceName,
  options: Partial<MarkdownOptions> & { readonly remote?: string | undefined } = {},
): Promise<Summary> {
  const { host = 'plain', limit = LIMIT, remote } = options;
  const { parts, faults } = await openTrace(context, trace, { remote, boundary: 'summary' });
  for (const { path, reason } of faults)
    context.output.say(`warning: '${visibleText(path)}' of ${describeTrace(trace)} cannot be read: ${visibleText(reason)}`);
  const facts = summaryFacts(trace, mergeSessions(parts, context.sha256), context.sha256, faults.length);
  return { markdown: summaryMarkdown(facts, { host, limit }), events: facts.events, head: headOid(facts) };
}
