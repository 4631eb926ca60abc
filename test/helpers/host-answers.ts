/** Answers in the shapes that GitHub and GitLab document, as far as a test says what is in them. */

export interface PullAnswer {
  readonly number?: number;
  readonly title?: string;
  readonly state?: 'open' | 'closed';
  readonly created_at?: string;
  readonly closed_at?: string | null;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly branch?: string;
  readonly sha?: string;
  /** Full name of the head's repository; null where the fork is gone. */
  readonly from?: string | null;
  readonly repository?: string;
}

/** A pull request as GitHub's `pulls` endpoints tell it. */
export function pullAnswer(told: PullAnswer = {}): Record<string, unknown> {
  const { number = 42, branch = 'topic', repository = 'o/r', from = repository, sha = 'a'.repeat(40), ...rest } = told;
  const repo = (name: string) => ({ id: 1, full_name: name, clone_url: `https://github.com/${name}.git` });
  return {
    id: 1000 + number,
    number,
    title: 'Mend the login',
    state: 'open',
    html_url: `https://github.com/${repository}/pull/${number}`,
    created_at: '2026-11-20T09:00:00Z',
    closed_at: null,
    merged_at: null,
    merge_commit_sha: 'b'.repeat(40),
    ...rest,
    head: { label: `${from?.split('/')[0] ?? 'gone'}:${branch}`, ref: branch, sha, repo: from === null ? null : repo(from) },
    base: { label: `${repository.split('/')[0]}:main`, ref: 'main', sha: 'c'.repeat(40), repo: repo(repository) },
  };
}

/** What GitHub says where it refuses. */
export function refusedAnswer(message: string): Record<string, unknown> {
  return { message, documentation_url: 'https://docs.github.com/rest' };
}
