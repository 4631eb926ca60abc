/**
 * A realistic trace for tests of the reading side: two people, one agent and CI bring a fix from a failing test to a
 * merged pull request, over two days, with odd characters where the world has them.
 */
import type { SessionPart } from '../../src/core/order.ts';
import { lineOf, part } from './journal-lines.ts';

export const ANNA = { user_id: '3f0c7b1e-8f0a-4c0e-9d55-1f2e3d4c5b6a', ide_version: null, os: 'darwin', name: 'Anna Berg' };
export const NOAM = { user_id: '90d2c1aa-6f1e-4b3e-8a77-0c9d8e7f6a5b', ide_version: null, os: 'linux', name: 'Noam Katz' };
const RUNNER = { user_id: '11111111-2222-4333-8444-555555555555', os: 'linux' };

/** 40 hex digits that begin as told. */
const oid = (begin: string): string => begin.padEnd(40, '0');

const VITEST_FAILURE = `
 RUN  v4.1.12

 \u001b[31m❯\u001b[39m test/login.test.ts (12 tests | 2 failed) 84ms
   \u001b[31m×\u001b[39m login > redirects once 12ms
   \u001b[31m×\u001b[39m login > keeps the cart after the redirect 9ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  test/login.test.ts > login > redirects once
AssertionError: expected 2 to be 1 // Object.is equality

- Expected
+ Received

- 1
+ 2

 ❯ test/login.test.ts:41:29

 Test Files  1 failed (1)
      Tests  2 failed | 10 passed (12)
`;

type Said = readonly [time: string, type: string, payload: Record<string, unknown>];

function session(id: string, day: string, events: readonly Said[], writer?: string, assigned?: true): SessionPart {
  const lines = events.map(([time, type, payload]) => {
    const at = time.length > 12 ? time : `${day}T${time.length === 8 ? `${time}.000` : time}Z`;
    // the clone's own session is assigned; what begins and ends it was said by the clone itself
    const more = assigned && !type.startsWith('session_') ? { assigned: ['session'] as const } : {};
    return lineOf(id, at, type, payload, more);
  });
  return part(id, lines, writer);
}

const started = (kind: string, tool: string, developer: object) => ({ kind, tool, developer });
const command = (text: string, exit: number, ms: number, out = '', more = {}) => ({
  command: text,
  cwd: '',
  duration_ms: ms,
  exit_code: exit,
  stdout_sample: out,
  ...more,
});
const edit = (file: string, additions: number, deletions: number) => ({
  additions,
  change_summary: `+${additions}/-${deletions}`,
  deletions,
  diff_snippet: `@@ -38,4 +38,5 @@ export async function login\n-  redirect(target);\n+  if (!redirected) redirect(target);\n`,
  file,
});
const vitest = (passed: number, failures: readonly string[], ms: number, more = {}) => ({
  command: 'npm test',
  duration_ms: ms,
  failed: failures.length,
  failures,
  framework: 'vitest',
  passed,
  skipped: 0,
  source: 'local',
  ...more,
});
const commit = (sha: string, message: string, files: readonly (readonly [string, number, number])[]) => ({
  additions: files.reduce((sum, [, more]) => sum + more, 0),
  branch: 'fix/login-loop',
  deletions: files.reduce((sum, [, , less]) => sum + less, 0),
  files: files.map(([path, additions, deletions]) => ({ additions, deletions, path })),
  files_changed: files.length,
  message,
  parents: [oid('aa11')],
  sha: oid(sha),
});
const push = (before: string | null, after: string) => ({
  refs: [{ new: oid(after), old: before === null ? null : oid(before), ref: 'refs/heads/fix/login-loop' }],
  remote: 'origin',
});
const call = (tool_name: string, preview: string, more = {}) => ({
  command_preview: preview,
  duration_ms: 40,
  status: 'completed',
  tool_name,
  ...more,
});

const ANNAS_CLONE = '00112233445566aa';
const NOAMS_CLONE = 'ffeeddccbbaa9988';
const CI_CLONE = '0c1c0c1c0c1c0c1c';
const DAY_1 = '2026-11-20';
const DAY_2 = '2026-11-21';
const BOTH = ['login > redirects once', 'login > keeps the cart after the redirect'];

/** The sessions of the trace, in no particular order. */
export function sampleTrace(): SessionPart[] {
  return [
    session(
      '0193f1c2-7e11-7000-8000-00000000a11a',
      DAY_1,
      [
        ['09:02:04', 'session_started', started('shell', 'zsh 5.9', ANNA)],
        ['09:02:09', 'command', command('git switch -c fix/login-loop', 0, 31)],
        ['09:02:15', 'command', command('ls', 0, 4)],
        ['09:02:18', 'command', command('cd packages/shop', 0, 1)],
        ['09:02:24', 'command', command('cat src/login.ts', 0, 5)],
        ['09:02:40', 'command', command('git log --oneline -5 -- src/login.ts', 0, 12)],
        ['09:03:12', 'command', command('npm test -- login', 1, 5120, VITEST_FAILURE)],
        ['09:31:50', 'command', command('npm run lint', 0, 2210)],
        ['14:40:02', 'command', command('', 0, 9000, '', { hidden: true })],
        ['14:41:30', 'session_ended', { status: 'completed' }],
      ],
      ANNAS_CLONE,
    ),
    session(
      'local-20261120T090209031Z',
      DAY_1,
      [
        ['09:02:09.031', 'session_started', started('shell', 'git-trace/0.1.0', ANNA)],
        ['09:02:09.031', 'checkout', { branch: 'fix/login-loop', from: oid('aa11'), to: oid('aa11') }],
        ['09:03:17.300', 'test', vitest(10, BOTH, 4800)],
        [
          '09:06:41',
          'annotation',
          {
            target: 'src/login.ts:38',
            text: 'The loop only shows when the session cookie expires between the redirect and the callback: the callback redirects again, and the cart is dropped on the second pass.',
          },
        ],
        [
          '09:24:12',
          'commit',
          commit('5d0c1f7', 'login: redirect at most once\n\nThe callback remembers that it has redirected.', [
            ['src/login.ts', 12, 4],
            ['test/login.test.ts', 31, 0],
          ]),
        ],
        ['09:24:58', 'push', push(null, '5d0c1f7')],
        ['09:26:03', 'pr_linked', { base: 'main', head: 'fix/login-loop', host: 'github.com', pr_id: 'acme/webshop#42' }],
        [
          '09:26:03',
          'pr_updated',
          { created_at: `${DAY_1}T09:25:40.000Z`, merged_at: null, status: 'open', title: 'Retry login once instead of looping' },
        ],
        ['09:26:03', 'session_ended', { reason: 'idle', status: 'completed' }],
      ],
      ANNAS_CLONE,
      true,
    ),
    session(
      'claude-7c1e',
      DAY_1,
      [
        ['09:08:02', 'session_started', started('agent', 'claude-code', ANNA)],
        [
          '09:08:03',
          'prompt',
          { text: 'make login redirect at most once, and keep the cart.\nTests are in test/login.test.ts; do not touch the session store' },
        ],
        ['09:08:09', 'tool_call', call('Read', 'src/login.ts')],
        ['09:08:11', 'tool_call', call('Read', 'test/login.test.ts')],
        ['09:08:15', 'tool_call', call('Grep', 'redirect\\(')],
        ['09:08:21', 'tool_call', call('Read', 'src/メニュー/注文.ts')],
        ['09:09:30', 'tool_call', call('Edit', 'src/login.ts')],
        ['09:09:31', 'edit', edit('src/login.ts', 9, 2)],
        ['09:10:02', 'tool_call', call('Edit', 'src/login.ts')],
        ['09:10:03', 'edit', edit('src/login.ts', 5, 4)],
        ['09:10:40', 'edit', edit('src/メニュー/注文.ts', 3, 1)],
        ['09:11:05', 'tool_call', call('Bash', 'npm test', { status: 'failed', duration_ms: 5300 })],
        ['09:11:05', 'test', vitest(11, ['login > keeps the cart after the redirect'], 4700)],
        ['09:14:44', 'edit', edit('test/login.test.ts', 31, 0)],
        ['09:14:50', 'edit', edit('src/メニュー/注文.ts', 0, 2)],
        ['09:15:20', 'test', vitest(12, [], 4650)],
        ['09:16:01', 'session_ended', { status: 'completed' }],
      ],
      ANNAS_CLONE,
    ),
    session(
      'gha-19283746-unit-1',
      DAY_1,
      [
        ['09:25:20', 'session_started', started('ci', 'github-actions', RUNNER)],
        [
          '09:27:49',
          'test',
          vitest(211, ['checkout > totals with rounding › 0.1 + 0.2'], 41_000, {
            command: 'npm run test:all',
            source: 'ci',
            suite: 'unit',
          }),
        ],
        [
          '09:28:01',
          'ci_run',
          {
            attempt: 1,
            conclusion: 'failure',
            job: 'unit',
            provider: 'github-actions',
            run_id: '19283746',
            run_url: 'https://github.com/acme/webshop/actions/runs/19283746',
            sha: oid('5d0c1f7'),
            workflow: 'test',
          },
        ],
        ['09:28:01', 'session_ended', { status: 'failed' }],
      ],
      CI_CLONE,
    ),
    session(
      '0193f6aa-0b00-7000-8000-00000000b0b0',
      DAY_2,
      [
        ['10:12:00', 'session_started', started('shell', 'bash 5.2', NOAM)],
        ['10:12:31', 'command', command('git fetch && git switch fix/login-loop', 0, 1420)],
        // the clock of this machine jumps back by an hour
        [
          '09:13:05',
          'command',
          command(
            "npx vitest run checkout 2>&1 | tee '/tmp/a\u0007b \u202Egnp.exe'",
            1,
            3900,
            "Error: Cannot find module 'decimal.js'\nRequire stack:\n- src/checkout.ts\n",
            { truncated: true },
          ),
        ],
        ['09:14:20', 'command', command('npm ci', 0, 65_000)],
        [
          '10:19:11',
          'command',
          command('DATABASE_URL=«redacted:dsn» npx vitest run checkout', 0, 3710, '', { redaction: { count: 1, kinds: ['dsn'] } }),
        ],
        ['10:48:02', 'command', command('git push', 0, 2100)],
      ],
      NOAMS_CLONE,
    ),
    session(
      'local-20261121T102215000Z',
      DAY_2,
      [
        ['10:22:15', 'session_started', started('shell', 'git-trace/0.1.0', NOAM)],
        ['10:22:15', 'edit', edit('src/checkout.ts', 4, 3)],
        ['10:23:40', 'annotation', { text: 'עיגול לפי שורה, לא לפי סכום — per line, not per sum 🧮' }],
        [
          '10:24:02',
          'commit',
          commit('9e8d7c6', 'checkout: round each line', [
            ['src/checkout.ts', 4, 3],
            ['docs/rounding.md', 11, 0],
          ]),
        ],
        ['10:30:12', 'rewrite', { command: 'amend', map: [{ new: oid('77aa55b'), old: oid('9e8d7c6') }] }],
        ['10:48:00', 'push', push('5d0c1f7', '77aa55b')],
        ['10:49:10', 'deploy_preview', { environment: 'preview', ready: true, url: 'https://pr-42.preview.example', checks: [1, 2, 3] }],
      ],
      NOAMS_CLONE,
      true,
    ),
    session(
      'gha-19283999-unit-1',
      DAY_2,
      [
        ['10:48:40', 'session_started', started('ci', 'github-actions', RUNNER)],
        ['10:51:02', 'test', vitest(213, [], 40_100, { command: 'npm run test:all', source: 'ci', suite: 'unit' })],
        [
          '10:51:09',
          'ci_run',
          {
            attempt: 1,
            conclusion: 'success',
            job: 'unit',
            provider: 'github-actions',
            run_id: '19283999',
            run_url: 'https://github.com/acme/webshop/actions/runs/19283999',
            sha: oid('77aa55b'),
            workflow: 'test',
          },
        ],
        [
          '11:47:30',
          'pr_updated',
          {
            created_at: `${DAY_1}T09:25:40.000Z`,
            merged_at: `${DAY_2}T11:47:12.000Z`,
            status: 'merged',
            title: 'Retry login once instead of looping',
          },
        ],
        ['11:47:31', 'session_ended', { status: 'completed' }],
      ],
      CI_CLONE,
    ),
  ];
}
