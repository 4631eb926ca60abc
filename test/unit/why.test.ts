/** Why a line was written: what led to its commit, under whatever name the commit had then. */
import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/report/steps.ts';
import { whyLines } from '../../src/report/why.ts';

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((digit) => digit.repeat(40));

/** Steps by type and payload, all of one person and one session. */
function stepsOf(...events: [type: string, payload: Record<string, unknown>][]): Step[] {
  return events.map(([type, payload], index) => {
    const actor = { key: 'p', name: 'Ada', kind: 'person', user: undefined, session: undefined };
    const item = { entry: { event: { ts: `2026-11-21T09:00:0${index}.000Z`, type, payload, session: 's' } } };
    // only what whyLines looks at
    return { index, at: index, type, payload, session: 's', actor, item } as unknown as Step;
  });
}

const asked = { sha: OLD, path: 'price.ts', line: 3, text: 'const tax = 7;' };
const WORK: [string, Record<string, unknown>][] = [
  ['prompt', { text: 'earlier work' }],
  ['commit', { sha: OTHER, message: 'before' }],
  ['prompt', { text: 'lower the tax\nand more' }],
  ['edit', { file: 'price.ts', change_summary: '+1/-1', diff_snippet: '@@ -3 +3 @@\n-const tax = 19;\n+const tax = 7;\n' }],
  ['edit', { file: 'other.ts', change_summary: '+9/-9', diff_snippet: '' }],
  ['test', { passed: 2, failed: 1, failures: [{ name: 'rounds half cents' }] }],
  ['command', { command: 'npm test', exit_code: 1 }],
  ['command', { command: 'ls', exit_code: 0 }],
  ['commit', { sha: OLD, message: 'lower the tax\n\nlong' }],
  ['annotation', { text: 'asked by the office', target: 'price.ts:3' }],
];

describe('a line', () => {
  test('is told with what led to its commit, and no more', () => {
    expect(whyLines(stepsOf(...WORK), asked)).toEqual([
      'committed by Ada: lower the tax',
      'this very line was written in:',
      '- 2026-11-21T09:00:03.000Z Ada: price.ts +1/-1',
      'what was asked:',
      '- 2026-11-21T09:00:02.000Z Ada: lower the tax',
      'edits of price.ts:',
      '- 2026-11-21T09:00:03.000Z Ada: price.ts +1/-1',
      'tests:',
      '- 2026-11-21T09:00:05.000Z Ada: 2 passed, 1 failed: rounds half cents',
      'commands that failed:',
      '- 2026-11-21T09:00:06.000Z Ada: npm test',
      'notes:',
      '- 2026-11-21T09:00:09.000Z Ada: asked by the office',
    ]);
  });

  test('is found though its commit was amended and rebased since', () => {
    const [amended = '', rebased = ''] = [NEW, 'd'.repeat(40)];
    const steps = stepsOf(...WORK.slice(0, 9), ['rewrite', { command: 'amend', map: [{ old: OLD, new: amended }] }]);
    const more = stepsOf(...WORK.slice(0, 8), ...WORK.slice(8, 9), ['rewrite', { map: [{ old: OLD, new: amended }] }]);
    expect(whyLines(steps, { ...asked, sha: amended })?.[0]).toBe('committed by Ada: lower the tax');
    const twice = [
      ...more,
      ...stepsOf([
        'rewrite',
        {
          map: [
            { old: amended, new: rebased },
            { old: OTHER, new: 'e'.repeat(40) },
          ],
        },
      ]),
    ];
    expect(whyLines(twice, { ...asked, sha: rebased })?.[0]).toBe('committed by Ada: lower the tax');
  });

  test('that is not committed is told with what was done since the last commit', () => {
    const lines = whyLines(stepsOf(...WORK.slice(0, 4)), { ...asked, sha: undefined });
    expect(lines?.[0]).toBe('this very line was written in:');
    expect(lines?.join('\n')).toContain('lower the tax');
    expect(lines?.join('\n')).not.toContain('earlier work');
  });

  test('of a commit that the trace does not know is not told', () => {
    expect(whyLines(stepsOf(...WORK), { ...asked, sha: NEW })).toBeUndefined();
  });
});
