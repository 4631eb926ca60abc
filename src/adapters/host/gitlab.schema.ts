/** What we read of GitLab's answers, and no more of it (https://docs.gitlab.com/api/rest/). Whatever else they hold is ignored. */
import * as z from 'zod/mini';
import { reader } from './reader.schema.ts';

const text = z.string();

const mergeRequest = z.object({
  iid: z.int(),
  title: text,
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  web_url: text,
  created_at: text,
  merged_at: z.nullish(text),
  closed_at: z.nullish(text),
  merge_commit_sha: z.nullish(text),
  squash_commit_sha: z.nullish(text),
  sha: z.nullish(text),
  source_branch: text,
  target_branch: text,
  source_project_id: z.nullish(z.int()),
  target_project_id: z.int(),
});
const note = z.object({ id: z.int(), author: z.nullish(z.object({ username: text })), body: text, created_at: text });
const approval = z.object({ user: z.nullish(z.object({ username: text })), approved_at: z.nullish(text) });

export type GitLabMergeRequest = z.infer<typeof mergeRequest>;
export type GitLabNote = z.infer<typeof note>;

export const readMergeRequest = reader(mergeRequest);
export const readMergeRequests = reader(z.array(mergeRequest));
export const readNote = reader(note);
export const readNotes = reader(z.array(note));
export const readApprovals = reader(z.object({ approved_by: z.array(approval) }));
export const readUser = reader(z.object({ username: text }));
export const readProject = reader(z.object({ path_with_namespace: text, http_url_to_repo: z.nullish(text) }));
