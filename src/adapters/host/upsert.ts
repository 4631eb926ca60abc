/**
 * Keeps one comment of ours on a pull request: which of those that stand there is it, and what is to be done (pure); then
 * doing it, over the few things that a host can do with comments. Somebody else's comment is never touched.
 */
import type { CommentOutcome, CommentWish } from '../../core/host.ts';
import type { Timestamp } from '../../core/time.ts';
import { Refusal } from './refusal.ts';

export interface Comment {
  readonly id: number;
  /** Login; null for an account that is gone. */
  readonly author: string | null;
  readonly body: string;
  readonly url: string;
  /** When it was written. */
  readonly at: Timestamp;
}

/** What a host can do with the comments of one pull request. All throw Refusal. */
export interface Comments {
  /** The login that comments are written under, or that they most likely are; `undefined` where the host does not tell. */
  viewer(): Promise<string | undefined>;
  /** The same, asked of the host even where that costs more; `undefined` where it does not tell. */
  certainViewer(): Promise<string | undefined>;
  /** The comments, oldest first, page by page; from about when another was written. */
  pages(since?: Comment): AsyncIterable<readonly Comment[]>;
  create(body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
  remove(id: number): Promise<void>;
}

/** The comments that are ours, the oldest first: written by us, and beginning with the marker. */
export function ours(comments: readonly Comment[], viewer: string | undefined, marker: string): Comment[] {
  if (viewer === undefined) return [];
  const login = viewer.toLowerCase();
  return comments.filter(({ author, body }) => author?.toLowerCase() === login && body.startsWith(marker)).sort((a, b) => a.id - b.id);
}

/** What is to be done where comments of ours stand already. */
export interface UpsertPlan {
  readonly keep: Comment;
  /** What it is to say; `undefined` where it says it already. */
  readonly body: string | undefined;
  readonly remove: readonly Comment[];
  /** One of them knew more than we do. */
  readonly newer: boolean;
}

/** Of several comments of ours the oldest stays, with what the newest of them or we have to say. */
export function planUpsert(found: readonly Comment[], wish: CommentWish): UpsertPlan | undefined {
  const [keep, ...remove] = found;
  if (keep === undefined) return undefined;
  const newer = found.findLast(({ body }) => wish.isNewer(body));
  const body = newer?.body ?? wish.body;
  return { keep, body: isSame(keep.body, body) ? undefined : body, remove, newer: newer !== undefined };
}

/** Hosts give line ends and the text's end back in their own way. */
function isSame(one: string, other: string): boolean {
  const plain = (text: string): string => text.replace(/\r\n/g, '\n').trimEnd();
  return plain(one) === plain(other);
}

/**
 * Makes the comment be there once: found, it is brought up to date; else written, and then looked for again, since
 * another job may have written its own meanwhile.
 *
 * @throws Refusal
 */
export async function upsert(comments: Comments, wish: CommentWish): Promise<CommentOutcome> {
  try {
    const likely = await comments.viewer();
    const marked = await firstMarked(comments, likely, wish.marker);
    let viewer = likely;
    // a bot has written what begins like ours, and a bot's token may not say whose it is in the plain way
    if (ours(marked, viewer, wish.marker).length === 0 && marked.some(({ author }) => author?.endsWith('[bot]')))
      viewer = (await comments.certainViewer()) ?? likely;
    const done = await carryOut(comments, planUpsert(ours(marked, viewer, wish.marker), wish));
    return done ?? (await writeFirst(comments, viewer, wish));
  } catch (error) {
    if (error instanceof Refusal && error.forbidden) return { kind: 'forbidden', reason: [error.message, ...error.hints].join('; ') };
    throw error;
  }
}

/** The comments that begin with the marker, up to the first page that has one of ours. */
async function firstMarked(comments: Comments, viewer: string | undefined, marker: string): Promise<Comment[]> {
  const found: Comment[] = [];
  for await (const page of comments.pages()) {
    found.push(...page.filter(({ body }) => body.startsWith(marker)));
    if (ours(found, viewer, marker).length > 0) break;
  }
  return found;
}

/** Does what was planned; `undefined` where nothing was, or the comment is gone since. */
async function carryOut(comments: Comments, plan: UpsertPlan | undefined): Promise<CommentOutcome | undefined> {
  if (plan === undefined) return undefined;
  const { keep, body, remove, newer } = plan;
  const after = body === undefined ? keep : await unlessGone(comments.update(keep.id, body));
  if (after === undefined) return undefined;
  for (const { id } of remove) await unlessGone(comments.remove(id));
  return { kind: newer ? 'newer' : body === undefined ? 'unchanged' : 'updated', url: after.url };
}

async function writeFirst(comments: Comments, viewer: string | undefined, wish: CommentWish): Promise<CommentOutcome> {
  const written = await comments.create(wish.body);
  const author = written.author ?? viewer;
  // under another name than we thought, an older one of ours may stand anywhere
  const since = author !== undefined && author === viewer ? written : undefined;
  const found = new Map([[written.id, written]]);
  for await (const page of comments.pages(since)) for (const comment of ours(page, author, wish.marker)) found.set(comment.id, comment);
  const plan = planUpsert(
    [...found.values()].sort((a, b) => a.id - b.id),
    wish,
  );
  if (found.size === 1) return { kind: 'created', url: written.url };
  return (await carryOut(comments, plan)) ?? { kind: 'created', url: written.url };
}

/** `undefined` where the comment is no longer there. @throws Refusal */
async function unlessGone<T>(doing: Promise<T>): Promise<T | undefined> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 410)) return undefined;
    throw error;
  }
}
