/**
 * A repository as GitHub keeps it: bare, with `refs/pull/<n>/head` that everybody sees and nobody may push, and merges
 * made by the host.
 */
import { TestRepository } from '../repository.ts';

export class HostedRepository {
  /** `owner/repo` */
  readonly name: string;
  readonly at: TestRepository;

  private constructor(name: string, at: TestRepository) {
    this.name = name;
    this.at = at;
    at.git('config', 'receive.hideRefs', 'refs/pull');
    at.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    at.git('config', 'uploadpack.allowFilter', 'true');
  }

  static create(name: string): HostedRepository {
    return new HostedRepository(name, TestRepository.createBare({ name: `${name.replace('/', '-')}.git` }));
  }

  /** Branches alone go into a fork. */
  fork(name: string): HostedRepository {
    const made = HostedRepository.create(name);
    made.at.git('fetch', '-q', this.at.path, 'refs/heads/*:refs/heads/*');
    return made;
  }

  /** Publishes the head of a pull request; gives back the commit and all that the pull request consists of. */
  publishHead(number: number, from: HostedRepository, branch: string, base: string): { head: string; commits: string[] } {
    const ref = `refs/pull/${number}/head`;
    this.at.git('fetch', '-q', from.at.path, `+refs/heads/${branch}:${ref}`);
    const commits = this.at.git('rev-list', `refs/heads/${base}..${ref}`).split('\n');
    return { head: this.at.git('rev-parse', ref), commits: commits.filter((oid) => oid !== '') };
  }

  /** Publishes the merge that the host makes to see whether it could. */
  testMerge(number: number, base: string): string {
    const [tip, head] = [`refs/heads/${base}`, `refs/pull/${number}/head`].map((ref) => this.at.git('rev-parse', ref)) as [string, string]; // two each
    const merge = this.at.git('commit-tree', '-p', tip, '-p', head, '-m', `Merge ${head} into ${tip}`, this.#mergedTree(tip, head));
    this.at.git('update-ref', `refs/pull/${number}/merge`, merge);
    return merge;
  }

  /** Puts what a pull request changes on the base branch as one commit. */
  squash(number: number, base: string, message: string): string {
    const tip = this.at.git('rev-parse', `refs/heads/${base}`);
    const commit = this.at.git('commit-tree', '-p', tip, '-m', message, this.#mergedTree(tip, `refs/pull/${number}/head`));
    this.at.git('update-ref', `refs/heads/${base}`, commit, tip);
    return commit;
  }

  /** Merges a pull request with a merge commit. */
  merge(number: number, base: string, message: string): string {
    const tip = this.at.git('rev-parse', `refs/heads/${base}`);
    const head = this.at.git('rev-parse', `refs/pull/${number}/head`);
    const commit = this.at.git('commit-tree', '-p', tip, '-p', head, '-m', message, this.#mergedTree(tip, head));
    this.at.git('update-ref', `refs/heads/${base}`, commit, tip);
    return commit;
  }

  deleteBranch(branch: string): void {
    this.at.git('update-ref', '-d', `refs/heads/${branch}`);
  }

  #mergedTree(ours: string, theirs: string): string {
    return this.at.git('merge-tree', '--write-tree', ours, theirs).split('\n')[0] ?? '';
  }
}
