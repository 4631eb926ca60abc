/** Build servers are recognised by what their documentation says of their variables; what is foreign is looked at. */
import { describe, expect, test } from 'vitest';
import { ciEnvironment, withSaid } from '../../src/capture/ci/environment.ts';
import { BUILDKITE, CIRCLE, GENERIC, GITHUB, GITLAB, HEAD, JENKINS, MERGE, pullRequest } from '../helpers/ci.ts';

const github = (event: unknown, more: Record<string, string> = {}) => ciEnvironment({ ...GITHUB, ...more }, event);

describe('GitHub Actions', () => {
  test('a pull request from a fork: its head counts, not the test merge', () => {
    expect(github({ action: 'opened', pull_request: pullRequest() })).toMatchInlineSnapshot(`
      {
        "action": "opened",
        "actor": "octocat",
        "attempt": 3,
        "branch": "changes",
        "conclusion": null,
        "event": "pull_request",
        "host": {
          "apiUrl": "https://api.github.com",
          "name": "github.com",
          "repository": "octocat/Hello-World",
          "serverUrl": "https://github.com",
        },
        "job": "greeting_job",
        "jobId": null,
        "matrix": null,
        "provider": "github-actions",
        "pullRequest": {
          "base": {
            "branch": "main",
          },
          "facts": {
            "closedAt": null,
            "createdAt": "2026-11-15T15:20:33.000Z",
            "mergeCommit": null,
            "mergedAt": null,
            "status": "open",
            "title": "Update the README with new information.",
            "url": "https://github.com/octocat/Hello-World/pull/42",
          },
          "head": {
            "branch": "changes",
            "cloneUrl": "https://github.com/ada/Hello-World.git",
            "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            "repository": "ada/Hello-World",
          },
          "number": "42",
          "repository": "octocat/Hello-World",
        },
        "ref": "refs/pull/42/merge",
        "runId": "1658821493",
        "runUrl": "https://github.com/octocat/Hello-World/actions/runs/1658821493/attempts/3",
        "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        "startedAt": null,
        "stepSummary": "/home/runner/_layout/_work/_temp/_runner_file_commands/step_summary_1cb22d7f",
        "workflow": "My test workflow",
      }
    `);
  });

  test('closed and merged', () => {
    const merged = pullRequest({ state: 'closed', merged: true, merged_at: '2026-11-16T10:00:00Z', closed_at: '2026-11-16T10:00:00Z' });
    const { action, pullRequest: found } = github({ action: 'closed', pull_request: merged }) ?? {};
    expect(action).toBe('closed');
    expect(found?.facts).toMatchObject({ status: 'merged', mergedAt: '2026-11-16T10:00:00.000Z', mergeCommit: MERGE });
  });

  test('closed, not merged: what GitHub calls its merge commit is none', () => {
    const closed = pullRequest({ state: 'closed', closed_at: '2026-11-16T10:00:00Z' });
    expect(github({ pull_request: closed })?.pullRequest?.facts).toMatchObject({ status: 'closed', mergedAt: null, mergeCommit: null });
  });

  test('pull_request_target: GITHUB_SHA is of the base branch and says nothing', () => {
    const base = { GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_REF: 'refs/heads/main', GITHUB_SHA: 'b'.repeat(40) };
    expect(github({ pull_request: pullRequest() }, base)).toMatchObject({ sha: HEAD, branch: 'changes', pullRequest: { number: '42' } });
  });

  test('a fork that is gone', () => {
    const gone = pullRequest({ head: { ref: 'changes', sha: HEAD, repo: null } });
    expect(github({ pull_request: gone })?.pullRequest?.head).toEqual({ branch: 'changes', oid: HEAD, repository: null, cloneUrl: null });
  });

  test('a review has no "merged", and says it by the time', () => {
    const { merged: _, ...review } = pullRequest({ state: 'closed', merged_at: '2026-11-16T10:00:00Z' });
    const found = github({ action: 'submitted', pull_request: review }, { GITHUB_EVENT_NAME: 'pull_request_review' });
    expect(found).toMatchObject({ sha: HEAD, pullRequest: { number: '42', facts: { status: 'merged' } } });
  });

  test('a comment on a pull request: its head is not told', () => {
    const issue = { number: 42, state: 'open', title: 'T', html_url: 'https://github.com/octocat/Hello-World/pull/42', pull_request: {} };
    const found = github({ issue }, { GITHUB_EVENT_NAME: 'issue_comment', GITHUB_REF: 'refs/heads/main' });
    expect(found).toMatchObject({ sha: null, branch: null, pullRequest: { number: '42', head: null, repository: 'octocat/Hello-World' } });
  });

  test('a comment on an issue is about no pull request', () => {
    expect(github({ issue: { number: 42, state: 'open' } }, { GITHUB_EVENT_NAME: 'issue_comment' })?.pullRequest).toBeNull();
  });

  test('a run that a run has started', () => {
    const own = { number: 42, head: { ref: 'changes', sha: HEAD }, base: { ref: 'main', repo: { id: 186853002 } } };
    const foreign = { ...own, number: 7, base: { ref: 'main', repo: { id: 1 } } };
    const run = { head_branch: 'changes', head_sha: HEAD, head_repository: { full_name: 'octocat/Hello-World' } };
    const event = (...pulls: unknown[]) => ({ repository: { id: 186853002 }, workflow_run: { ...run, pull_requests: pulls } });
    const name = { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_REF: 'refs/heads/main' };
    expect(github(event(foreign, own), name)).toMatchObject({
      sha: HEAD,
      branch: 'changes',
      pullRequest: {
        number: '42',
        repository: 'octocat/Hello-World',
        head: { oid: HEAD, cloneUrl: 'https://github.com/octocat/Hello-World.git' },
      },
    });
    expect(github(event(), name)).toMatchObject({ sha: HEAD, pullRequest: null });
    expect(github(event(own, { ...own, number: 43 }), name)?.pullRequest).toBeNull();
  });

  test('a merge queue names the pull request that it tests', () => {
    const merge_group = { head_sha: MERGE, head_ref: `refs/heads/gh-readonly-queue/main/pr-42-${HEAD}`, base_ref: 'refs/heads/main' };
    const found = github({ action: 'checks_requested', merge_group }, { GITHUB_EVENT_NAME: 'merge_group' });
    expect(found).toMatchObject({ sha: MERGE, pullRequest: { number: '42', head: null, base: { branch: 'main' } } });
  });

  test('a push', () => {
    const pushed = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/feature/login', GITHUB_SHA: HEAD, GITHUB_HEAD_REF: '' };
    expect(github({ ref: 'refs/heads/feature/login' }, pushed)).toMatchObject({ sha: HEAD, branch: 'feature/login', pullRequest: null });
  });

  test('a tag is no branch', () => {
    expect(github({}, { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/tags/v1' })?.branch).toBeNull();
  });

  test('without a payload the variables tell the number, and no commit: GITHUB_SHA is the test merge', () => {
    expect(github(undefined)).toMatchObject({ sha: null, branch: 'feature-branch-1', pullRequest: { number: '42', facts: null } });
  });

  test('the first attempt is the run itself', () => {
    expect(github(undefined, { GITHUB_RUN_ATTEMPT: '1' })?.runUrl).toBe('https://github.com/octocat/Hello-World/actions/runs/1658821493');
  });

  test.each([
    ['a number that is a path', { number: '../42' }],
    ['a number that is too large', { number: 1e21 }],
    ['no object', 'pull_request'],
    ['a prototype', JSON.parse('{"__proto__":{"number":7}}')],
  ])('of a payload with %s the variables are believed instead', (_, hostile) => {
    expect(github({ pull_request: hostile })?.pullRequest?.number).toBe('42');
  });

  test('what is no name of a branch, a commit or a repository is missing', () => {
    const head = { ref: '--upload-pack=x', sha: '$(id)', repo: { full_name: 'a/../b', clone_url: 'file:///etc/passwd' } };
    expect(github({ pull_request: pullRequest({ head }) })).toMatchObject({ sha: null, pullRequest: { number: '42', head: null } });
    const dashed = { ref: 'x', sha: HEAD, repo: { full_name: '-x/y', clone_url: 'https://u:p@example.com/x' } };
    expect(github({ pull_request: pullRequest({ head: dashed }) })?.pullRequest?.head).toMatchObject({ repository: null, cloneUrl: null });
  });

  test('a title keeps to one line', () => {
    expect(github({ pull_request: pullRequest({ title: 'a\n\u001b[31mb' }) })?.pullRequest?.facts?.title).toBe('a [31mb');
  });
});

test('GitLab CI', () => {
  expect(ciEnvironment(GITLAB)).toMatchInlineSnapshot(`
    {
      "action": null,
      "actor": "ada",
      "attempt": null,
      "branch": "patch-1",
      "conclusion": null,
      "event": "merge_request_event",
      "host": {
        "apiUrl": "https://gitlab.example.com/api/v4",
        "name": "gitlab.example.com",
        "repository": "namespace/awesome-project",
        "serverUrl": "https://gitlab.example.com",
      },
      "job": "deploy: [aws, monitoring]",
      "jobId": "50",
      "matrix": null,
      "provider": "gitlab-ci",
      "pullRequest": {
        "base": {
          "branch": "main",
        },
        "facts": null,
        "head": {
          "branch": "patch-1",
          "cloneUrl": "https://gitlab.example.com/ada/awesome-project.git",
          "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
          "repository": "ada/awesome-project",
        },
        "number": "1",
        "repository": "namespace/awesome-project",
      },
      "ref": "refs/merge-requests/1/head",
      "runId": "1000",
      "runUrl": "https://gitlab.example.com/namespace/awesome-project/-/jobs/50",
      "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
      "startedAt": "2026-11-21T09:10:00.000Z",
      "stepSummary": null,
      "workflow": null,
    }
  `);
});

describe('GitLab CI', () => {
  test('a pipeline for merged results: the test merge is not what was pushed', () => {
    const merged = { ...GITLAB, CI_MERGE_REQUEST_EVENT_TYPE: 'merged_result', CI_COMMIT_SHA: MERGE };
    expect(ciEnvironment({ ...merged, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: HEAD })?.sha).toBe(HEAD);
    expect(ciEnvironment(merged)?.pullRequest?.head?.oid).toBeNull();
  });

  const branch = { ...GITLAB, CI_MERGE_REQUEST_IID: '', CI_COMMIT_BRANCH: 'patch-1', CI_PROJECT_PATH: 'namespace/awesome-project' };
  test.each([
    ['namespace/awesome-project!333', '333'],
    ['namespace/awesome-project!333,namespace/awesome-project!334', undefined],
    ['another/project!333', undefined],
    ['', undefined],
  ])('in the pipeline of a branch the open merge requests are "%s"', (open, number) => {
    expect(ciEnvironment({ ...branch, CI_OPEN_MERGE_REQUESTS: open })?.pullRequest?.number).toBe(number);
  });

  test.each([
    ['success', 'success'],
    ['failed', 'failure'],
    ['canceled', 'cancelled'],
    ['running', null],
  ])('a job is %s', (status, conclusion) => {
    expect(ciEnvironment({ ...GITLAB, CI_JOB_STATUS: status })?.conclusion).toBe(conclusion);
  });
});

test('CircleCI', () => {
  expect(ciEnvironment(CIRCLE)).toMatchInlineSnapshot(`
    {
      "action": null,
      "actor": "ada",
      "attempt": null,
      "branch": "changes",
      "conclusion": null,
      "event": null,
      "host": {
        "apiUrl": null,
        "name": "github.com",
        "repository": "circleci/circleci",
        "serverUrl": "https://github.com",
      },
      "job": "build",
      "jobId": "3f2f5fdd-8287-4036-8dac-af16268664dc",
      "matrix": "3/10",
      "provider": "circleci",
      "pullRequest": {
        "base": null,
        "facts": null,
        "head": {
          "branch": "changes",
          "cloneUrl": null,
          "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
          "repository": null,
        },
        "number": "1234",
        "repository": "circleci/circleci",
      },
      "ref": "refs/heads/changes",
      "runId": "9a956048-86ba-436a-aac0-9cd461ae266a",
      "runUrl": "https://circleci.com/gh/circleci/circleci/7",
      "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
      "startedAt": null,
      "stepSummary": null,
      "workflow": null,
    }
  `);
});

test('CircleCI: a fork has a number and no branch; of several pull requests none is guessed', () => {
  const fork = { CIRCLE_BRANCH: 'pull/1234', CIRCLE_PR_NUMBER: '1234', CIRCLE_PR_USERNAME: 'ada', CIRCLE_PR_REPONAME: 'circleci' };
  expect(ciEnvironment({ ...CIRCLE, ...fork })).toMatchObject({ branch: null, pullRequest: { number: '1234', head: null } });
  const two = 'https://github.com/circleci/circleci/pull/1,https://github.com/circleci/circleci/pull/2';
  expect(ciEnvironment({ ...CIRCLE, CIRCLE_PULL_REQUESTS: two })?.pullRequest).toBeNull();
});

test('Buildkite', () => {
  expect(ciEnvironment(BUILDKITE)).toMatchInlineSnapshot(`
    {
      "action": null,
      "actor": "Ada Lovelace",
      "attempt": 2,
      "branch": "changes",
      "conclusion": null,
      "event": "webhook",
      "host": {
        "apiUrl": null,
        "name": "github.com",
        "repository": "acme-inc/my-project",
        "serverUrl": "https://github.com",
      },
      "job": ":hammer: Tests",
      "jobId": "e44f9784-e20e-4b93-a21d-f41fd5869db9",
      "matrix": "1/4",
      "provider": "buildkite",
      "pullRequest": {
        "base": {
          "branch": "main",
        },
        "facts": null,
        "head": {
          "branch": "changes",
          "cloneUrl": "https://github.com/ada/my-project.git",
          "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
          "repository": "ada/my-project",
        },
        "number": "123",
        "repository": "acme-inc/my-project",
      },
      "ref": null,
      "runId": "4735ba57-80d0-46e2-8fa0-b28223a86586",
      "runUrl": "https://buildkite.com/acme-inc/my-project/builds/1514",
      "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
      "startedAt": null,
      "stepSummary": null,
      "workflow": "Deploy",
    }
  `);
});

test('Buildkite: "false" is no pull request, and the hooks after a command know how it went', () => {
  const pushed = { ...BUILDKITE, BUILDKITE_PULL_REQUEST: 'false', BUILDKITE_PULL_REQUEST_REPO: '', BUILDKITE_BRANCH: 'main' };
  expect(ciEnvironment({ ...pushed, BUILDKITE_COMMAND_EXIT_STATUS: '1' })).toMatchObject({
    branch: 'main',
    conclusion: 'failure',
    pullRequest: null,
    ref: 'refs/heads/main',
  });
});

test('Jenkins', () => {
  expect(ciEnvironment(JENKINS)).toMatchInlineSnapshot(`
    {
      "action": null,
      "actor": "ada",
      "attempt": null,
      "branch": "changes",
      "conclusion": null,
      "event": null,
      "host": {
        "apiUrl": null,
        "name": "github.example.com",
        "repository": "team/shop",
        "serverUrl": "https://github.example.com",
      },
      "job": "test",
      "jobId": null,
      "matrix": null,
      "provider": "jenkins",
      "pullRequest": {
        "base": {
          "branch": "main",
        },
        "facts": null,
        "head": {
          "branch": "changes",
          "cloneUrl": "https://github.example.com/ada/shop.git",
          "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
          "repository": "ada/shop",
        },
        "number": "42",
        "repository": "team/shop",
      },
      "ref": null,
      "runId": "jenkins-shop-PR-42-153",
      "runUrl": "https://ci.example.com/job/shop/job/PR-42/153",
      "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
      "startedAt": null,
      "stepSummary": null,
      "workflow": "shop/PR-42",
    }
  `);
});

test('Jenkins: a branch, with its remote before it', () => {
  const { CHANGE_ID: _, CHANGE_BRANCH: __, BRANCH_NAME: ___, ...plain } = JENKINS;
  expect(ciEnvironment({ ...plain, GIT_BRANCH: 'origin/feature/login' })).toMatchObject({ branch: 'feature/login', pullRequest: null });
});

test('any other server, by our own variables', () => {
  expect(ciEnvironment(GENERIC)).toMatchInlineSnapshot(`
    {
      "action": null,
      "actor": "ada",
      "attempt": 2,
      "branch": "changes",
      "conclusion": "success",
      "event": "push",
      "host": {
        "apiUrl": null,
        "name": "git.example.com",
        "repository": "team/shop",
        "serverUrl": "https://git.example.com",
      },
      "job": "unit",
      "jobId": null,
      "matrix": null,
      "provider": "our-ci",
      "pullRequest": {
        "base": {
          "branch": "main",
        },
        "facts": null,
        "head": {
          "branch": "changes",
          "cloneUrl": "https://git.example.com/team/shop.git",
          "oid": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
          "repository": "team/shop",
        },
        "number": "42",
        "repository": "team/shop",
      },
      "ref": null,
      "runId": "9001",
      "runUrl": "https://ci.example.com/9001",
      "sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
      "startedAt": "2026-11-21T09:00:00.000Z",
      "stepSummary": null,
      "workflow": "nightly",
    }
  `);
});

test('our own variables win over what a known server says', () => {
  const own = { GITTRACE_CI_JOB: 'other', GITTRACE_CI_PULL_REQUEST: '7' };
  expect(ciEnvironment({ ...GITHUB, ...own }, {})).toMatchObject({
    provider: 'github-actions',
    job: 'other',
    pullRequest: { number: '7' },
  });
  expect(ciEnvironment({ ...GITHUB, GITTRACE_CI_PULL_REQUEST: 'false' })?.pullRequest).toBeNull();
});

test.each([{}, { CI: 'false' }, { CI: '' }, { GITHUB_ACTIONS: 'false' }])('%j is no build server', (env) => {
  expect(ciEnvironment(env)).toBeUndefined();
});

test('what is said of a job wins; an empty text says nothing, and "null" is no matrix', () => {
  const job = ciEnvironment(GITLAB);
  if (job === undefined) throw new Error('not recognised');
  expect(withSaid(job, { job: '', matrix: 'null', conclusion: undefined })).toEqual(job);
  expect(withSaid(job, { job: 'unit', matrix: '{\n  "node": 20\n}', conclusion: 'failure', jobId: '9' })).toMatchObject({
    job: 'unit',
    matrix: '{"node":20}',
    conclusion: 'failure',
    jobId: '9',
  });
});
