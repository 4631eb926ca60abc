/** A note that cannot be written to the journal now is kept, and is there once: nobody has to say it again. */
import { expect, test } from 'vitest';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { FLUSH_LOCK } from '../../src/journal/flush.ts';
import { TestRepository } from '../helpers/repository.ts';

test('while another process writes the journal', { timeout: 60_000 }, async () => {
  const repository = TestRepository.create();
  repository.trace('note', 'one');
  const lock = await new TraceFolder(repository.inGitDir('trace')).lock(FLUSH_LOCK, 0);
  const { status, stderr } = repository.trace('note', 'two');
  lock?.release();
  expect(stderr).toBe(
    "warning: the note waits in the spool: another process is writing the journal\nhint: the next flush takes it; 'git trace status' tells what waits\n",
  );
  expect(status).toBe(0);
  expect(repository.trace('note', 'three').status).toBe(0);
  const shown = repository.trace('show', '--ndjson').stdout;
  expect(shown.match(/"text":"(?:one|two|three)"/g)).toEqual(['"text":"one"', '"text":"two"', '"text":"three"']);
});
