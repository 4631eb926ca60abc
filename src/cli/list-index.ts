/**
 * What `git trace list` said the last time: throw-away rows by what they were made of, one file for each archive and one
 * for the journals. Refs and trees tell what there is; a row is taken only for exactly the objects it was made of.
 */
import { crc32 } from 'node:zlib';
import type { Oid, TraceFiles } from '../core/ports.ts';
import type { Timestamp } from '../core/time.ts';
import type { TraceName } from '../core/trace-name.ts';
import { VERSION } from '../core/version.ts';

/** What a trace's line tells. */
export interface ListRow {
  readonly title: string | null;
  readonly status: string;
  readonly events: number;
  readonly sessions: number;
  readonly start_time: Timestamp | null;
  readonly end_time: Timestamp | null;
}

/** Rows of one archive, or of the journals. */
export interface ListPage {
  /** The archive's commit, where its rows are complete; else `undefined`, and what lies in it is to be looked at. */
  readonly complete: Oid | undefined;
  /** By trace: its row, and the objects that it was made of. */
  readonly rows: ReadonlyMap<TraceName, { readonly key: string; readonly row: ListRow }>;
}

const EMPTY: ListPage = { complete: undefined, rows: new Map() };
/** Everything that a former form of the rows would be told by. */
const FORM = `git-trace-list 1 ${VERSION}`;

/** Reads a page; an empty one where there is none, or none that is whole and of this version. */
export function readListPage(files: TraceFiles, name: string): ListPage {
  try {
    const bytes = files.read(fileOf(name));
    const end = bytes?.indexOf(0x0a) ?? -1;
    if (bytes === undefined || end < 0) return EMPTY;
    const body = bytes.subarray(end + 1);
    const [complete = '', sum] = bytes.toString('utf8', FORM.length + 1, end).split(' ');
    if (bytes.toString('utf8', 0, FORM.length) !== FORM || sum !== checksum(complete, body)) return EMPTY;
    // the checksum says that it is what writeListPage wrote
    const rows = JSON.parse(body.toString('utf8')) as [TraceName, string, ...ListRow[keyof ListRow][]][];
    return {
      complete: complete === '-' ? undefined : complete,
      rows: new Map(rows.map(([trace, key, ...values]) => [trace, { key, row: rowOf(values) }])),
    };
  } catch {
    return EMPTY; // then it is made anew
  }
}

/** Saves a page; where that fails it is made anew the next time. */
export function writeListPage(files: TraceFiles, name: string, { complete = '-', rows }: ListPage): void {
  const values = [...rows].map(([trace, { key, row }]) => [
    trace,
    key,
    row.title,
    row.status,
    row.events,
    row.sessions,
    row.start_time,
    row.end_time,
  ]);
  const body = Buffer.from(JSON.stringify(values));
  try {
    files.replace(fileOf(name), Buffer.concat([Buffer.from(`${FORM} ${complete} ${checksum(complete, body)}\n`), body]));
  } catch {
    // a clone that may only be read is listed all the same
    remove(files, name);
  }
}

/** Removes the pages of archives that are gone. @param names those that there are */
export function dropListPages(files: TraceFiles, names: ReadonlySet<string>): void {
  for (const name of files.list(FOLDER)) if (!names.has(name)) remove(files, name);
}

function remove(files: TraceFiles, name: string): void {
  try {
    files.remove(fileOf(name));
  } catch {
    // what is left of it tells no more than it is made of
  }
}

const FOLDER = 'list';

function fileOf(name: string): string {
  return `${FOLDER}/${name}`;
}

function rowOf(values: readonly ListRow[keyof ListRow][]): ListRow {
  const [title, status, events, sessions, start_time, end_time] = values;
  // in the order of writeListPage
  return { title, status, events, sessions, start_time, end_time } as ListRow;
}

function checksum(complete: string, body: Buffer): string {
  return crc32(body, crc32(complete)).toString(16).padStart(8, '0');
}
