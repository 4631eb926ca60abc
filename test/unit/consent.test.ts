import { expect, test } from 'vitest';
import { consentLines, hookLines, undoLines } from '../../src/cli/consent.ts';
import { makePolicy, RECORD_ALL } from '../../src/core/policy.ts';

const none = { flag: () => undefined, getAll: () => [] };

test('everything that is recorded is said, and who will see it', () => {
  expect(
    consentLines({ policy: RECORD_ALL, typed: true, pushes: true, remotes: ['origin', 'mine'], hosts: ['github.com'] }).join('\n'),
  ).toMatchInlineSnapshot(`
    "recorded      commits, branches, merges, rewritten history and pushes
                  edits of files that git does not ignore, as diffs
                  what 'git trace run' and 'test' run, with a sample of its output
                  results of tests
                  typed commands, without output; one after a space without its text
                  your notes ('git trace note')
    not recorded  ignored files, keystrokes, anything outside this repository
    secrets       are taken out before anything reaches git, as far as they can be told
    kept in       refs/traces/ of this repository, outside branches and work tree
    sent to       'origin', 'mine', with each 'git push' of a branch
    asked         github.com, for the branch's pull request ('git config trace.link false': not)
    seen by       whoever can read the repository it is sent to
    narrow it     '.gittrace.json' for the team, 'git config trace.captureEdits false'
                  and the like for you; 'git trace pause' or GITTRACE=0 for a while
    remove it     'git trace init --uninstall'"
  `);
});

test('what the policy leaves out is said too', () => {
  const policy = makePolicy({ capture: { edits: false, output: false }, exclude: { paths: ['a', 'b'], commands: ['c', 'd'] } }, none);
  const said = consentLines({ policy, typed: false, pushes: false, remotes: [], hosts: [] }).join('\n');
  expect(said).toMatchInlineSnapshot(`
    "recorded      commits, branches, merges, rewritten history and pushes
                  what 'git trace run' and 'test' run
                  results of tests
                  your notes ('git trace note')
    not recorded  edits
                  typed commands ('git trace init --shell' adds them)
                  what the policy excludes (a, b, c, 1 more)
                  ignored files, keystrokes, anything outside this repository
    secrets       are taken out before anything reaches git, as far as they can be told
    kept in       refs/traces/ of this repository, outside branches and work tree
    sent to       nowhere, until 'git trace push'
    seen by       whoever can read the repository it is sent to
    narrow it     '.gittrace.json' for the team, 'git config trace.captureEdits false'
                  and the like for you; 'git trace pause' or GITTRACE=0 for a while
    remove it     'git trace init --uninstall'"
  `);
  const silent = makePolicy({ capture: { commands: false, diffs: false } }, none);
  expect(consentLines({ policy: silent, typed: true, pushes: true, remotes: [], hosts: [] }).slice(0, 5)).toMatchInlineSnapshot(`
    [
      "recorded      commits, branches, merges, rewritten history and pushes",
      "              edits of files that git does not ignore, as names and counts",
      "              your notes ('git trace note')",
      "not recorded  commands",
      "              ignored files, keystrokes, anything outside this repository",
    ]
  `);
});

test('hooks that fared alike share a line', () => {
  const lines = hookLines([
    { hook: 'pre-push', text: "installed in '.git/hooks/pre-push'", lines: [] },
    { hook: 'post-commit', text: "installed in '.git/hooks/post-commit'; the hook that was there still runs", lines: [] },
    { hook: 'post-merge', text: "installed in '.git/hooks/post-merge'", lines: [] },
    { hook: 'post-rewrite', text: 'add these lines', lines: ['one', 'two'] },
  ]);
  expect(lines).toEqual([
    "pre-push, post-merge: installed in '.git/hooks'",
    "post-commit: installed in '.git/hooks'; the hook that was there still runs",
    'post-rewrite: add these lines',
    '    one',
    '    two',
  ]);
});

test('files that went out of one folder share a line', () => {
  expect(undoLines(["removed 'h/pre-push'", "left 'h/post-merge', which was edited since", "removed 'h/post-commit'"])).toEqual([
    "removed from 'h': pre-push, post-commit",
    "left 'h/post-merge', which was edited since",
  ]);
});
