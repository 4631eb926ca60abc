/**
 * What happens to branches and commits, and what a trace keeps through it: amend, rebase, squash, force-push, renamed and
 * deleted branches, a new clone. No event goes, no link goes, and the notes still tell what led to each commit.
 */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const noteOf = (at: TestRepository, commit: string): string => at.git('log', '-1', '--format=%N', '--notes=traces', commit);

function texts(at: TestRepository): string[] {
  const { stdout } = at.trace('show', '42', '--ndjson', '--type', 'annotation');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { payload: { text: string } }).payload.text);
}

/** A repository with hooks, whose branch `topic` is linked to pull request 42 and has two commits, each with a note before it. */
function onTopic(): { one: TestRepository; remote: TestRepository; commits: string[] } {
  const { repository: one, remote } = TestRepository.createWithRemote();
  one.commitFile('f', '0');
  expect(one.trace('init').status).toBe(0);
  one.git('push', '-q', 'origin', 'main');
  one.git('switch', '-q', '-c', 'topic');
  const commits = ['one', 'two'].map((name) => {
    expect(one.trace('note', `why ${name}`).status).toBe(0);
    one.commitFile(name, name, name);
    return one.git('rev-parse', 'HEAD');
  });
  expect(one.trace('link', '42').status).toBe(0);
  one.git('push', '-q', 'origin', 'topic');
  return { one, remote, commits };
}

test('amend, rebase and squash: the notes follow the commits, and every former commit keeps its own', () => {
  const { one, commits } = onTopic();
  one.writeFile('two', 'better');
  one.git('commit', '-q', '-a', '--amend', '-m', 'two, better');
  one.git('switch', '-q', 'main');
  one.commitFile('m', '1', 'elsewhere');
  one.git('switch', '-q', 'topic');
  one.git('rebase', '-q', 'main');
  one.trace('note', 'why three');
  one.commitFile('three', '3', 'three');
  one.gitWith({ env: { GIT_SEQUENCE_EDITOR: "sed -i -e '2,$s/^pick/fixup/'" } }, 'rebase', '-q', '-i', 'main');
  one.git('push', '-q', '--force', 'origin', 'topic');
  expect(texts(one)).toEqual(['why one', 'why two', 'why three']);

  expect(one.trace('notes').stderr).toMatch(/^\d+ commits with a note in 'refs\/notes\/traces'; /);
  const squashed = noteOf(one, 'topic');
  for (const text of ['why one', 'why two', 'why three']) expect(squashed).toContain(text);
  expect(squashed).toContain(`was ${commits[0]?.slice(0, 10)} (rebase): one`);
  expect(noteOf(one, commits[0] ?? '')).toContain('why one');
  expect(noteOf(one, commits[0] ?? '')).not.toContain('why two');
  expect(noteOf(one, commits[1] ?? '')).toContain('why two');
});

test('a renamed branch, a deleted one, a merge as one commit, and a new clone', () => {
  const { one, remote, commits } = onTopic();
  one.git('branch', '-m', 'topic', 'renamed');
  one.trace('note', 'after the rename');
  one.commitFile('r', 'r', 'renamed');
  one.git('push', '-q', 'origin', 'renamed');
  // the host makes one commit of all, and says so
  one.git('switch', '-q', 'main');
  one.git('merge', '-q', '--squash', 'renamed');
  one.git('commit', '-q', '-m', 'all of it (#42)');
  const merge = one.git('rev-parse', 'HEAD');
  const said = { title: 'Topic', status: 'merged', created_at: null, merged_at: '2026-11-21T10:00:00.000Z', merge_commit: merge };
  const update = { type: 'pr_updated', ts: '2026-11-21T10:00:00.000Z', payload: said };
  one.traceWith({ input: JSON.stringify({ pr: 42, session: 'host', events: [update] }) }, 'ingest', '-');
  one.git('push', '-q', 'origin', 'main');
  one.git('branch', '-q', '-D', 'renamed');
  one.git('push', '-q', 'origin', '--delete', 'renamed', 'topic');
  expect(one.trace('sync', '42').status).toBe(0);

  const other = remote.clone({ name: 'anew' });
  expect(other.trace('notes', '42').status).toBe(0);
  expect(one.trace('notes', '42').status).toBe(0);
  expect(other.git('rev-parse', 'refs/notes/traces^{tree}')).toBe(one.git('rev-parse', 'refs/notes/traces^{tree}'));
  for (const at of [one, other]) {
    expect(texts(at)).toEqual(['why one', 'why two', 'after the rename']);
    const note = noteOf(at, 'main');
    expect(note).toContain('Trace 42: Topic · all that led to it, 3 commits');
    for (const text of texts(at)) expect(note).toContain(text);
    expect(at.trace('verify', '42').status).toBe(0);
  }
  expect(noteOf(one, commits[0] ?? '')).toContain('why one');
  // nothing is sent by itself
  expect(remote.git('for-each-ref', 'refs/notes')).toBe('');
  other.git('push', '-q', 'origin', 'refs/notes/traces');
  one.git('fetch', '-q', 'origin', 'refs/notes/traces:refs/notes/theirs');
  one.git('fsck', '--strict', '--no-dangling');
});

test('notes are made anew, the same each time, and leave those of others alone', () => {
  const { one, commits } = onTopic();
  const [first = '', second = ''] = commits;
  one.git('notes', '--ref=traces', 'add', '-m', 'reviewed by hand', first);
  one.git('notes', '--ref=traces', 'add', '-m', 'of no trace', 'main');
  expect(one.trace('notes').status).toBe(0);
  expect(noteOf(one, first)).toMatch(/why one[\s\S]*More: git trace show 42\n\nreviewed by hand/);
  expect(noteOf(one, 'main')).toContain('of no trace');
  const tree = one.git('rev-parse', 'refs/notes/traces^{tree}');
  one.git('notes', '--ref=traces', 'append', '-m', 'a word more', second);
  expect(one.trace('notes').status).toBe(0);
  expect(noteOf(one, second)).toContain('a word more');
  one.git('notes', '--ref=traces', 'remove', second);
  expect(one.trace('notes').status).toBe(0);
  expect(one.git('rev-parse', 'refs/notes/traces^{tree}')).toBe(tree);
  const tip = one.git('rev-parse', 'refs/notes/traces');
  expect(one.trace('notes').stderr).toMatch(/with a note, as before\n$/);
  expect(one.git('rev-parse', 'refs/notes/traces')).toBe(tip);
  one.git('update-ref', '-d', 'refs/notes/traces');
  expect(one.trace('notes').status).toBe(0);
  expect(noteOf(one, second)).toContain('why two');
});

test('where there is no commit there is no note', () => {
  const at = TestRepository.create();
  at.trace('note', 'nothing yet');
  expect(at.trace('notes')).toMatchObject({ status: 0, stderr: 'there is no commit to tell of\n' });
  expect(at.git('for-each-ref', 'refs/notes')).toBe('');
  expect(at.trace('notes', '42').status).toBe(128);
});
