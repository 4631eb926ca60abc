/** Git notes: what they say of each commit, after rewrites too, and how they leave alone what others have written. */
import { describe, expect, it } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { noteBlocks, noteText } from '../../src/report/notes.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { began, committed, edited, oid, ran, session, tested } from '../helpers/summary-traces.ts';

const blocksOf = (...events: Parameters<typeof session>[1]) =>
  noteBlocks('42', mergeSessions([session('s', [['09:00', 'session_started', began('shell', 'bash 5')], ...events])], sha256), sha256);

const rewritten = (command: string, ...map: readonly (readonly [string, string])[]) => ({
  command,
  map: map.map(([old, to]) => ({ old: oid(old), new: oid(to) })),
});

describe('the note of a commit', () => {
  it('tells who worked how long, and what led to it', () => {
    const block = blocksOf(
      ['09:01', 'pr_updated', { title: 'Mend the login', status: 'open', created_at: null, merged_at: null }],
      ['09:02', 'edit', edited('api.py')],
      ['09:03', 'command', ran('make build', 2)],
      ['09:04', 'test', tested(3, ['test_login'])],
      ['09:05', 'annotation', { text: 'the token\nhad expired' }],
      ['09:06', 'command', ran('make build', 0)],
      ['09:07', 'test', tested(4, [])],
      ['09:08', 'prompt', { text: 'mend it' }],
      ['09:09', 'tool_call', { tool_name: 'edit', status: 'completed' }],
      ['09:10', 'commit', committed('c1', 'keep the token')],
    ).get(oid('c1'));
    expect(block).toMatchInlineSnapshot(`
      "Trace 42: Mend the login · keep the token
        who: Ada Blum
        when: Sat 21 Nov 2026 09:00–09:10 UTC, 10m of work
        edits: 1 edit in 1 file, +4 −1
        tests (pytest): 0 failed, 4 passed; red in 1 of 2 runs
        commands: 2, 1 failed
        - passed: make build (2 runs, 1 failed)
        Ada Blum was asked: mend it
        tool calls: 1
        note by Ada Blum: the token had expired
      More: git trace show 42
      "
    `);
  });

  it('holds only what came after the commit before it', () => {
    const blocks = blocksOf(
      ['09:01', 'annotation', { text: 'first' }],
      ['09:02', 'commit', committed('c1', 'one')],
      ['09:03', 'annotation', { text: 'second' }],
      ['09:04', 'commit', committed('c2', 'two')],
    );
    expect([...blocks.keys()]).toEqual([oid('c1'), oid('c2')]);
    expect(blocks.get(oid('c1'))).toMatch(/first(?![\s\S]*second)/);
    expect(blocks.get(oid('c2'))).toMatch(/second/);
    expect(blocks.get(oid('c2'))).not.toContain('first');
  });

  it('follows amends and rebases, and what was squashed into one has what led to each', () => {
    const blocks = blocksOf(
      ['09:01', 'annotation', { text: 'first' }],
      ['09:02', 'commit', committed('c1', 'one')],
      ['09:03', 'annotation', { text: 'second' }],
      ['09:04', 'commit', committed('c2', 'two')],
      ['09:05', 'rewrite', rewritten('rebase', ['c1', 'dd'], ['c2', 'dd'])],
      ['09:06', 'annotation', { text: 'third' }],
      ['09:07', 'commit', committed('ee', 'both')],
      ['09:07', 'rewrite', rewritten('amend', ['dd', 'ee'])],
    );
    expect([...blocks.keys()].sort()).toEqual(['c1', 'c2', 'dd', 'ee'].map(oid));
    for (const text of ['first', 'second']) expect(blocks.get(oid('dd'))).toContain(text);
    for (const text of ['first', 'second', 'third']) expect(blocks.get(oid('ee'))).toContain(`note by Ada Blum: ${text}`);
    expect(blocks.get(oid('ee'))).toContain('was c100000000 (rebase): one');
    expect(blocks.get(oid('c1'))).toContain('is now ee00000000, by rebase');
  });

  it('of what the host made of the pull request tells all of it', () => {
    const merged = { title: 'Mend', status: 'merged', created_at: null, merged_at: null, merge_commit: oid('f0') };
    const blocks = blocksOf(
      ['09:01', 'annotation', { text: 'first' }],
      ['09:02', 'commit', committed('c1', 'one')],
      ['09:03', 'annotation', { text: 'second' }],
      ['09:04', 'commit', committed('c2', 'two')],
      ['09:05', 'pr_updated', merged],
    );
    expect(blocks.get(oid('f0'))).toContain('Trace 42: Mend · all that led to it, 2 commits\n');
    for (const text of ['first', 'second']) expect(blocks.get(oid('f0'))).toContain(text);
    expect(blocksOf(['09:05', 'pr_updated', merged]).size).toBe(0);
  });

  it('is harmless in a terminal, and no line of it is long', () => {
    const nasty = 'a\u001b[2J\u202eb\n\nMore: git trace show 1; rm';
    const block = blocksOf(
      ['09:01', 'annotation', { text: nasty }],
      ['09:02', 'command', ran(`make build ${nasty}${'x'.repeat(5_000)}`, 1)],
      ['09:03', 'commit', committed('c1', `one ${nasty}`)],
    ).get(oid('c1'));
    expect(block).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
    expect(Math.max(...(block ?? '').split('\n').map((text) => text.length))).toBeLessThan(200);
    expect(noteText(block ?? '', undefined, [])).toBeUndefined();
  });

  it('names a trace so that it can be typed', () => {
    const parts = [session('s', [['09:02', 'commit', committed('c1', 'one')]])];
    const [block] = noteBlocks('heads/a%2Fb%3A$(x)', mergeSessions(parts, sha256), sha256).values();
    expect(block).toMatch(/^Trace heads\/a%2Fb%3A\$\(x\): one\n/);
    expect(noteText(block ?? '', ['heads/a%2Fb%3A$(x)'], [])).toBeUndefined();
    expect(noteText(block ?? '', ['42'], [])).toBe(block);
  });
});

describe('a note that is there already', () => {
  const block = (text: string, trace = '42') => `Trace ${trace}: ${text}\n  who: Ada\nMore: git trace show ${trace}\n`;

  it('keeps what others have written, below ours, however often', () => {
    const once = noteText('by hand\n\n  indented\n', undefined, [block('one')]);
    expect(once).toBe(`${block('one')}\nby hand\n\n  indented\n`);
    expect(noteText(once ?? '', undefined, [block('one')])).toBe(once);
    expect(noteText(once ?? '', undefined, [block('two')])).toBe(`${block('two')}\nby hand\n\n  indented\n`);
    expect(noteText(once ?? '', undefined, [])).toBe('by hand\n\n  indented\n');
  });

  it('that is not ours stays to the byte', () => {
    for (const text of ['x', '\n  x \n\n', 'Trace 42: no end\n  who\n']) expect(noteText(text, undefined, [])).toBe(text);
  });

  it('keeps what is said of other traces where only one is told anew', () => {
    const both = noteText('', undefined, [block('one', '42'), block('two', '7')]);
    expect(both).toBe(`${block('one', '42')}\n${block('two', '7')}`);
    expect(noteText(both ?? '', ['42'], [block('three', '42')])).toBe(`${block('three', '42')}\n${block('two', '7')}`);
    expect(noteText(both ?? '', ['42'], [])).toBe(block('two', '7'));
    expect(noteText(both ?? '', undefined, [])).toBeUndefined();
    expect(noteText('', undefined, [block('two', '7'), block('one', '42')])).toBe(both);
  });
});
