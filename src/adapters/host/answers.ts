/** What the answers of all hosts have in common: how they are read, and how pull requests and pages of lists go on. Pure. */
import type { PullRequest } from '../../core/host.ts';
import { normaliseTime, type Timestamp } from '../../core/time.ts';
import type { Reader } from './reader.schema.ts';
import { type Asker, unfit } from './refusal.ts';

/** Reads an answer. @param what what it ought to be, for the message @throws Refusal */
export function read<T>(reader: Reader<T>, value: unknown, what: string, asker: Asker): T {
  const found = reader(value);
  if (found === undefined) throw unfit(`it is no ${what}`, asker);
  return found;
}

/** A time as the journal writes it. @throws Refusal */
export function timeOf(text: string, asker: Asker): Timestamp {
  const time = normaliseTime(text);
  if (time === undefined) throw unfit('it has a time that is none', asker);
  return time;
}

/** Open ones first, then the newest. */
export function openFirst(found: readonly PullRequest[]): PullRequest[] {
  const rank = ({ status }: PullRequest): number => (status === 'open' ? 0 : 1);
  const order = (one: string, other: string): number => (one < other ? 1 : one > other ? -1 : 0);
  return [...found].sort((a, b) => rank(a) - rank(b) || order(a.createdAt, b.createdAt) || Number(b.number) - Number(a.number));
}

/** Tells whether a list has another page: as its Link header says, or, without one, because this page is full. */
export function hasNext(link: string | undefined, length: number, page: number): boolean {
  return link === undefined || link === '' ? length >= page : /rel="?next"?/.test(link);
}

export function isSameName(one: string | null | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}
