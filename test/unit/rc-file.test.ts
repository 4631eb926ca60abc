/** The line in a person's rc file: put in once, and taken out again to the last byte. */
import { describe, expect, test } from 'vitest';
import { rcLine, SHELLS, withoutRcLine, withRcLine } from '../../src/capture/rc-file.ts';

const BEFORE = ['', '\n', 'alias a=b\n', 'alias a=b', 'a\r\n', 'a\n\n\n', '# \xe4 latin1\n', '\0'];

describe.each(SHELLS)('%s', (shell) => {
  test.each(BEFORE)('%j comes back as it was', (text) => {
    const added = withRcLine(text, shell);
    expect(added?.startsWith(text)).toBe(true);
    expect(added).toContain(`\n${rcLine(shell)}`.slice(text === '' ? 1 : 0));
    expect(withoutRcLine(added ?? '')).toBe(text);
  });

  test('where it stands already nothing is added', () => {
    const added = withRcLine('x\n', shell) ?? '';
    expect(withRcLine(added, shell)).toBeUndefined();
    expect(withoutRcLine('x\n')).toBeUndefined();
  });

  test('a file that was not there goes, unless somebody wrote into it', () => {
    const made = withRcLine(undefined, shell) ?? '';
    expect(withoutRcLine(made)).toBe('remove');
    expect(withoutRcLine(`${made}more\n`)).toBe('more\n');
    expect(withoutRcLine(`less\n${made}`)).toBe('less\n');
  });

  test('lines behind it stay', () => {
    expect(withoutRcLine(`${withRcLine('a\n', shell)}b\n`)).toBe('a\nb\n');
    expect(withoutRcLine(`${withRcLine('a', shell)}b\n`)).toBe('a\nb\n');
    expect(withoutRcLine((withRcLine('a\n', shell) ?? '').trimEnd())).toBe('a\n');
  });
});
