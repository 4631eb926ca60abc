/**
 * Stage 1, capture: what the tests of a command came to, from the best source there is: the report that was asked for,
 * one that was written meanwhile, the output. Says why if there is none. Never throws.
 */
import type { PayloadOf } from '../../core/event.schema.ts';
import type { ReportFiles } from '../../core/ports.ts';
import { findReports, type Search, type TestCommand } from './find-reports.ts';
import { readPrinted, readReport } from './read-report.ts';
import type { Recognised } from './recognise.ts';
import { frameworkOf, REPORT_BYTES, type TestReport, testPayload, withinTree } from './report.ts';
import type { Transcript } from './transcript.ts';

export interface Sources {
  readonly command: TestCommand;
  readonly recognised: Recognised | undefined;
  /** The report that our own reporter was to write: its folder and its name. */
  readonly own?: { readonly files: ReportFiles; readonly name: string };
  readonly files: ReportFiles;
  readonly search: Search;
  /** What the command printed on either stream. */
  readonly printed: readonly Transcript[];
}

/** Makes the payloads of the `test` events of a command; none where nothing tells how its tests went. */
export function testResults({ command, recognised, own, files, search, printed }: Sources): PayloadOf<'test'>[] {
  const runner = recognised?.runner ?? 'script';
  const finish = (report: TestReport): PayloadOf<'test'> => {
    const framework = frameworkOf(report.framework, runner);
    return testPayload(withinTree({ ...report, framework }, search.top), { command: command.command, source: 'local' });
  };
  if (search.only !== true && own !== undefined) {
    const report = ownReport(own);
    if (report !== undefined) return [finish(report)];
  }
  const found = findReports(command, runner, files, search).map(({ payload }) => payload);
  if (found.length > 0 || search.only === true) return found;
  const texts = printed.map(({ text }) => text);
  const report = readPrinted(
    texts,
    runner,
    printed.every(({ whole }) => whole),
  );
  return report === undefined ? [] : [finish(report)];
}

function ownReport({ files, name }: NonNullable<Sources['own']>): TestReport | undefined {
  const bytes = files.read(name, REPORT_BYTES);
  return bytes === undefined || bytes.length === 0 ? undefined : readReport(bytes, files.stat(name)?.size ?? bytes.length);
}
