/**
 * What a push has to do with pull requests: it asks the code host whether the branch has one by now, links the branch to
 * it, and brings title and status up to date. Runs in the background, asks once and not long, and never fails a push.
 */
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { type Context, HOST_FAILURE } from './context.ts';
import { type Found, findPullRequest } from './find-pull-request.ts';
import { linkBranch, recordUpdate } from './link-branch.ts';

/** Branches of one push that are asked for. */
const BRANCHES = 3;

/** Links what can be linked of the branches that are pushed to a remote. `trace.link=false` switches it off. */
export async function linkAtPush(context: Context, remote: string, branches: Iterable<string>): Promise<void> {
  const { repository, files } = await context.flushPorts();
  if (repository.config.flag('trace.link') === false) return;
  let failure: string | undefined;
  for (const branch of [...branches].slice(0, BRANCHES)) {
    const found = await findPullRequest(context, { branch, remote, purpose: 'hook' });
    if (found.kind === 'unknown') failure = found.why?.message;
    else await follow(context, branch, found);
  }
  if (failure !== undefined) files.replace(HOST_FAILURE, `${failure}\n`);
  else if (files.exists(HOST_FAILURE)) files.remove(HOST_FAILURE);
}

/** Does what an answer asks for; a link that a person has made stands until its pull request is no longer open. */
async function follow(context: Context, branch: string, found: Exclude<Found, { kind: 'unknown' }>): Promise<void> {
  const { config } = await context.repository();
  const linked: TraceName | undefined = config.getAll(`branch.${branch}.trace`).at(-1);
  if (found.kind === 'one') {
    const { pullRequest, all } = found;
    const { number, repository, host, base } = pullRequest;
    const mayLink = linked === undefined || all.some((other) => other.number === linked && other.status !== 'open');
    if (linked !== number) {
      if (!mayLink) return;
      await linkBranch(context, branch, { number, repository, host, base: base.branch });
      context.output.say(`trace: linked branch '${branch}' to pull request ${number} (${journalRef(number)})`);
    }
    await recordUpdate(context, number, pullRequest);
  } else if (found.kind === 'number' && linked === undefined) {
    await linkBranch(context, branch, { number: found.number, repository: found.at?.path, host: found.at?.host });
    context.output.say(`trace: linked branch '${branch}' to pull request ${found.number} (${journalRef(found.number)})`);
  } else if (found.kind === 'many') {
    const own = found.open.find(({ number }) => number === linked);
    if (own !== undefined) await recordUpdate(context, own.number, own);
    else if (linked === undefined)
      context.output.say(
        `hint: branch '${branch}' has ${found.open.length} open pull requests; 'git trace link <pr>' says which one its trace belongs to`,
      );
  }
}
