/** Traces for tests of the summary, each of one sort: small, failing, agents alone, CI alone, hostile, huge. */
import type { SessionPart } from '../../src/core/order.ts';
import { seeded } from './chance.ts';
import { lineOf, part } from './journal-lines.ts';

type Said = readonly [at: string, type: string, payload: Record<string, unknown>];

const DAY = '2026-11-21';
export const ADA = { user_id: '3f0c7b1e-8f0a-4c0e-9d55-1f2e3d4c5b6a', ide_version: null, os: 'linux', name: 'Ada Blum' };
const RUNNER = { user_id: '11111111-2222-4333-8444-555555555555', os: 'linux' };

export const oid = (begin: string): string => begin.padEnd(40, '0');
export const began = (kind: string, tool: string, developer: object = ADA) => ({ developer, kind, tool });
export const ran = (command: string, exit: number, ms = 900) => ({
  command,
  cwd: '',
  duration_ms: ms,
  exit_code: exit,
  stdout_sample: '',
});
export const edited = (file: string, additions = 4, deletions = 1) => ({
  additions,
  change_summary: `+${additions}/-${deletions}`,
  deletions,
  diff_snippet: '',
  file,
});
export const tested = (passed: number, failures: readonly string[], more = {}) => ({
  failed: failures.length,
  failures,
  framework: 'pytest',
  passed,
  skipped: 0,
  ...more,
});
export const committed = (sha: string, message: string, more = {}) => ({
  additions: 4,
  deletions: 1,
  files: [{ additions: 4, deletions: 1, path: 'api.py' }],
  files_changed: 1,
  message,
  parents: [oid('aa')],
  sha: oid(sha),
  ...more,
});
export const job = (name: string, conclusion: string | null, sha: string, more = {}) => ({
  attempt: 1,
  conclusion,
  job: name,
  provider: 'github-actions',
  run_id: '7',
  run_url: null,
  sha: oid(sha),
  workflow: 'test',
  ...more,
});

/** A session of events at times of one day, as `09:15`. */
export function session(id: string, events: readonly Said[]): SessionPart {
  return part(
    id,
    events.map(([at, type, payload]) => lineOf(id, `${DAY}T${at}:00.000Z`, type, payload)),
  );
}

/** One person mends a failing test within a quarter of an hour. */
export function smallTrace(): SessionPart[] {
  return [
    session('bash-5.2-1-1', [
      ['09:00', 'session_started', began('shell', 'bash 5.2')],
      ['09:00', 'command', ran('git switch -c fix/token', 0)],
      ['09:01', 'command', ran('pytest -q', 1, 5_120)],
      ['09:01', 'test', tested(11, ['test_api.py::test_login'], { command: 'pytest -q' })],
      ['09:04', 'edit', edited('api.py')],
      ['09:05', 'annotation', { target: 'api.py:38', text: 'the token had expired: it is renewed before each call now' }],
      ['09:07', 'command', ran('alembic upgrade head', 1, 2_000)],
      ['09:09', 'command', ran('alembic upgrade head', 0, 2_300)],
      ['09:10', 'command', ran('pytest -q', 0, 5_020)],
      ['09:10', 'test', tested(12, [], { command: 'pytest -q' })],
      ['09:12', 'commit', committed('4e1243b', 'renew the token')],
      ['09:13', 'push', { refs: [{ new: oid('4e1243b'), old: null, ref: 'refs/heads/fix/token' }], remote: 'origin' }],
      ['09:14', 'session_ended', { status: 'completed' }],
    ]),
    session('gha-7', [
      ['09:15', 'session_started', began('ci', 'github-actions', RUNNER)],
      ['09:16', 'test', tested(40, [], { source: 'ci' })],
      ['09:16', 'ci_run', job('unit', 'success', '4e1243b')],
      ['09:16', 'session_ended', { status: 'completed' }],
    ]),
  ];
}

/** Nothing is green at the end, history was rewritten, a review is not answered yet, and much is not known. */
export function failingTrace(): SessionPart[] {
  return [
    session('zsh-5.9-1-1', [
      ['09:00', 'session_started', began('shell', 'zsh 5.9')],
      ['09:02', 'test', tested(200, ['test_a', 'test_b'], { command: 'pytest' })],
      ['09:05', 'edit', edited('a.py')],
      ['09:06', 'test', tested(3, [], { command: 'pytest -k other' })],
      ['09:08', 'commit', committed('a1', 'try a')],
      ['09:10', 'commit', committed('b1', 'Revert "try a"', { reverts: oid('a1') })],
      ['09:11', 'push', { refs: [{ new: oid('b1'), old: null, ref: 'refs/heads/x' }], remote: 'origin' }],
      ['09:20', 'pr_reviewed', { reviewer: 'noam', sha: oid('b1'), state: 'changes_requested', submitted_at: `${DAY}T09:19:00.000Z` }],
      ['09:30', 'command', ran('make', 2)],
      ['09:31', 'command', { ...ran('make', 2), exit_code: null, unfinished: true }],
      ['09:32', 'command', { ...ran('', 0), hidden: true }],
      ['09:33', 'commit', committed('c1', 'try b')],
      ['09:34', 'rewrite', { command: 'amend', map: [{ new: oid('c2'), old: oid('c1') }] }],
      ['09:34', 'commit', committed('c2', 'try b, well')],
      [
        '09:40',
        'rewrite',
        {
          command: 'rebase',
          map: [
            { new: oid('b9'), old: oid('b1') },
            { new: oid('c9'), old: oid('c2') },
          ],
        },
      ],
      ['09:41', 'push', { refs: [{ new: oid('c9'), old: oid('b1'), ref: 'refs/heads/x' }], remote: 'origin' }],
      ['12:10', 'push', { refs: [{ new: oid('d1'), old: oid('c9'), ref: 'refs/heads/x' }], remote: 'origin' }],
    ]),
    session('gha-1', [
      ['09:45', 'session_started', began('ci', 'github-actions', RUNNER)],
      ['09:46', 'ci_run', job('unit', 'failure', 'c9')],
      ['09:47', 'ci_run', job('lint', null, 'c9')],
    ]),
  ];
}

/** An agent, asked twice, alone. */
export function agentTrace(): SessionPart[] {
  const call = (tool_name: string, command_preview: string, status = 'completed') => ({ command_preview, status, tool_name });
  return [
    session('agent-1', [
      ['10:00', 'session_started', began('agent', 'claude-code')],
      ['10:00', 'prompt', { text: 'make the build pass.\nDo not touch `vendor/`, ask @ada' }],
      ['10:01', 'tool_call', call('Bash', 'npm run build', 'failed')],
      ['10:02', 'tool_call', call('Read', 'src/a.ts')],
      ['10:03', 'edit', edited('src/a.ts', 9, 2)],
      ['10:05', 'tool_call', call('Bash', 'npm run build')],
      ['10:06', 'commit', committed('ab1', 'build: name the target')],
      ['10:07', 'session_ended', { status: 'completed' }],
    ]),
    session('agent-2', [
      ['11:00', 'session_started', began('agent', 'claude-code')],
      ['11:00', 'prompt', { text: 'why does it fail on Windows?' }],
      ['11:01', 'tool_call', call('Read', 'src/a.ts')],
    ]),
  ];
}

/** A matrix of twenty jobs, run again where it failed; nobody's clone recorded anything. */
export function ciTrace(): SessionPart[] {
  const jobs = (sha: string, from: string, attempt: number, failing: readonly number[], only?: readonly number[]) =>
    Array.from({ length: 20 }, (_, i) => i)
      .filter((i) => only === undefined || only.includes(i))
      .map((i) => {
        const bad = failing.includes(i);
        const matrix = JSON.stringify({ node: 18 + (i % 5), os: ['linux', 'mac', 'windows', 'bsd'][i >> 2] ?? 'aix', shard: i });
        return session(`gha-${sha}-${i}-${attempt}`, [
          [from, 'session_started', began('ci', 'github-actions', RUNNER)],
          [from, 'test', tested(bad ? 99 : 100, bad ? ['test_paths'] : [], { source: 'ci' })],
          [from, 'ci_run', job('unit', bad ? 'failure' : 'success', sha, { attempt, matrix })],
          [from, 'session_ended', { status: bad ? 'failed' : 'completed' }],
        ]);
      });
  return [...jobs('e1', '08:00', 1, [3, 4, 5]), ...jobs('e1', '08:30', 2, [5], [3, 4, 5]), ...jobs('e2', '09:00', 1, [])];
}

/** What somebody writes who wants a link, a mention, a tag, a cell or a command of the host. */
export const HOSTILE = [
  '@ada',
  '@acme/admins',
  '#123',
  'GH-1',
  'acme/shop#1',
  'acme/shop@4e1243bd22c66e76c2ba9eddc1f91394e57f9f83',
  '4e1243bd22c66e76c2ba9eddc1f91394e57f9f83',
  'https://evil.example/x',
  'www.evil.example',
  'ada@evil.example',
  '<a href="https://evil.example">x</a>',
  '<img src=x onerror=alert(1)>',
  '<!-- git-trace -->',
  '--> </details><script>alert(1)</script>',
  '</code></pre><h1>x',
  '[x](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '[x]: https://evil.example',
  'a | b | c',
  'a \\| b \\\\| c \\',
  '` `` ``` ```` code',
  '```mermaid\ngraph TD; click A "https://evil.example"\n```',
  '~~~\nfence',
  '# heading\n=====\n- item\n1. one\n> quote\n    code\n***',
  '/close\n/label ~bug',
  '!1 ~label %milestone &3 $5 ^alert',
  ':tada: :x:',
  '$`x^2`$ $$y$$',
  '\u202Eevil\u2066\u200Bhidden\u0007\u001b[31m\u0000',
  '&lt;b&gt; &#64;ada &commat;ada',
  '\\@ada \\#1',
  '%%{init: {}}%%\nclick a href "https://evil.example"',
  'section evil: x :crit, a, 1d; end #semi;',
  '| --- | --- |\n| x | y |',
  '[^1] [ ] [!NOTE]',
  'ABC-123 CVE-2026-0001',
  'javascript:alert(1) mailto:a@b.example xmpp:a@b.example/x ftp://evil.example',
];

/** A trace whose every text is one of those given, in turn. */
export function hostileTrace(texts: readonly string[] = HOSTILE): SessionPart[] {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] ?? '';
  const lines: Said[] = [['09:00', 'session_started', began('shell', text(), { ...ADA, name: text() })]];
  const add = (type: string, payload: Record<string, unknown>): void =>
    void lines.push([`09:${String(lines.length % 60).padStart(2, '0')}`, type, payload]);
  for (let i = 0; i < texts.length + 6; i++) {
    add('command', ran(text(), i % 3));
    add('annotation', { target: text(), text: text() });
    add('test', tested(i, i % 2 === 0 ? [text(), text()] : [], { command: text(), framework: text(), suite: text() }));
    add('edit', edited(text()));
    add('commit', committed(`${'abcdef'.charAt(i % 6)}${i}`, text(), { files: [{ path: text() }], reverts: text() }));
    add('rewrite', { command: text(), map: [{ new: text(), old: oid(`${'abcdef'.charAt(i % 6)}${i}`) }] });
    add('prompt', { text: text() });
    add('ci_run', job(text(), i % 2 === 0 ? 'failure' : text(), 'a0', { matrix: text(), provider: text(), sha: text(), workflow: text() }));
    add('pr_reviewed', { reviewer: text(), sha: text(), state: text(), submitted_at: `${DAY}T09:00:00.000Z` });
    add('tool_call', { command_preview: text(), status: 'failed', tool_name: 'Bash' });
  }
  return [
    session('hostile-1', lines.slice(0, 60)),
    session('hostile-2', [
      ['09:30', 'session_started', began('agent', text())],
      ...lines.slice(60).map(([, type, payload]): Said => ['10:00', type, payload]),
    ]),
  ];
}

/** So many events of all sorts, over days. */
export function hugeTrace(count: number): SessionPart[] {
  const { fraction: random, pick } = seeded(7);
  let at = Date.parse(`${DAY}T09:00:00.000Z`);
  const lines = [lineOf('huge', at, 'session_started', began('shell', 'bash 5.2'))];
  for (let i = 1; i < count; i++) {
    at += Math.floor(random() * (i % 97 === 0 ? 7_200_000 : 30_000));
    const file = `src/${pick(['a', 'b', 'c', 'd'])}/${i % 400}.ts`;
    const kind = random();
    const [type, payload]: [string, Record<string, unknown>] =
      kind < 0.5
        ? ['command', ran(pick([`npm test -- ${file}`, 'npm run build', `node ${file}`, 'ls', `make ${i}`]), random() < 0.2 ? 1 : 0)]
        : kind < 0.75
          ? ['edit', edited(file)]
          : kind < 0.9
            ? ['test', tested(40, random() < 0.4 ? [`${file} > works`] : [])]
            : kind < 0.96
              ? ['commit', committed(`c${i.toString(16)}`, `change ${file}`)]
              : kind < 0.98
                ? ['annotation', { text: `${file} is not what it seems. `.repeat(1 + (i % 9)) }]
                : ['ci_run', job(`job ${i % 7}`, random() < 0.3 ? 'failure' : 'success', `c${i.toString(16)}`)];
    lines.push(lineOf('huge', at, type, payload));
  }
  return [part('huge', lines)];
}
