/** Which lines of an output are worth the reader's time. */
import { describe, expect, it } from 'vitest';
import { allLines, tellingLines } from '../../src/replay/output-lines.ts';

describe('tellingLines', () => {
  it('takes causes before mere failures', () => {
    const output =
      ' FAIL  a.test.ts > adds\nAssertionError: expected 2 to be 1\n\n- Expected\n+ Received\n\n- 1\n+ 2\n\nTests  1 failed | 3 passed';
    expect(tellingLines(output, 6)).toEqual([
      ' FAIL  a.test.ts > adds',
      'AssertionError: expected 2 to be 1',
      'Tests  1 failed | 3 passed',
    ]);
    expect(tellingLines(output, 1)).toEqual(['AssertionError: expected 2 to be 1']);
    expect(tellingLines(output, 6, true)).toEqual(['AssertionError: expected 2 to be 1']);
  });

  it.each([
    ['pytest', 'E       assert 200 == 500\n1 failed in 0.1s', ['E       assert 200 == 500', '1 failed in 0.1s']],
    ['tsc', "src/a.ts(1,2): error TS2322: Type 'x'\nFound 1 error.", ["src/a.ts(1,2): error TS2322: Type 'x'", 'Found 1 error.']],
    ['rustc', 'error[E0308]: mismatched types\n --> src/main.rs:4:5', ['error[E0308]: mismatched types']],
    ['go', '--- FAIL: TestAdd (0.00s)\n    add_test.go:9: got 3\nok  x 0.1s', ['--- FAIL: TestAdd (0.00s)']],
    ['a panic', "thread 'main' panicked at src/main.rs:2", ["thread 'main' panicked at src/main.rs:2"]],
    ['sh', 'sh: 1: nope: not found', ['sh: 1: nope: not found']],
  ])('knows %s', (_, output, lines) => {
    expect(tellingLines(output, 6)).toEqual(lines);
  });

  it('takes the end where nothing speaks of failure, and nothing if only causes are wanted', () => {
    expect(tellingLines('a\nb\n\nc\n', 2)).toEqual(['b', 'c']);
    expect(tellingLines('0 errors, 0 failed\nlast', 2)).toEqual(['0 errors, 0 failed', 'last']);
    expect(tellingLines('a\nb', 2, true)).toEqual([]);
    expect(tellingLines('', 6)).toEqual([]);
  });

  it('shows a line as the terminal did at last, once, without colour and frames', () => {
    expect(tellingLines('\u001b[31mError: x\u001b[0m\r\nError: x\n──── Failed ────\n 10%\r 99%\rFAIL at 99%\r\n', 6)).toEqual([
      'Error: x',
      ' Failed',
      'FAIL at 99%',
    ]);
    expect(tellingLines('Error: \u001b]52;c;aGk=\u0007\u009b31m\u202ex', 6)).toEqual(['Error: <U+009B>31m<U+202E>x']);
  });

  it('stays quick on hostile outputs', () => {
    const begun = performance.now();
    for (const line of ['a', '-', '\r', '\n', '\u001b[', '\u001b]', 'expected ', '\u0301', '✗ ', '—', 'Error', ' ']) {
      const output = line.repeat(Math.floor(200_000 / line.length));
      tellingLines(output, 6);
      tellingLines(`${output}x`, 6);
      allLines(`${output}x`);
    }
    expect(performance.now() - begun).toBeLessThan(4000);
  });
});

describe('allLines', () => {
  it('leaves nothing out but the end of blank lines', () => {
    expect(allLines('a\n\nb\n\n')).toEqual(['a', '', 'b']);
    expect(allLines('')).toEqual([]);
  });
});
