/**
 * The port to a code host: what is asked of GitHub, GitLab and the like about pull requests. `src/adapters/host/`
 * implements it; it is opened only where a command needs it, since it talks to the network.
 */
import type { Oid } from './ports.ts';
import type { Timestamp } from './time.ts';

/** Types of events that say what a host says. The host can be asked again, so a repository takes them from no fork. */
export const HOST_FACTS: ReadonlySet<string> = new Set(['pr_linked', 'pr_updated', 'pr_reviewed']);

/** One pull request (GitLab: merge request), as its host tells it. */
export interface PullRequest {
  readonly number: string;
  /** Host name without port, e.g. `github.com`. */
  readonly host: string;
  /** The repository it is to be merged into, e.g. `owner/repo`. */
  readonly repository: string;
  readonly title: string;
  readonly status: 'open' | 'merged' | 'closed';
  readonly url: string;
  readonly createdAt: Timestamp;
  /** Null unless merged. */
  readonly mergedAt: Timestamp | null;
  /** Null while open. */
  readonly closedAt: Timestamp | null;
  readonly head: {
    readonly branch: string;
    readonly oid: Oid;
    /** Null where the fork is gone. */
    readonly repository: string | null;
    /** Where git fetches the fork from; null where it is gone. */
    readonly cloneUrl: string | null;
  };
  readonly base: { readonly branch: string };
  /** The commit that it was merged as; null unless merged. */
  readonly mergeCommit: Oid | null;
}

/** What is known of the pull request that is looked for. All members that are given must fit. */
export type PullRequestQuery =
  | { readonly number: string }
  /** Those whose head is this branch of this repository (`owner/repo`); open ones first, then the newest. */
  | { readonly branch: string; readonly repository: string }
  /** Those that a commit is part of. */
  | { readonly commit: Oid };

export interface Review {
  /** Login; null for an account that is gone. */
  readonly reviewer: string | null;
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed';
  readonly sha: Oid | null;
  readonly submittedAt: Timestamp;
}

/** The one comment that we keep on a pull request. */
export interface CommentWish {
  /** How every version of it begins, the same for ever. Only a comment of ours that begins so is taken for it. */
  readonly marker: string;
  /** The whole comment, marker included; at most 65,536 characters. */
  readonly body: string;
  /** Tells from the comment that stands there whether it knows more than we do: then it is left alone. */
  readonly isNewer: (body: string) => boolean;
}

export type CommentOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged' | 'newer'; readonly url: string }
  /** The token may not write here. */
  | { readonly kind: 'forbidden'; readonly reason: string };

/** A code host, as seen from one repository on it. All methods throw host-failed, with a message of its own for each cause. */
export interface Host {
  readonly kind: 'github' | 'gitlab';
  /** Host name without port. */
  readonly name: string;
  /** `owner/repo`; after a redirect, the name it has now. */
  readonly repository: string;
  /** Whether a token is used at all. */
  readonly authenticated: boolean;
  /** The refs under which the host publishes the heads of pull requests; `*` stands for the number. */
  readonly headRefPattern: string;
  /** Pull requests that fit; none is an empty list. */
  findPullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]>;
  /** All reviews of a pull request, oldest first; those that are still drafts are left out. */
  reviews(number: string): Promise<readonly Review[]>;
  /** Makes the comment be there once, with this body. */
  upsertComment(number: string, wish: CommentWish): Promise<CommentOutcome>;
}
