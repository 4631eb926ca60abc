/** `git trace tui` inside tmux, as people have it: drawn as in a bare terminal, resized with its pane, gone without a trace. */
import { expect, onTestFinished } from 'vitest';
import { BIN, hasProgram, TestRepository } from '../helpers/repository.ts';
import { crowdTrace } from '../helpers/shapes.ts';
import { skipUnless } from '../helpers/skip.ts';
import { writeParts } from '../helpers/write-parts.ts';

const testTmux = skipUnless(hasProgram('tmux'), 'tmux is not installed');

testTmux('draws in a pane, follows its size, and leaves what was there', async () => {
  const repository = TestRepository.create({ branch: 'fix' });
  const socket = `${repository.path}.sock`;
  const tmux = (...args: string[]): string => repository.run('tmux', ['-S', socket, '-f', '/dev/null', ...args]).stdout;
  onTestFinished(() => {
    tmux('kill-server');
    repository[Symbol.dispose]();
  });
  repository.commitFile('a.txt', 'a\n', 'first');
  writeParts(repository, 'heads/fix', crowdTrace());
  tmux('new-session', '-d', '-x', '100', '-y', '30', `PS1='prompt> ' exec sh -i`);
  const see = async (pattern: RegExp): Promise<string> => {
    for (let i = 0; i < 400; i++) {
      const screen = tmux('capture-pane', '-p');
      if (pattern.test(screen)) return screen;
      // tmux tells nobody when its screen has changed
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${pattern} is not in the pane:\n${tmux('capture-pane', '-p')}`);
  };
  await see(/prompt>/);
  tmux('send-keys', `'${process.execPath}' '${BIN}' tui`, 'Enter');
  const screen = await see(/600\/600/);
  expect(screen.split('\n')[0]).toMatch(/^ branch fix · Round each line of an invoice .*merged ● live$/);
  tmux('send-keys', 'g');
  await see(/ 5\/600/);
  tmux('resize-window', '-x', '60', '-y', '12');
  const small = await see(/1 Story/);
  expect(small.split('\n').filter((line) => line.length > 60)).toEqual([]);
  tmux('send-keys', 'Escape', 'q');
  const after = await see(/prompt>\s*$/);
  expect(after).not.toContain('Story');
});
