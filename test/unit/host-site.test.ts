/** Which hosts can be asked, where their APIs are, and that no host is given the token of another. */
import { describe, expect, test } from 'vitest';
import { siteOf, tokenFor } from '../../src/adapters/host/site.ts';

type Environment = Record<string, string>;
const site = (host: string, env: Environment = {}, config: Record<string, string> = {}) =>
  siteOf(host, { env, config: (key) => config[key] });

describe('a host is known', () => {
  test.each([
    ['github.com', 'github', 'https://api.github.com'],
    ['GitHub.com', 'github', 'https://api.github.com'],
    ['ssh.github.com', 'github', 'https://api.github.com'],
    ['acme.ghe.com', 'github', 'https://api.acme.ghe.com'],
    ['gitlab.com', 'gitlab', 'https://gitlab.com/api/v4'],
    ['altssh.gitlab.com', 'gitlab', 'https://gitlab.com/api/v4'],
    ['gitlab.acme.example', 'gitlab', 'https://gitlab.acme.example/api/v4'],
  ])('by its name: %s', (host, kind, api) => {
    expect(site(host)).toMatchObject({ kind, api });
  });

  test.each<[string, Environment, string, string]>([
    ['code.acme.example', { GITHUB_SERVER_URL: 'https://code.acme.example' }, 'github', 'https://code.acme.example/api/v3'],
    [
      'code.acme.example',
      { GITHUB_SERVER_URL: 'https://code.acme.example', GITHUB_API_URL: 'https://code.acme.example/api/v3/' },
      'github',
      'https://code.acme.example/api/v3',
    ],
    ['code.acme.example', { GH_HOST: 'code.acme.example' }, 'github', 'https://code.acme.example/api/v3'],
    ['github.com', { GITHUB_API_URL: 'http://127.0.0.1:8080/' }, 'github', 'http://127.0.0.1:8080'],
    [
      'lab.acme.example',
      { CI_SERVER_HOST: 'lab.acme.example', CI_API_V4_URL: 'https://lab.acme.example/sub/api/v4' },
      'gitlab',
      'https://lab.acme.example/sub/api/v4',
    ],
    ['lab.acme.example', { GITLAB_HOST: 'https://lab.acme.example' }, 'gitlab', 'https://lab.acme.example/api/v4'],
  ])('by the environment: %s %o', (host, env, kind, api) => {
    expect(site(host, env)).toEqual({ kind, name: host, api });
  });

  test('by the configuration, before all else; a final slash of an address means nothing', () => {
    const config = { 'trace.host.code.example.kind': 'GitHub', 'trace.host.code.example.api': 'https://code.example/api/v3//' };
    expect(site('code.example', { GITLAB_HOST: 'code.example' }, config)).toEqual({
      kind: 'github',
      name: 'code.example',
      api: 'https://code.example/api/v3',
    });
    expect(site('gitlab.com', {}, { 'trace.host.gitlab.com.kind': 'github' })?.kind).toBe('github');
    expect(site('code.example')).toBeUndefined();
    expect(site('notgithub.com')).toBeUndefined();
    expect(site('github.com.evil.example')).toBeUndefined();
  });

  test("the address of one host's API is not another's", () => {
    const env = { GITHUB_SERVER_URL: 'https://code.example', GITHUB_API_URL: 'https://code.example/api/v3' };
    expect(site('github.com', env)?.api).toBe('https://api.github.com');
  });

  test.each(['ftp://x', 'nonsense', 'https://name:secret@code.example/api/v3', 'https://code.example/?token=secret'])(
    'not with the address %s',
    (api) => {
      const known = () => site('code.example', {}, { 'trace.host.code.example.kind': 'github', 'trace.host.code.example.api': api });
      expect(known).toThrow(expect.objectContaining({ code: 'host-failed', message: expect.not.stringContaining('secret') }));
    },
  );

  test('not as something that we do not know', () => {
    expect(() => site('code.example', {}, { 'trace.host.code.example.kind': 'gitea' })).toThrow(
      'is "gitea", expected "github" or "gitlab"',
    );
  });
});

describe('the token of the environment', () => {
  const all = {
    GH_TOKEN: 'gh',
    GITHUB_TOKEN: 'github',
    GH_ENTERPRISE_TOKEN: 'ghe',
    GITHUB_ENTERPRISE_TOKEN: 'githube',
    GITLAB_TOKEN: 'gitlab',
    CI_JOB_TOKEN: 'job',
  };
  const token = (kind: 'github' | 'gitlab', name: string, env: Environment) => tokenFor({ kind, name }, env);
  const enterpriseJob = { GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://code.example' };

  test('is taken in order, and an empty one is none', () => {
    expect(token('github', 'github.com', all)).toEqual({ value: 'gh', source: 'GH_TOKEN' });
    expect(token('github', 'github.com', { ...all, GH_TOKEN: ' ' })).toEqual({ value: 'github', source: 'GITHUB_TOKEN' });
    expect(token('github', 'code.example', all)).toEqual({ value: 'ghe', source: 'GH_ENTERPRISE_TOKEN' });
    expect(token('github', 'code.example', { ...all, GH_ENTERPRISE_TOKEN: '' })?.source).toBe('GITHUB_ENTERPRISE_TOKEN');
    expect(token('gitlab', 'gitlab.com', all)).toEqual({ value: 'gitlab', source: 'GITLAB_TOKEN' });
    expect(token('gitlab', 'gitlab.com', { CI_JOB_TOKEN: 'job' })).toBeUndefined();
  });

  test.each<[string, 'github' | 'gitlab', string, Environment]>([
    ["github.com's never goes to Enterprise", 'github', 'code.example', { GH_TOKEN: 'x', GITHUB_TOKEN: 'x' }],
    ["github.com's never goes to a tenant", 'github', 'acme.ghe.com', { GH_TOKEN: 'x', GITHUB_TOKEN: 'x' }],
    ["Enterprise's never goes to github.com", 'github', 'github.com', { GH_ENTERPRISE_TOKEN: 'x', GITHUB_ENTERPRISE_TOKEN: 'x' }],
    ["an Enterprise workflow's never goes to github.com", 'github', 'github.com', { ...enterpriseJob, GH_TOKEN: 'x', GITHUB_TOKEN: 'x' }],
    ["a workflow's never goes to another Enterprise", 'github', 'other.example', { ...enterpriseJob, GH_TOKEN: 'x', GITHUB_TOKEN: 'x' }],
    ["gitlab.com's never goes to another GitLab", 'gitlab', 'gitlab.evil.example', { GITLAB_TOKEN: 'x' }],
    ["a server's never goes to gitlab.com", 'gitlab', 'gitlab.com', { GITLAB_TOKEN: 'x', CI_SERVER_HOST: 'lab.example' }],
    ["a server's never goes to another", 'gitlab', 'gitlab.com', { GITLAB_TOKEN: 'x', GITLAB_HOST: 'lab.example' }],
  ])('%s', (_, kind, name, env) => {
    expect(token(kind, name, env)).toBeUndefined();
  });

  test('of a workflow goes to the host that runs it', () => {
    expect(token('github', 'code.example', { ...enterpriseJob, GITHUB_TOKEN: 'x' })?.source).toBe('GITHUB_TOKEN');
    expect(token('github', 'acme.ghe.com', { GH_HOST: 'acme.ghe.com', GH_TOKEN: 'x' })?.source).toBe('GH_TOKEN');
    expect(token('gitlab', 'lab.example', { GITLAB_TOKEN: 'x', CI_SERVER_HOST: 'lab.example' })?.source).toBe('GITLAB_TOKEN');
  });
});
