/** `git trace show --html` and `--web`: a trace as one page, to standard output, into a file, or into the person's browser. */
import { writeOutputFile, writePrivateFile } from '../adapters/fs/output-file.ts';
import { packageFile } from '../adapters/fs/package-files.ts';
import { openPage } from '../adapters/terminal/open-page.ts';
import { page } from '../adapters/terminal/pager.ts';
import { fail } from '../core/errors.ts';
import { mergeSessions } from '../core/order.ts';
import type { TraceName } from '../core/trace-name.ts';
import { describeTrace } from '../core/trace-name.ts';
import { VERSION } from '../core/version.ts';
import { type ReadFault, readRoot } from '../journal/read.ts';
import { type Filter, filterItems } from '../replay/filter.ts';
import { pageOf } from '../replay/html/page.ts';
import type { PageParts } from '../replay/html/shell.ts';
import { type Counts, countItems } from '../replay/tally.ts';
import type { WholeTrace } from '../sync/whole.ts';
import { type DocumentHead, foldHead } from '../timeline/document.ts';
import { type Item, timelineOf } from '../timeline/timeline.ts';
import type { Input } from './command.ts';
import type { Context } from './context.ts';
import type { LargeTrace } from './large-trace.ts';

export interface ShowHtmlOptions {
  readonly trace: TraceName;
  readonly found: WholeTrace;
  /** The trace, where it is too large to be held. */
  readonly large: LargeTrace | undefined;
  readonly filter: Filter;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Tells which parts could not be read. */
  readonly tell: (faults: readonly ReadFault[]) => void;
}

/** What a page is made of. */
interface Source {
  readonly document: DocumentHead;
  readonly counts: Counts;
  readonly faults: readonly ReadFault[];
  readonly batches: Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>;
}

/** Shows a trace as a page. @throws bad-argument, is-a-directory, no-such-file, disk-full, read-only */
export async function showHtml(context: Context, input: Input, options: ShowHtmlOptions): Promise<number> {
  const { trace, now, tell } = options;
  const [asked] = input.positionals;
  const web = input.flag('web');
  const said = input.text('output');
  const output = said === '-' ? undefined : said;
  if (said === undefined && !web && context.output.isTerminal) {
    throw fail('bad-argument', 'a page is not for a terminal', [
      `'git trace show${asked === undefined ? '' : ` ${asked}`} --web' opens it in a browser`,
      "'--output <file>' writes it into a file",
    ]);
  }
  const { document, counts, faults, batches } = await sourceOf(context, options);
  tell(faults);
  const pieces = pageOf(trace, document, counts, batches, {
    parts: pageParts(),
    sha256: context.sha256,
    made: now,
    program: `git-trace ${VERSION}`,
    command: `git trace show${asked === undefined ? '' : ` ${asked}`}`,
    unread: faults,
  });
  if (output === undefined && !web) {
    await page(pieces, { command: undefined, env: context.env });
    return 0;
  }
  const path =
    output === undefined ? await writePrivateFile(`${fileName(trace)}.html`, pieces) : await writeOutputFile(output, context.cwd, pieces);
  if (!web) {
    context.output.say(`wrote '${path}'`);
    return 0;
  }
  const { config } = await context.repository();
  const command = await openPage(path, { env: context.env, configured: config.get('web.browser') });
  if (command === undefined) {
    throw fail('git-failed', `no browser could be started to show '${path}'`, [
      'name one: BROWSER=<command>, or git config web.browser <name>',
      'the page stays there until the system clears its temporary files; open it by hand',
    ]);
  }
  context.output.say(`opened '${path}'`);
  return 0;
}

async function sourceOf(context: Context, { trace, found, large, filter, now }: ShowHtmlOptions): Promise<Source> {
  const { sha256 } = context;
  if (large !== undefined && filter.limit === undefined) {
    const walked = await large.walk({});
    if (walked !== undefined)
      return { document: walked.head(now), counts: walked.counts, faults: walked.faults, batches: large.events(filter) };
  }
  const journal = await readRoot(found.objects, found.root);
  const ordered = mergeSessions(journal.parts, sha256);
  const whole = timelineOf(ordered);
  return {
    document: foldHead(trace, ordered, sha256, now),
    counts: countItems(whole),
    faults: journal.faults,
    batches: [filterItems(whole, filter)],
  };
}

/** The page's script and style, as they were built. @throws internal */
function pageParts(): PageParts {
  return {
    script: packageFile('dist/page/replay.js').toString('latin1'),
    style: packageFile('dist/page/replay-style.css').toString('latin1'),
  };
}

/** A trace's name as that of a file. */
function fileName(trace: TraceName): string {
  return `trace-${describeTrace(trace).replaceAll(/[^0-9A-Za-z._-]+/g, '-')}`.slice(0, 100);
}
