/**
 * Stage 1, capture: tells what kind of report some bytes are, by what they say and not by a file's name, and has them
 * read. Never throws: what is damaged, too large or malicious gives a report with a warning, what is no report nothing.
 */
import { cleanOutput } from '../output-text.ts';
import { readLibtestJson } from './cargo.ts';
import { readGoJson } from './go-test.ts';
import { readJsonReport } from './json-reports.ts';
import { readCutJson } from './json-text.ts';
import { readJunit } from './junit.ts';
import { readOutput } from './output.ts';
import { REPORT_BYTES, type TestReport } from './report.ts';
import { looksLikeTap, readTap } from './tap.ts';

/**
 * Reads a report file; `undefined` where the bytes are none.
 *
 * @param bytes at most {@link REPORT_BYTES} of it; what is beyond is not looked at
 * @param size of the whole file
 * @example
 * readReport(Buffer.from('1..1\nok 1 - a\n'), 14).passed // 1
 */
export function readReport(bytes: Uint8Array, size: number): TestReport | undefined {
  const kept = bytes.subarray(0, REPORT_BYTES);
  const { text, fault } = decode(kept);
  const warnings = [
    ...(size > kept.length ? [`only the first ${kept.length} of ${size} bytes were read`] : []),
    ...(fault === undefined ? [] : [fault]),
  ];
  return warned(
    guarded(() => parse(text)),
    warnings,
  );
}

/**
 * Reads what a command printed: a report on one of its streams, or the summary it has for people, of which a runner may
 * put the counts on one stream and the names on the other.
 *
 * @param outputs standard output, and standard error if it was apart
 * @param framework the runner, if it is known
 * @param whole false where a part in the middle is missing
 * @example
 * readPrinted(['\u001b[32m1 passed\u001b[0m in 0.10s\n'], 'pytest', true).passed // 1
 */
export function readPrinted(outputs: readonly string[], framework: string | undefined, whole: boolean): TestReport | undefined {
  const report = guarded(() => {
    for (const output of outputs) {
      const events = jsonLines(output);
      if (events !== undefined) return events;
    }
    const texts = outputs.map(cleanOutput);
    const tap = texts.find(looksLikeTap);
    return tap === undefined ? readOutput(texts.join('\n'), framework) : readTap(tap);
  });
  return warned(report, whole ? [] : ['the output was too long, and its middle was not read']);
}

/** A reader that fails says nothing of the report, and must not fail the run that is being recorded. */
function guarded(read: () => TestReport | undefined): TestReport | undefined {
  try {
    return read();
  } catch {
    return { framework: 'unknown', passed: 0, failed: 0, skipped: 0, failures: [], warning: 'the report could not be read' };
  }
}

function warned(report: TestReport | undefined, warnings: readonly string[]): TestReport | undefined {
  if (report === undefined || warnings.length === 0) return report;
  return { ...report, warning: [...warnings, ...(report.warning === undefined ? [] : [report.warning])].join('; ') };
}

/** Text of UTF-8, or of the UTF-16 that PowerShell writes. */
function decode(bytes: Uint8Array): { text: string; fault?: string } {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  const encoding = wide ?? 'utf-8';
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { text: new TextDecoder(encoding).decode(bytes), fault: `some bytes are no ${encoding.toUpperCase()}` };
  }
}

function parse(text: string): TestReport | undefined {
  const start = text.slice(0, 4_096).trimStart();
  if (start.startsWith('<')) return readJunit(text.trimStart());
  // go's events may follow what a compiler had to say
  const events = jsonLines(text);
  if (events !== undefined) return events;
  if (start.startsWith('{')) {
    const json = readCutJson(text);
    return json === undefined ? undefined : readJsonReport(json.value, json.whole);
  }
  return looksLikeTap(text) ? readTap(text) : undefined;
}

/** A report of one JSON event a line. */
function jsonLines(text: string): TestReport | undefined {
  // go's events begin with the time or, those of a build, with the package; libtest's with the type
  if (/^\{(?:"Time":"[^"]*",)?(?:"ImportPath":"[^"]*",)?"Action":"[a-z-]+"/m.test(text)) return readGoJson(text);
  if (/^\{ ?"type": ?"(?:suite|test)", ?"event": ?"/m.test(text)) return readLibtestJson(text);
  return undefined;
}
