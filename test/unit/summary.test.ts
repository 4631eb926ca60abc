/** The summary, read as a reviewer reads it; the files in test/fixtures/summary are meant to be read too. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { headOid, summaryFacts } from '../../src/report/facts.ts';
import { LIMIT, type MarkdownOptions, summaryMarkdown } from '../../src/report/markdown.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { htmlOf, references, strangeDiagramLines, strangeTags, textOutsideCode, unevenRows } from '../helpers/markdown-page.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import * as traces from '../helpers/summary-traces.ts';

const { began, committed, edited, job, oid, ran, session, tested } = traces;
const factsOf = (parts: readonly SessionPart[], trace = '42', unread = 0) =>
  summaryFacts(trace, mergeSessions(parts, sha256), sha256, unread);
const markdownOf = (parts: readonly SessionPart[], options: Partial<MarkdownOptions> = {}, trace?: string): string =>
  summaryMarkdown(factsOf(parts, trace), { host: 'github', limit: LIMIT, ...options });
/** What stands open of a trace that one session made. */
const openOf = (...events: Parameters<typeof session>[1]): string => {
  const text = markdownOf([session('bash-5.2-1-1', [['09:00', 'session_started', began('shell', 'bash 5.2')], ...events])]);
  return text.slice(0, text.indexOf('<details>'));
};

const huge = traces.hugeTrace(12_000);
const GOLDEN: [name: string, parts: SessionPart[], options: Partial<MarkdownOptions>][] = [
  ['small', traces.smallTrace(), {}],
  ['small-plain', traces.smallTrace(), { host: 'plain' }],
  ['sample', sampleTrace(), {}],
  ['failing', traces.failingTrace(), { host: 'gitlab' }],
  ['agent-only', traces.agentTrace(), {}],
  ['ci-only', traces.ciTrace(), {}],
  ['hostile', traces.hostileTrace(), {}],
  ['huge', huge, {}],
  ['empty', [], {}],
];

describe.each(GOLDEN)('%s', (name, parts, options) => {
  const text = markdownOf(parts, options);

  test('reads as it is meant to', async () => {
    await expect(text).toMatchFileSnapshot(`../fixtures/summary/${name}.md`);
  });

  test('links to nothing, mentions nobody, holds no HTML but its own, in tables that are whole', () => {
    const html = htmlOf(text);
    expect(strangeTags(html)).toEqual([]);
    expect(references(textOutsideCode(html))).toEqual([]);
    expect(unevenRows(html)).toEqual([]);
    expect(strangeDiagramLines(text)).toEqual([]);
  });

  test('is the same whatever the order in which its sessions are read', () => {
    expect(markdownOf(parts.toReversed(), options)).toBe(text);
  });

  test.each([1_000, 3_000, 8_000, 60_000, 1_000_000])('fits into %i characters, and is whole', (limit) => {
    const cut = markdownOf(parts, { ...options, limit });
    expect(cut.length).toBeLessThanOrEqual(Math.min(limit, 60_000));
    const html = htmlOf(cut);
    expect(unevenRows(html)).toEqual([]);
    expect(cut.match(/^<details>/gm)?.length).toBe(cut.match(/^<\/details>/gm)?.length);
    expect((cut.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
    expect(cut).toMatch(/<\/sub>\n$/);
  });
});

test('what stands open is short, whatever the trace holds', () => {
  for (const [name, parts, options] of GOLDEN) {
    const text = markdownOf(parts, options);
    const open = text.slice(0, text.indexOf('<details>')).split('\n');
    expect(open.filter((line) => line !== '').length, name).toBeLessThan(50);
  }
});

test('what was left out of a long trace is counted', () => {
  const text = markdownOf(huge);
  expect(text.length).toBeGreaterThan(40_000);
  const commits = Number(/Commits and what led to them \((\d+)\)/.exec(text)?.[1]);
  const fold = text.slice(text.indexOf('<details><summary>Commits'), text.indexOf('<details><summary>Sessions'));
  const left = Number(/… and (\d+) earlier/.exec(fold)?.[1]);
  expect([...fold.matchAll(/^- `[0-9a-f]{7}` /gm)].length + left).toBe(commits);
});

describe('time', () => {
  test('pauses are no work, nor is what CI does; a command lasts until its end', () => {
    const facts = factsOf([
      session('a', [
        ['09:00', 'session_started', began('shell', 'bash 5.2')],
        ['09:20', 'command', ran('make', 0, 40 * 60_000)],
        ['10:10', 'edit', edited('a')],
        ['12:00', 'edit', edited('a')],
        ['12:05', 'edit', edited('a')],
      ]),
      session('c', [
        ['09:00', 'session_started', began('ci', 'x')],
        ['16:00', 'ci_run', job('unit', 'success', 'a')],
      ]),
    ]);
    expect(facts.stretches.map(({ from, to }) => (to - from) / 60_000)).toEqual([70, 5]);
    expect(facts.worked).toBe(75 * 60_000);
    expect(((facts.span?.to ?? 0) - (facts.span?.from ?? 0)) / 60_000).toBe(420);
  });

  test('nobody works on behalf of a payload', () => {
    const { worked } = factsOf([
      part('a', [lineOf('a', 0, 'command', ran('x', 0, 1e300)), lineOf('a', 1000, 'command', ran('x', 0, -1e300))]),
    ]);
    expect(worked).toBe(12 * 3_600_000);
  });
});

describe('tests', () => {
  test('a smaller run of another command does not make red green', () => {
    const open = openOf(
      ['09:01', 'test', tested(200, ['test_a'], { command: 'pytest' })],
      ['09:02', 'test', tested(3, [], { command: 'pytest x' })],
    );
    expect(open).toContain('⚠️ 3 passed, but not what failed at 09:01');
    expect(open).toContain('- ❌ `pytest`: `test_a`');
    expect(open).not.toContain('→');
  });

  test.each([
    ['the same command', { command: 'pytest' }, 3],
    ['as many tests', { command: 'pytest -v' }, 201],
  ])('%s does', (_, more, passed) => {
    const open = openOf(
      ['09:01', 'test', tested(200, ['test_a'], { command: 'pytest' })],
      ['09:02', 'edit', edited('a.py')],
      ['09:05', 'test', tested(passed, [], more)],
    );
    expect(open).toContain('- ❌ → ✅ `test_a`: red at 09:01, green 4m later by Ada Blum (1 red run); edited meanwhile: `a.py`');
  });

  test('what was changed after the last run is told', () => {
    const open = openOf(['09:01', 'test', tested(1, [])], ['09:02', 'edit', edited('a')], ['09:03', 'commit', committed('a', 'x')]);
    expect(open).toContain('| `pytest` | ✅ 1 passed | 09:01, Ada Blum | 1 commit, 1 edit |');
  });

  test('a commit and what it was amended to are one', () => {
    const open = openOf(
      ['09:01', 'test', tested(1, [])],
      ['09:02', 'commit', committed('a', 'x')],
      ['09:03', 'rewrite', { command: 'amend', map: [{ new: oid('b'), old: oid('a') }] }],
      ['09:03', 'commit', committed('b', 'x')],
    );
    expect(open).toContain('| ✅ 1 passed | 09:01, Ada Blum | 1 commit |');
  });

  test('a run of no tests is not green', () => {
    expect(openOf(['09:01', 'test', tested(0, [])])).toContain('| ⚠️ no tests ran |');
  });
});

describe('CI', () => {
  test('of the attempts of a job the last counts, and its jobs are one line', () => {
    const text = markdownOf(traces.ciTrace());
    expect(text).toContain('| CI `test` | ✅ 20 jobs passed, 2000 tests |');
    expect(text).toMatch(/`test` on `e100000`, 08:30: ❌ 1 of 20 jobs failed: `unit \(18, mac, 5\)`, 2000 tests, 3 earlier attempts/);
    expect(text).toContain('❌ → ✅ CI `unit (18, mac, 5)`: failed with `test_paths`');
    expect(text).toContain('No work of people or agents was recorded');
  });

  const runOf = (...jobs: [job: string, conclusion: string | null, more?: object][]) =>
    markdownOf(
      jobs.map(([name, conclusion, more], i) =>
        session(`gha-${i}`, [
          [`09:0${i}`, 'session_started', began('ci', 'github-actions')],
          [`09:0${i}`, 'ci_run', job(name, null, 'e1', more)],
          [`09:0${i}`, 'ci_run', job(name, conclusion, 'e1', more)],
        ]),
      ),
    );

  test('what a job says twice is one job; jobs of one name in one attempt are different ones', () => {
    const text = runOf(['build', 'success'], ['build', 'failure'], ['lint', 'success']);
    expect(text).toContain('❌ 1 of 3 jobs failed: `build, 2`');
    expect(text).not.toContain('earlier attempt');
  });

  test('a second attempt stands for the one of its name that had failed', () => {
    const text = runOf(['build', 'success'], ['build', 'failure'], ['build', 'success', { attempt: 2 }]);
    expect(text).toContain('✅ 2 jobs passed');
    expect(text).toContain('1 earlier attempt');
  });

  test('a late word of an earlier attempt does not count', () => {
    expect(runOf(['build', 'success', { attempt: 2 }], ['build', 'failure'])).toContain('✅ 1 job passed');
  });

  test('a server that counts no attempts, and a run that is started again', () => {
    expect(runOf(['build', 'failure', { attempt: null }], ['build', 'success', { attempt: null }])).toContain('✅ 1 job passed');
    expect(runOf(['build', 'failure'], ['build', 'success', { run_id: '8' }])).toContain('✅ 1 job passed');
  });

  test('commits that came after it are told', () => {
    const parts = [
      ...traces.ciTrace(),
      session('local-1', [
        ['09:00', 'session_started', began('shell', 'bash 5.2')],
        ['09:30', 'commit', committed('f1', 'x')],
      ]),
    ];
    expect(markdownOf(parts)).toContain('on `e200000` | newer commits |');
  });
});

describe('commits', () => {
  const facts = factsOf(traces.failingTrace());

  test('what stands today is followed through amends and rebases', () => {
    expect(facts.history.commits.map(({ sha, replacedBy }) => [sha.slice(0, 2), replacedBy?.slice(0, 2)])).toEqual([
      ['a1', undefined],
      ['b1', 'b9'],
      ['c1', 'c9'],
      ['c2', 'c9'],
    ]);
    expect(facts.history).toMatchObject({ standing: 3, additions: 12, deletions: 3, amends: 1, pushes: 3 });
    expect(facts.history.forced.length).toBe(1);
    expect(facts.history.strangers).toEqual([oid('d1')]);
    expect(headOid(facts)).toBe(oid('d1'));
  });

  test('replacements in a circle come to an end', () => {
    const map = (old: string, to: string) => ({ command: 'rebase', map: [{ new: oid(to), old: oid(old) }] });
    const { history } = factsOf([
      session('a', [
        ['09:00', 'commit', committed('a', 'x')],
        ['09:01', 'rewrite', map('a', 'b')],
        ['09:02', 'rewrite', map('b', 'a')],
      ]),
    ]);
    expect(history.standing).toBe(1);
  });
});

test('what came after the last review is told', () => {
  const open = markdownOf(traces.failingTrace());
  expect(open).toContain(
    '**Since the review by noam** (asked for changes, on `b100000`, 09:20): 1 commit and no test run; CI `test`: ❌ 1 of 2 jobs failed: `unit`, 1 without a result. The commit that was looked at has been replaced since.',
  );
  expect(openOf(['09:01', 'command', ran('make', 0)])).not.toContain('Since the review');
});

test('how CI stands after a review is not told by the job that ended last', () => {
  const parts = [
    session('ci-1', [
      ['09:00', 'session_started', began('ci', 'x')],
      ['09:01', 'pr_reviewed', { reviewer: 'noam', sha: null, state: 'approved', submitted_at: '2026-11-21T09:01:00.000Z' }],
    ]),
    ...['20', '22'].map((node, i) =>
      session(`ci-${node}`, [
        ['09:10', 'session_started', began('ci', 'x')],
        [`09:1${i + 1}`, 'test', tested(4, i === 0 ? ['test_a'] : [], { source: 'ci' })],
        [`09:1${i + 1}`, 'ci_run', job('unit', i === 0 ? 'failure' : 'success', 'a', { matrix: `{"node":${node}}` })],
      ]),
    ),
  ];
  expect(markdownOf(parts)).toContain('no commit and no test run; CI `test`: ❌ 1 of 2 jobs failed: `unit (20)`, 9 tests.');
});

test('commands that look around, routine ones and calls of git trace are not worth knowing', () => {
  const open = openOf(
    ...[
      'ls',
      'cat a',
      'git trace show',
      'git trace run -- npm test | tail -3',
      'git add .',
      'git commit -m x',
      'git commit -m "build; test the deploy"',
      'echo hi',
    ].map((line) => ['09:01', 'command', ran(line, 0)] as const),
    ['09:02', 'command', ran('alembic upgrade head', 1)],
    ['09:03', 'command', ran('alembic  upgrade head', 0)],
  );
  expect(open).toContain('- `alembic upgrade head` failed once of 2 runs, and passed at 09:03, first run at 09:02');
  expect(open).not.toMatch(/`(?:ls|cat a|git)/);
  expect(openOf(['09:01', 'command', ran('git pull && npm run build', 0)])).toContain('- `git pull && npm run build` passed');
});

describe('what is not known', () => {
  const unknown = (...events: Parameters<typeof session>[1]): readonly string[] => factsOf([session('bash-5.2-1-1', events)]).unknown;

  test.each([
    [
      'sessions without an end',
      [
        ['09:00', 'command', ran('make', 0)],
        ['11:00', 'note', {}],
      ] as const,
      undefined,
    ],
    ['commits from nowhere', [['09:00', 'commit', committed('a', 'x')]] as const, 'what led to 1 of 1 commit'],
    ['no shell', [['09:00', 'edit', edited('a')]] as const, 'no commands of people: no shell was recorded'],
    ['no edits', [['09:00', 'command', ran('make', 0)]] as const, 'no edits between the commits'],
    ['no tests', [['09:00', 'command', ran('make', 0)]] as const, 'no test results'],
    ['no CI', [['09:00', 'command', ran('make', 0)]] as const, 'nothing from CI'],
    ['CI without reports', [['09:00', 'ci_run', job('a', 'success', 'a')]] as const, 'tests of any CI job'],
    ['CI without an end', [['09:00', 'ci_run', job('a', null, 'a')]] as const, 'how 1 CI job ended'],
    ['private commands', [['09:00', 'command', { ...ran('', 0), hidden: true }]] as const, 'what 1 private command did'],
    [
      'secrets',
      [['09:00', 'command', { ...ran('x', 0), redaction: { count: 2, kinds: ['a'] } }]] as const,
      '2 secrets, taken out before anything was stored',
    ],
  ])('%s', (_, events, words) => {
    const said = unknown(['09:00', 'session_started', began('shell', 'bash 5.2')], ...events);
    if (words === undefined) expect(said.some((line) => line.startsWith('the end of'))).toBe(false);
    else expect(said).toContain(words);
  });

  test('lines and files that cannot be read', () => {
    const parts = [part('a', ['nonsense', `{"erased":"${'0'.repeat(64)}"}`, lineOf('a', 0, 'edit', edited('a'))])];
    expect(factsOf(parts, '42', 2).unknown.slice(0, 2)).toEqual(['1 unreadable line and 2 unreadable files', '1 event that was erased']);
  });

  test('agents whose edits nobody saw, sessions that broke off', () => {
    const { unknown: said } = factsOf(traces.agentTrace());
    expect(said).toContain('which files 1 agent session changed, if any');
    expect(said).toContain('no commands of people: no shell was recorded');
    expect(factsOf(traces.failingTrace()).unknown).toContain('the end of 1 of 2 sessions');
  });
});

test('the example in the documentation is the golden file', () => {
  const page = readFileSync('docs/summary.md', 'utf8');
  const [, example] = /^````markdown\n([\s\S]*?)^````$/m.exec(page) ?? [];
  expect(example).toBe(readFileSync('test/fixtures/summary/small.md', 'utf8'));
});
