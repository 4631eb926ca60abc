/** Shells start the recorder: at their first command, and again when it has gone. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, vi } from 'vitest';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { SHELLS, TestShell } from '../helpers/shells.ts';
import { skipUnless } from '../helpers/skip.ts';

for (const name of SHELLS) {
  skipUnless(hasProgram(name), `${name} is not installed`)(`${name} starts the recorder`, async () => {
    const repository = TestRepository.create();
    repository.commitFile('a', 'a\n');
    repository.trace('init');
    repository.git('config', 'trace.recorder', 'true');
    onTestFinished(() => void repository.trace('recorder', '--stop'));
    const pid = (): number => Number.parseInt(readFileSync(repository.inGitDir('trace/recorder.lock'), 'utf8'), 10);
    await using shell = await TestShell.start(name, repository, { env: { GIT_CONFIG_VALUE_0: 'on' } });
    await shell.type('true');
    const first = await vi.waitFor(pid, 20_000);
    await shell.type('true');
    expect(pid()).toBe(first);
  });
}
