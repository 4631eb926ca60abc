/**
 * Journals of a test repository, in process: wired as the command's context does it, with a clock, a writer and a
 * developer that the test chooses. Looks at the result through plain git only.
 */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { systemRandom } from '../../src/adapters/system.ts';
import { RECORD_ALL } from '../../src/core/policy.ts';
import type { Repository } from '../../src/core/ports.ts';
import { makeRedactor } from '../../src/core/redact.ts';
import { SEGMENT_BYTES } from '../../src/core/segment.ts';
import { timestamp } from '../../src/core/time.ts';
import { type FlushOptions, type FlushPorts, type FlushResult, flush } from '../../src/journal/flush.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import type { TestRepository } from './repository.ts';

export const WRITER = '00112233445566aa';
export const DEVELOPER = { ide_version: null, os: 'linux', user_id: '8d777fc0-8e49-81d8-9dec-97fe520b3144' };
/** 2026-11-21T09:15:00.000Z */
export const START = Date.UTC(2026, 10, 21, 9, 15);

/** A process id that no system gives. */
const NOBODY = 999_999_999;

export interface JournalOptions {
  /** Absolute; where a process that records would stand. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writer?: string;
}

export class Journal {
  readonly repository: Repository;
  readonly files: TraceFolder;
  readonly ports: FlushPorts;
  /** Milliseconds since 1970; what the flush takes for now. */
  now = START;

  private constructor(repository: Repository, writer: string) {
    this.repository = repository;
    this.files = new TraceFolder(join(repository.commonDir, 'trace'));
    this.ports = {
      repository,
      files: this.files,
      clock: { now: () => this.now },
      random: systemRandom,
      sha256: (text) => hash('sha256', text),
      redactor: makeRedactor(),
      policy: RECORD_ALL,
      origin: async () => ({ writer, tool: 'test', developer: DEVELOPER, environment: {} }),
    };
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const repository = await openRepository(options.cwd, options.env, { interactive: false, timeout: 30_000 });
    return new Journal(repository, options.writer ?? WRITER);
  }

  /** Spools records as one process does that then ends; gives back the file's name. */
  spool(...records: readonly SpoolRecord[]): string {
    const file = new SpoolFile(this.files, systemRandom, 'test', NOBODY);
    file.appendAll(records);
    return file.name;
  }

  flush(options: Partial<FlushOptions> = {}): Promise<FlushResult> {
    return flush(this.ports, { wait: 10_000, ...options });
  }

  close(): Promise<void> {
    return this.repository.close();
  }
}

/** A note in trace 42, `minutes` after {@link START}; its text tells it from others. */
export function note(text: string, minutes = 0, more: Partial<SpoolRecord> = {}): SpoolRecord {
  return { place: { trace: '42' }, type: 'annotation', ts: timestamp(START + minutes * 60_000), payload: { text }, ...more };
}

/** The lines of a journal by path, as plain git shows them. */
export function readLines(at: TestRepository, ref: string): Map<string, string[]> {
  const segments = [...blobsOf(at, ref)].filter(([path]) => path.endsWith('.ndjson'));
  const blobs = readBlobs(at, new Set(segments.map(([, oid]) => oid)));
  return new Map(segments.map(([path, oid]) => [path, (blobs.get(oid) ?? '').replace(/\n$/, '').split('\n')]));
}

/** What `text` says in each note of a journal, in order of path and line. */
export function readTexts(at: TestRepository, ref: string): string[] {
  return [...readLines(at, ref).values()].flatMap((lines) =>
    lines.flatMap((line) => {
      const { type, payload } = JSON.parse(line) as { type: string; payload: { text: string } };
      return type === 'annotation' ? [payload.text] : [];
    }),
  );
}

/**
 * What is wrong with a repository or one of its journals, by the rules of docs/format.md: git's own check, seq without a
 * gap, sealed segments of the right size, linear history in which paths only grow.
 */
export function findFaults(at: TestRepository, ref: string): string[] {
  const fsck = at.tryGit('fsck', '--strict', '--no-progress');
  const faults = `${fsck.stdout}${fsck.stderr}`.split('\n').filter((line) => line !== '' && !/^(notice:|dangling )/.test(line));
  if (fsck.status !== 0) faults.push(`git fsck ended with ${fsck.status}`);
  let next = 1;
  let session = '';
  let size = SEGMENT_BYTES;
  for (const [path, lines] of readLines(at, ref)) {
    const [writer, name] = path.split('/');
    if (session !== `${writer}/${name}`) {
      session = `${writer}/${name}`;
      next = 1;
      size = SEGMENT_BYTES;
      if (!lines[0]?.includes('"type":"session_started"')) faults.push(`${path} does not begin with session_started`);
    }
    const firstSeq = Number(/([0-9]{10})\.ndjson$/.exec(path)?.[1]);
    if (firstSeq !== next) faults.push(`${path} begins at ${firstSeq}, expected ${next}`);
    if (size < SEGMENT_BYTES) faults.push(`a segment before ${path} was sealed at ${size} bytes`);
    size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (size - Buffer.byteLength(lines.at(-1) ?? '') - 1 >= SEGMENT_BYTES)
      faults.push(`${path} should have been sealed before its last line`);
    next += lines.length;
  }
  return [...faults, ...historyFaults(at, ref)];
}

function historyFaults(at: TestRepository, ref: string): string[] {
  const faults: string[] = [];
  const changes: { path: string; oid: string; before: string; after: string }[] = [];
  let before = new Map<string, string>();
  for (const commit of at.git('rev-list', '--parents', '--reverse', ref).split('\n')) {
    const [oid = '', ...parents] = commit.split(' ');
    if (parents.length > 1) faults.push(`${oid} has ${parents.length} parents`);
    const after = blobsOf(at, oid);
    for (const [path, blob] of before) {
      const now = after.get(path);
      if (now === undefined) faults.push(`${path} was removed by ${oid}`);
      else if (now !== blob) changes.push({ path, oid, before: blob, after: now });
    }
    before = after;
  }
  const blobs = readBlobs(at, new Set(changes.flatMap((change) => [change.before, change.after])));
  for (const change of changes) {
    const [old = '', grown = ''] = [blobs.get(change.before), blobs.get(change.after)];
    if (!grown.startsWith(old) || Buffer.byteLength(old) >= SEGMENT_BYTES) faults.push(`${change.path} was changed by ${change.oid}`);
  }
  return faults;
}

/** Blobs by path, of a commit's whole tree. */
export function blobsOf(at: TestRepository, commit: string): Map<string, string> {
  const rows = at.git('ls-tree', '-r', commit).split('\n');
  return new Map(rows.map((row) => [row.slice(row.indexOf('\t') + 1), row.split(/[ \t]/)[2] ?? '']));
}

function readBlobs(at: TestRepository, oids: ReadonlySet<string>): Map<string, string> {
  const bytes = Buffer.from(at.run('git', ['cat-file', '--batch'], { input: [...oids, ''].join('\n') }).stdout);
  const blobs = new Map<string, string>();
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const [oid = '', , size] = bytes.toString('utf8', from, end).split(' ');
    from = end + 1 + Number(size ?? -1) + 1;
    if (size !== undefined) blobs.set(oid, bytes.toString('utf8', end + 1, from - 1));
  }
  return blobs;
}
