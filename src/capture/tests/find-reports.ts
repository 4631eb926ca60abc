/**
 * Stage 1, capture: finds the reports that a test command has left in the work tree, by when they were written and what
 * they say, and makes the payloads of its `test` events. Bounded in folders, files and bytes; never throws, and never
 * opens what lies in a dependency's folder.
 */
import type { PayloadOf } from '../../core/event.schema.ts';
import { matchPath } from '../../core/glob.ts';
import type { ReportFiles } from '../../core/ports.ts';
import { readReport } from './read-report.ts';
import { type RunnerName, recogniseLine } from './recognise.ts';
import { frameworkOf, mergeReports, REPORT_BYTES, type TestReport, testPayload, withinTree } from './report.ts';

/** A command as it was recorded. */
export interface TestCommand {
  /** As it was typed. */
  readonly command: string;
  /** Relative to the work tree's top, without a final slash. */
  readonly cwd: string;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** What tells one version of a report from another. */
export interface ReportIdentity {
  /** Relative to the work tree's top. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly size: number;
}

export interface FoundTests {
  readonly payload: PayloadOf<'test'>;
  /** The files it was made of: who keeps them records none of them twice. */
  readonly reports: readonly ReportIdentity[];
}

export interface Search {
  /** The work tree's absolute path, to say the files of failures relative to it. */
  readonly top: string;
  /** Where reports lie besides the usual places: patterns of glob.ts, relative to the top. */
  readonly patterns: readonly string[];
  /** Look only where the patterns say. */
  readonly only?: boolean;
  /** Whether a version of a report was recorded before. */
  isKnown?(report: ReportIdentity): boolean;
}

/** Folders and files that are looked at for one command, and bytes that are read. */
const FOLDERS = 2_000;
const ENTRIES = 20_000;
const REPORTS = 1_000;
const BYTES = 2 * REPORT_BYTES;
/** How deep reports lie: `target/surefire-reports`, `build/test-results/test`, in a package of a monorepo. */
const DEPTH = 7;
/**
 * How much a file system's clock may be behind ours, and a report late, in milliseconds. A kernel stamps files with the
 * time of its last tick; more would take in what the run before has left.
 */
const EARLY = 50;
const LATE = 2_000;

/**
 * Makes the payloads of the `test` events of a command that was recorded elsewhere, if it is one that runs tests.
 * Several reports of one run, as Maven and Gradle write them, are one event.
 */
export function reportsOf(command: TestCommand, files: ReportFiles, search: Search): FoundTests[] {
  const recognised = recogniseLine(command.command);
  return recognised === undefined ? [] : findReports(command, recognised.runner, files, search);
}

/** Does the same for a command that is known to run tests, with this runner if it is known. */
export function findReports(command: TestCommand, runner: RunnerName, files: ReportFiles, search: Search): FoundTests[] {
  const window = { from: command.startedAt - EARLY, to: command.startedAt + command.durationMs + LATE };
  const candidates = reportCandidates(window, command.cwd, files, search);
  return testsIn(candidates, files, { runner, top: search.top, command: command.command, source: 'local' });
}

/** Who wrote reports, and where. */
export interface Origin {
  readonly runner: RunnerName;
  /** The work tree's absolute path. */
  readonly top: string;
  readonly command?: string;
  readonly source: 'local' | 'ci';
}

/** Makes the payloads of the `test` events of some files, those that are no report left out. */
export function testsIn(candidates: readonly ReportIdentity[], files: ReportFiles, { runner, top, ...said }: Origin): FoundTests[] {
  try {
    return grouped(readAll(candidates, files)).map(({ report, identities }) => {
      const framework = frameworkOf(report.framework, runner);
      const [first] = identities;
      const path = identities.length === 1 ? first?.path : first?.path.replace(/[^/]*$/, '');
      const facts = { ...said, ...(path === undefined ? {} : { report: path }) };
      return { payload: testPayload(withinTree({ ...report, framework }, top), facts), reports: identities };
    });
  } catch {
    // a file system that fails under us is no reason to fail the recording
    return [];
  }
}

/** A stretch of time, in milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The files that look like reports and were written within a time: where the patterns say, and below a folder. Never throws. */
export function reportCandidates({ from, to }: Window, below: string, files: ReportFiles, search: Search): ReportIdentity[] {
  const { patterns, only, isKnown } = search;
  const found = new Map<string, ReportIdentity>();
  const take = (path: string): void => {
    const stat = found.size < REPORTS && !found.has(path) ? files.stat(path) : undefined;
    if (stat === undefined || stat.size === 0 || stat.modified < from || stat.modified > to) return;
    const identity = { path, ...stat };
    if (isKnown?.(identity) !== true) found.set(path, identity);
  };
  const budget = { folders: FOLDERS, entries: ENTRIES };
  try {
    for (const pattern of patterns) {
      // a policy comes with the repository: it must not lead out of it
      if (pattern.split('/').includes('..')) continue;
      walk(rootOf(pattern), files, budget, { isWanted: (path) => matchPath(pattern, path), take, isGuess: false });
    }
    if (only !== true) walk(below, files, budget, { isWanted: isUsual, take, isGuess: true });
  } catch {
    // what was found until then is found
  }
  return [...found.values()];
}

/** The folder below which all that a pattern matches lies. */
function rootOf(pattern: string): string {
  const wanted = pattern.replace(/^\//, '');
  if (!wanted.includes('/')) return '';
  const steps = wanted.split('/');
  const wild = steps.findIndex((step) => /[*?]/.test(step));
  return steps.slice(0, wild < 0 ? steps.length - 1 : wild).join('/');
}

interface Walk {
  isWanted(path: string): boolean;
  take(path: string): void;
  /** Nobody said where reports are: hidden folders and most of a build's output are passed over. */
  readonly isGuess: boolean;
}

/** Folders that hold what others wrote, or far too much. */
const FOREIGN = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  'vendor',
  'venv',
  '.venv',
  '__pycache__',
  'site-packages',
  '.tox',
  '.nox',
  'Pods',
]);
/** In a build's output folder only what test runners put there. */
const BUILT: Readonly<Record<string, RegExp>> = { target: /^(?:surefire|failsafe)-reports$|^nextest$|^site$|test-?re(?:sults|ports)/ };

/** Goes through folders, those that are near first. */
function walk(root: string, files: ReportFiles, budget: { folders: number; entries: number }, { isWanted, take, isGuess }: Walk): void {
  const queue: { readonly path: string; readonly depth: number }[] = [{ path: root, depth: 0 }];
  for (let at = 0; at < queue.length && budget.folders > 0 && budget.entries > 0; at++) {
    const { path, depth } = queue[at] ?? { path: '', depth: 0 };
    budget.folders -= 1;
    const within = isGuess ? BUILT[path.slice(path.lastIndexOf('/') + 1)] : undefined;
    for (const { name, kind } of files.list(path)) {
      if (--budget.entries <= 0) return;
      const below = path === '' ? name : `${path}/${name}`;
      if (kind === 'file' && isWanted(below)) take(below);
      const isOpen = kind === 'folder' && depth < DEPTH && !FOREIGN.has(name) && !(isGuess && name.startsWith('.'));
      if (isOpen && (within === undefined || within.test(name))) queue.push({ path: below, depth: depth + 1 });
    }
  }
}

/** Names that reports have wherever they lie, and folders in which any XML or JSON may be one. */
const NAMES =
  /^(?:TEST-.+|junit.*|.*[-_.]junit|.*test[-_]?(?:results?|reports?|output)|results?|report|\.report|xunit.*|ctrf.*|(?:jest|vitest|mocha|pytest|playwright|go|cargo)[-_.]?(?:results?|report|output|test|tests)?)\.(?:xml|json)$|\.tap$/i;
const PLACES =
  /(?:^|\/)(?:(?:surefire|failsafe)-reports|test-?results?|test-?reports?|test-?output|junit|ctrf|reports?|nextest)\/(?:[^/]+\/){0,3}[^/]+\.(?:xml|json)$/i;

function isUsual(path: string): boolean {
  return NAMES.test(path.slice(path.lastIndexOf('/') + 1)) || PLACES.test(path);
}

interface Read {
  readonly identity: ReportIdentity;
  readonly report: TestReport;
}

function readAll(candidates: readonly ReportIdentity[], files: ReportFiles): Read[] {
  const read: Read[] = [];
  let left = BYTES;
  for (const identity of candidates) {
    const bytes = left > 0 ? files.read(identity.path, Math.min(REPORT_BYTES, left)) : undefined;
    left -= bytes?.length ?? 0;
    const report = bytes === undefined ? undefined : readReport(bytes, identity.size);
    if (report !== undefined) read.push({ identity, report });
  }
  return read;
}

interface Group {
  readonly report: TestReport;
  readonly identities: readonly ReportIdentity[];
}

/** Joins what is one run: a folder of files that are named after classes, and a run told twice in two formats. */
function grouped(read: readonly Read[]): Group[] {
  const folders = new Map<string, Read[]>();
  for (const one of read) {
    const { path } = one.identity;
    const key = /(?:^|\/)TEST-[^/]*\.xml$/.test(path) ? path.replace(/[^/]*$/, '') : path;
    folders.set(key, [...(folders.get(key) ?? []), one]);
  }
  const groups: Group[] = [];
  for (const parts of folders.values()) {
    const report = mergeReports(parts.map((part) => part.report));
    const identities = parts.map((part) => part.identity);
    if (report === undefined) continue;
    const twin = groups.findIndex((other) => isSameRun(other, { report, identities }));
    const before = groups[twin];
    if (before === undefined) groups.push({ report, identities });
    else
      groups[twin] = {
        report: before.report.framework === 'junit' ? report : before.report,
        identities: [...before.identities, ...identities],
      };
  }
  return groups;
}

/** Two files of one format are two runs, of two packages most likely, even where their counts are the same. */
function isSameRun(a: Group, b: Group): boolean {
  const format = ({ identities }: Group): string => identities[0]?.path.replace(/^.*\./, '') ?? '';
  const told = ({ report: { passed, failed, skipped, failures } }: Group): string =>
    [passed, failed, skipped, ...failures.map(({ name }) => name.slice(-20))].join('\n');
  return format(a) !== format(b) && a.report.passed + a.report.failed + a.report.skipped > 0 && told(a) === told(b);
}
