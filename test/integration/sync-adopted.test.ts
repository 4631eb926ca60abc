/** A branch that was linked here and goes on elsewhere, under its own name: what comes later becomes the pull request's too. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

test.each(['push', 'sync'])('what somebody records on a linked branch without knowing of the link is taken along by %s', (command) => {
  const { repository: ada, remote } = TestRepository.createWithRemote();
  ada.git('checkout', '-q', '-b', 'topic');
  const note = (at: TestRepository, text: string): void => expect(at.trace('note', text).status).toBe(0);
  note(ada, 'before the link');
  expect(ada.trace('push').status).toBe(0);
  expect(ada.trace('link', '42').status).toBe(0);
  note(ada, 'after the link');
  expect(ada.trace('push').status).toBe(0);

  const bob = remote.clone();
  bob.git('checkout', '-q', '-b', 'topic');
  note(bob, 'by somebody else');
  expect(bob.trace('push')).toMatchObject({ status: 0, stderr: expect.stringContaining('refs/traces/heads/topic/journal') });

  expect(ada.trace('fetch', '42').status).toBe(0);
  expect(ada.trace(command)).toMatchObject({ status: 0, stderr: expect.not.stringContaining('warning') });
  expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/42/journal');
  const shown = JSON.parse(remote.clone({ name: 'reader' }).trace('show', '--json', '42').stdout) as {
    events: { type: string; payload: { text?: string } }[];
  };
  const notes = shown.events.flatMap(({ type, payload }) => (type === 'annotation' ? [payload.text] : []));
  expect(notes.sort()).toEqual(['after the link', 'before the link', 'by somebody else']);
});
