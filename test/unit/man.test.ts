/** The manual page is the one that the commands say, and roff takes it without a word. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { hasProgram } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

test('man/git-trace.1 is fresh (mend it with: npm run man)', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/man.mjs', '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

skipUnless(hasProgram('groff'), 'groff is not installed')('roff formats it without a warning', () => {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', 'man/git-trace.1'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  // overstrikes are how roff says bold
  const plain = stdout.replaceAll(/.\u0008/g, '');
  for (const word of ['git trace ingest', '--branch <branch>', 'EXIT STATUS']) expect(plain).toContain(word);
});
