/** Commands as shells spool them: a start and its end become one record, and what is torn damages only itself. */
import { describe, expect, test } from 'vitest';
import { capCommand } from '../../src/core/cap.ts';
import { decodeUtf8 } from '../../src/spool/command-record.ts';
import { type Decoding, decodeShellRecords, formatShellRecord, type SpoolRecord } from '../../src/spool/record.ts';
import { sha256 } from '../helpers/journal-lines.ts';

const start = (command: string, ...more: string[]): Buffer =>
  formatShellRecord('start', ['session=s', 'branch=main', 'ts=1795252502123', ...more, `command=${command}`]);
const finish = (exit: number): Buffer => formatShellRecord('finish', [`exit=${exit}`, 'ms=7']);
const records = ({ found }: Decoding): SpoolRecord[] => found.flatMap((item) => (item.kind === 'record' ? [item.record] : []));
const commands = (decoding: Decoding): unknown[] => records(decoding).map(({ payload }) => payload['command']);

describe('a start and its end', () => {
  test('a start whose end has not come stays unread', () => {
    const before = Buffer.concat([start('a'), finish(0)]);
    const decoding = decodeShellRecords(Buffer.concat([before, start('b')]), 100, false);
    expect(commands(decoding)).toEqual(['a']);
    expect(decoding.next).toBe(100 + before.length);
  });

  test('of a shell that is gone it is a command that did not finish', () => {
    const bytes = start('sleep 9');
    const decoding = decodeShellRecords(bytes, 0, true);
    expect(records(decoding)).toEqual([
      {
        place: { branch: 'main' },
        session: { id: 's' },
        ts: '2026-11-21T09:15:02.123Z',
        type: 'command',
        payload: { command: 'sleep 9', cwd: '', exit_code: null, stdout_sample: '', unfinished: true },
      },
    ]);
    expect(decoding.next).toBe(bytes.length);
  });

  test('another start says the same of the one before', () => {
    const decoding = decodeShellRecords(Buffer.concat([start('exec x'), start('b'), finish(3)]), 0, false);
    expect(records(decoding).map(({ payload }) => [payload['command'], payload['exit_code']])).toEqual([
      ['exec x', null],
      ['b', 3],
    ]);
  });

  test('an end without a start goes to quarantine', () => {
    expect(decodeShellRecords(finish(0), 0, false).found).toMatchObject([
      { kind: 'bad', reason: expect.stringContaining('start is missing') },
    ]);
  });

  test('the text of a hidden command is not there, nor its directory', () => {
    const bytes = Buffer.concat([formatShellRecord('start', ['session=s', 'ts=1', 'hidden=1', 'cwd=secret']), finish(1)]);
    expect(records(decodeShellRecords(bytes, 0, false))[0]?.payload).toEqual({
      command: '',
      duration_ms: 7,
      exit_code: 1,
      hidden: true,
      stdout_sample: '',
    });
  });

  test.each(['exit=x', 'ms=-1', 'pipe=1,2'])('"%s" is not believed', (field) => {
    const bytes = formatShellRecord('command', ['session=s', 'command=x', field]);
    expect(decodeShellRecords(bytes, 0, false).found).toMatchObject([{ kind: 'bad' }]);
  });

  test('a shell that exits ends its session', () => {
    const bytes = formatShellRecord('session_ended', ['session=s', 'ts=1']);
    expect(records(decodeShellRecords(bytes, 0, false))[0]).toMatchObject({ type: 'session_ended', payload: { status: 'completed' } });
  });
});

test('a record torn at any byte costs nothing but itself', () => {
  const torn = start('make -j4', 'cwd=src');
  const whole = Buffer.concat([start('b'), finish(0), start('c'), finish(1)]);
  for (let cut = 1; cut < torn.length; cut++) {
    const decoding = decodeShellRecords(Buffer.concat([torn.subarray(0, cut), whole]), 0, false);
    expect(commands(decoding), `cut at ${cut}`).toEqual(['b', 'c']);
    expect(decoding.found.filter(({ kind }) => kind === 'bad')).toHaveLength(1);
  }
});

describe('texts that are no UTF-8', () => {
  const back = (text: string, lost: readonly string[]): Buffer => {
    let at = 0;
    return Buffer.concat([...text].map((char) => (char === '\uFFFD' ? Buffer.from(lost[at++] ?? '', 'hex') : Buffer.from(char))));
  };

  test.each([
    [0x61, 0xff, 0xfe, 0x62],
    [0xc3, 0x28, 0xe2, 0x82, 0xac],
    [0xe2, 0x82],
    [0xef, 0xbf, 0xbd, 0x80],
    [0xf0, 0x9f, 0x98, 0x80, 0xf0, 0x9f, 0x98],
    [0xed, 0xa0, 0x80],
  ])('%s %s … can be had back', (...list) => {
    const bytes = Buffer.from(list);
    const { text, lost } = decodeUtf8(bytes);
    expect(lost.length).toBeGreaterThan(0);
    expect(back(text, lost)).toEqual(bytes);
  });

  test('the record says them beside the text', () => {
    const bytes = Buffer.concat([formatShellRecord('start', ['session=s', 'ts=1']).subarray(0, -4), Buffer.from('end\0')]);
    expect(records(decodeShellRecords(bytes, 0, true))[0]?.payload['hidden']).toBe(true);
    const latin1 = Buffer.from('\ngt1\0command\x002\0exit=0\0command=echo \xe4\0end\0', 'latin1');
    expect(records(decodeShellRecords(latin1, 0, false))[0]?.payload).toMatchObject({ command: 'echo \uFFFD', command_bytes: 'e4' });
  });
});

test('a line that is too long is cut, with the length and the hash of all of it', () => {
  const command = `echo ${'ä'.repeat(40_000)}`;
  const capped = capCommand({ command, exit_code: 0 }, sha256);
  expect(capped).toMatchObject({ command_length: 80_005, command_sha256: sha256(command), truncated: true });
  expect(capped['command']).toHaveLength(8_193);
  expect(capCommand({ command: 'short' }, sha256)).toEqual({ command: 'short' });
});

describe('a shell that cannot add', () => {
  const tsOf = (...fields: string[]): string | undefined => {
    const [item] = decodeShellRecords(formatShellRecord('command', ['command=x', 'exit=0', ...fields]), 0, true).found;
    return item?.kind === 'record' ? item.record.ts : undefined;
  };
  test('says when the machine began and how long ago that is', () => {
    expect(tsOf('boot=1795252500000', 'up=2.12', 'nth=13')).toBe('2026-11-21T09:15:02.123Z');
    expect(tsOf('boot=1795252500000', 'up=2.12')).toBe('2026-11-21T09:15:02.120Z');
  });
  test('is not believed where that is no time', () => {
    expect(tsOf('boot=1795252500000', 'up=2')).toBeUndefined();
    expect(tsOf('boot=x', 'up=2.12')).toBeUndefined();
    expect(tsOf('up=2.12')).toBeUndefined();
  });
});
