/** What we read of GitHub's answers, and no more of it (https://docs.github.com/rest). Whatever else they hold is ignored. */
import * as z from 'zod/mini';
import { reader } from './reader.schema.ts';

const text = z.string();
const user = z.nullish(z.object({ login: text }));

const pullRequest = z.object({
  number: z.int(),
  title: text,
  state: z.enum(['open', 'closed']),
  html_url: text,
  created_at: text,
  merged_at: z.nullish(text),
  closed_at: z.nullish(text),
  merge_commit_sha: z.nullish(text),
  head: z.object({ ref: text, sha: text, repo: z.nullish(z.object({ full_name: text, clone_url: z.nullish(text) })) }),
  base: z.object({ ref: text, repo: z.object({ full_name: text }) }),
});
const comment = z.object({ id: z.int(), user, body: z.nullish(text), html_url: text, created_at: text });

export type GitHubPullRequest = z.infer<typeof pullRequest>;
export type GitHubComment = z.infer<typeof comment>;

export const readPullRequest = reader(pullRequest);
export const readPullRequests = reader(z.array(pullRequest));
export const readReviews = reader(z.array(z.object({ user, state: text, commit_id: z.nullish(text), submitted_at: z.nullish(text) })));
export const readComment = reader(comment);
export const readComments = reader(z.array(comment));
export const readUser = reader(z.object({ login: text }));
export const readViewer = reader(z.object({ viewer: z.object({ login: text }) }));
export const readRepository = reader(z.object({ full_name: text }));
