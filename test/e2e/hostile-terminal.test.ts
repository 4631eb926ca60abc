/** Whatever events say, the terminal of whoever reads them is afterwards as it was: shown, followed, listed, played. */
import { expect, test } from 'vitest';
import { lineOf } from '../helpers/journal-lines.ts';
import { TestTerminal } from '../helpers/pty.ts';
import { BIN, TestRepository } from '../helpers/repository.ts';
import { hostileShape } from '../helpers/shapes.ts';
import { writeParts } from '../helpers/write-parts.ts';

/** An OSC, a DCS, a BEL, a C1 control, a direction mark: none is ever sent. */
const NEVER = /\u001b[\]PX^_]|\u0007|[\u0080-\u009f]|[\u202a-\u202e\u2066-\u2069]/;

function hostileRepository(): TestRepository {
  const repository = TestRepository.create();
  const [first, ...others] = hostileShape();
  const text = '\u001b]52;c;eA==\u0007\u202e界'.repeat(20_000);
  const long = lineOf(first?.session ?? '', '2026-11-21T23:00:00.000Z', 'annotation', { text });
  writeParts(repository, '42', first === undefined ? [] : [{ ...first, lines: [...first.lines, long] }, ...others]);
  return repository;
}

test.for([
  { args: ['show', '42', '--no-pager'] },
  { args: ['show', '42', '--no-pager', '--patch', '--events'] },
  { args: ['show', '42', '--no-pager', '--json'] },
  { args: ['show', '42', '--ndjson'] },
  { args: ['show', '42', '--follow', '--limit', '200'], ends: 'wait' },
  { args: ['show', '42', '--play', '--speed', '1000000', '--idle-limit', '0.001'], ends: 'q' },
  { args: ['list'] },
  { args: ['summary', '42'] },
  { args: ['verify', '42'] },
] as const)('$args', { timeout: 120_000 }, async ({ args, ...how }) => {
  using repository = hostileRepository();
  const env = { FORCE_COLOR: '1', NO_COLOR: undefined };
  // it begins when the state before it is known
  const mark = "trap : INT; printf '%s%s\\n' mark one; read -r _; ";
  const command = `${mark}${process.execPath} ${BIN} ${args.join(' ')}; printf '%s%s\\n' all done; read -r _`;
  await using terminal = new TestTerminal('/bin/sh', ['-c', command], { cwd: repository.path, env, columns: 100 });
  await terminal.hear(/markone/);
  const before = await terminal.state();
  terminal.type('\r');
  if ('ends' in how && how.ends === 'wait') {
    // the last event is there; then it is left as a person leaves it
    await terminal.hear(/\n[^\n]*\d\d:\d\d:\d\d[^\n]*\n[\s\S]*$/);
    terminal.type('\u0003');
  } else if ('ends' in how) {
    await terminal.hear(/ of \d+/);
    terminal.type(how.ends);
  }
  await terminal.hear(/alldone/);
  expect(await terminal.state()).toEqual(before);
  expect(NEVER.exec(terminal.text())).toBe(null);
});
