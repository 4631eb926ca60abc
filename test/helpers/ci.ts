/**
 * Environments of build servers, with the values that the servers' documentation shows, and an event of GitHub's as its
 * webhook documentation shape it. Nothing of the machine that runs the tests.
 */

export const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
export const MERGE = 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e';

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export const GITHUB: Readonly<Record<string, string>> = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTOR: 'octocat',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_BASE_REF: 'main',
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_EVENT_PATH: '/github/workflow/event.json',
  GITHUB_HEAD_REF: 'feature-branch-1',
  GITHUB_JOB: 'greeting_job',
  GITHUB_REF: 'refs/pull/42/merge',
  GITHUB_REF_NAME: '42/merge',
  GITHUB_REPOSITORY: 'octocat/Hello-World',
  GITHUB_RUN_ATTEMPT: '3',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_RUN_NUMBER: '3',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_SHA: MERGE,
  GITHUB_STEP_SUMMARY: '/home/runner/_layout/_work/_temp/_runner_file_commands/step_summary_1cb22d7f',
  GITHUB_WORKFLOW: 'My test workflow',
  RUNNER_OS: 'Linux',
};

/** A pull request in an event of GitHub's, cut to what matters; from a fork unless told. */
export function pullRequest(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    number: 42,
    state: 'open',
    title: 'Update the README with new information.',
    html_url: 'https://github.com/octocat/Hello-World/pull/42',
    created_at: '2026-11-15T15:20:33Z',
    closed_at: null,
    merged_at: null,
    merged: false,
    merge_commit_sha: MERGE,
    head: {
      ref: 'changes',
      sha: HEAD,
      repo: { full_name: 'ada/Hello-World', clone_url: 'https://github.com/ada/Hello-World.git', fork: true },
    },
    base: { ref: 'main', sha: 'a'.repeat(40), repo: { id: 186853002, full_name: 'octocat/Hello-World' } },
    ...more,
  };
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/, a pipeline of a merge request from a fork */
export const GITLAB: Readonly<Record<string, string>> = {
  CI: 'true',
  CI_API_V4_URL: 'https://gitlab.example.com/api/v4',
  CI_COMMIT_REF_NAME: 'patch-1',
  CI_COMMIT_SHA: HEAD,
  CI_JOB_ID: '50',
  CI_JOB_NAME: 'deploy: [aws, monitoring]',
  CI_JOB_STARTED_AT: '2026-11-21T09:10:00Z',
  CI_JOB_STATUS: 'running',
  CI_JOB_URL: 'https://gitlab.example.com/namespace/awesome-project/-/jobs/50',
  CI_MERGE_REQUEST_EVENT_TYPE: 'detached',
  CI_MERGE_REQUEST_IID: '1',
  CI_MERGE_REQUEST_PROJECT_PATH: 'namespace/awesome-project',
  CI_MERGE_REQUEST_REF_PATH: 'refs/merge-requests/1/head',
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'patch-1',
  CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: '',
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'ada/awesome-project',
  CI_MERGE_REQUEST_SOURCE_PROJECT_URL: 'https://gitlab.example.com/ada/awesome-project',
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
  CI_PIPELINE_ID: '1000',
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_PROJECT_PATH: 'ada/awesome-project',
  CI_PROJECT_URL: 'https://gitlab.example.com/ada/awesome-project',
  CI_SERVER_HOST: 'gitlab.example.com',
  CI_SERVER_URL: 'https://gitlab.example.com',
  GITLAB_CI: 'true',
  GITLAB_USER_LOGIN: 'ada',
};

/** https://circleci.com/docs/reference/variables/, a pull request of one's own branch */
export const CIRCLE: Readonly<Record<string, string>> = {
  CI: 'true',
  CIRCLECI: 'true',
  CIRCLE_BRANCH: 'changes',
  CIRCLE_BUILD_NUM: '7',
  CIRCLE_BUILD_URL: 'https://circleci.com/gh/circleci/circleci/7',
  CIRCLE_JOB: 'build',
  CIRCLE_NODE_INDEX: '2',
  CIRCLE_NODE_TOTAL: '10',
  CIRCLE_PROJECT_REPONAME: 'circleci',
  CIRCLE_PROJECT_USERNAME: 'circleci',
  CIRCLE_PULL_REQUEST: 'https://github.com/circleci/circleci/pull/1234',
  CIRCLE_REPOSITORY_URL: 'git@github.com:circleci/circleci.git',
  CIRCLE_SHA1: HEAD,
  CIRCLE_USERNAME: 'ada',
  CIRCLE_WORKFLOW_ID: '9a956048-86ba-436a-aac0-9cd461ae266a',
  CIRCLE_WORKFLOW_JOB_ID: '3f2f5fdd-8287-4036-8dac-af16268664dc',
};

/** https://buildkite.com/docs/pipelines/configure/environment-variables, a pull request from a fork */
export const BUILDKITE: Readonly<Record<string, string>> = {
  BUILDKITE: 'true',
  BUILDKITE_BRANCH: 'ada:changes',
  BUILDKITE_BUILD_CREATOR: 'Ada Lovelace',
  BUILDKITE_BUILD_ID: '4735ba57-80d0-46e2-8fa0-b28223a86586',
  BUILDKITE_BUILD_NUMBER: '1514',
  BUILDKITE_BUILD_URL: 'https://buildkite.com/acme-inc/my-project/builds/1514',
  BUILDKITE_COMMIT: HEAD,
  BUILDKITE_JOB_ID: 'e44f9784-e20e-4b93-a21d-f41fd5869db9',
  BUILDKITE_LABEL: ':hammer: Tests',
  BUILDKITE_PARALLEL_JOB: '0',
  BUILDKITE_PARALLEL_JOB_COUNT: '4',
  BUILDKITE_PIPELINE_NAME: 'Deploy',
  BUILDKITE_PIPELINE_SLUG: 'my-project',
  BUILDKITE_PULL_REQUEST: '123',
  BUILDKITE_PULL_REQUEST_BASE_BRANCH: 'main',
  BUILDKITE_PULL_REQUEST_REPO: 'git://github.com/ada/my-project.git',
  BUILDKITE_REPO: 'git@github.com:acme-inc/my-project.git',
  BUILDKITE_RETRY_COUNT: '1',
  BUILDKITE_SOURCE: 'webhook',
  CI: 'true',
};

/** The variables of Jenkins' Branch API and git plugins, a pull request from a fork */
export const JENKINS: Readonly<Record<string, string>> = {
  BRANCH_NAME: 'PR-42',
  BUILD_NUMBER: '153',
  BUILD_TAG: 'jenkins-shop-PR-42-153',
  BUILD_URL: 'https://ci.example.com/job/shop/job/PR-42/153/',
  CHANGE_AUTHOR: 'ada',
  CHANGE_BRANCH: 'changes',
  CHANGE_FORK: 'ada',
  CHANGE_ID: '42',
  CHANGE_TARGET: 'main',
  CHANGE_URL: 'https://github.example.com/team/shop/pull/42',
  GIT_BRANCH: 'PR-42',
  GIT_COMMIT: HEAD,
  GIT_URL: 'https://github.example.com/team/shop.git',
  JENKINS_URL: 'https://ci.example.com/',
  JOB_NAME: 'shop/PR-42',
  STAGE_NAME: 'test',
};

/** Our own variables on a build server that nobody knows. */
export const GENERIC: Readonly<Record<string, string>> = {
  CI: '1',
  GITTRACE_CI_ACTOR: 'ada',
  GITTRACE_CI_ATTEMPT: '2',
  GITTRACE_CI_BASE: 'main',
  GITTRACE_CI_BRANCH: 'changes',
  GITTRACE_CI_CONCLUSION: 'success',
  GITTRACE_CI_EVENT: 'push',
  GITTRACE_CI_JOB: 'unit',
  GITTRACE_CI_PROVIDER: 'our-ci',
  GITTRACE_CI_PULL_REQUEST: 'https://git.example.com/team/shop/pulls/42',
  GITTRACE_CI_REPOSITORY_URL: 'https://git.example.com/team/shop.git',
  GITTRACE_CI_RUN_ID: '9001',
  GITTRACE_CI_RUN_URL: 'https://ci.example.com/9001',
  GITTRACE_CI_SHA: HEAD,
  GITTRACE_CI_STARTED_AT: '2026-11-21T10:00:00+01:00',
  GITTRACE_CI_WORKFLOW: 'nightly',
};
