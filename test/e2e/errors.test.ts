/** The catalogue of errors as a person meets them, to be read as prose: what failed, what was seen, and the way out. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

test('every error says what failed and how to mend it', () => {
  const repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  repository.git('checkout', '-q', '--detach');
  const { repository: connected, remote } = TestRepository.createWithRemote();
  connected.git('remote', 'set-url', 'origin', './gone.git');
  const strict = TestRepository.create();
  strict.commitFile('.gittrace.json', '{"capture":{"comands":false}}', 'first');
  const said = (at: TestRepository, input: string, ...args: string[]): string => {
    const { stdout, stderr, status } = at.traceWith({ input }, ...args);
    return `$ git trace ${args.join(' ')}   (${status})\n${stdout}${stderr}`
      .replaceAll(at.path, '<repository>')
      .replaceAll(remote.path, '<remote>')
      .replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}/g, '<day>')
      .replace(/T[0-9]{2}:[0-9]{2}/g, 'T<time>');
  };
  const catalogue = [
    said(repository, '', 'sing'),
    said(repository, '', 'note'),
    said(repository, '', 'show', '--loud'),
    said(repository, '', 'show', '--limit', 'few'),
    said(repository, '', 'show', 'two words'),
    said(repository, '', 'show', '--since', 'once upon a time'),
    said(repository, '', 'show', '7'),
    said(repository, '', 'verify', '7'),
    said(repository, '', 'push'),
    said(repository, '', 'link', '42'),
    said(repository, '', 'link', 'feature'),
    said(repository, '{nope', 'ingest', '-'),
    said(repository, '{"events":3}', 'ingest', '-'),
    said(repository, '{"pr":"x y","events":[]}', 'ingest', '-'),
    said(repository, '', 'ingest', 'gone.json', '--json'),
    said(connected, '', 'fetch', '42'),
    said(strict, '', 'flush'),
  ];
  for (const text of catalogue) {
    expect(text).toMatch(/error/);
    expect(text).not.toMatch(/\n\s+at .*:[0-9]+/);
  }
  expect(catalogue.join('\n')).toMatchInlineSnapshot(`
    "$ git trace sing   (129)
    error: 'sing' is not a git trace command
    hint: 'git trace -h' lists the commands

    $ git trace note   (129)
    error: 'git trace note' wants an argument
    usage: git trace note [--target <what>] <text>
    hint: 'git trace note -h' tells more

    $ git trace show --loud   (129)
    error: unknown option '--loud'
    usage: git trace show [<options>] [<pr>]
    hint: 'git trace show -h' tells more

    $ git trace show --limit few   (129)
    error: --limit is "few", expected a whole number of at least 0

    $ git trace show two words   (129)
    error: "two words" is no pull request and no branch
    hint: give a number, owner/repo#number, the URL of a pull request, or a branch name

    $ git trace show --since once upon a time   (129)
    error: "once upon a time" is no time
    hint: give a time such as '<day>T<time>', '<day>', 'yesterday', '2h' or '3 days ago'; times are UTC

    $ git trace show 7   (128)
    error: there is no trace of 7 here, and this repository has no remote
    hint: 'git trace list' lists those that are here
    hint: nothing is recorded in this clone by itself; 'git trace init' begins with it

    $ git trace verify 7   (128)
    error: there is no trace of 7 here
    hint: 'git trace fetch' brings one, 'git trace list' lists those that are here

    $ git trace push   (128)
    error: this repository has no remote
    hint: 'git remote add origin <url>' adds one; the trace stays here until then

    $ git trace link 42   (128)
    error: HEAD is detached, so there is no branch to link
    hint: check out a branch, or name one with '--branch'
    hint: 'git trace link --unassigned <pr>' moves what was recorded without a branch

    $ git trace link feature   (129)
    error: "feature" is no pull request
    hint: give its number, owner/repo#number, or its URL; without one it is looked for

    $ git trace ingest -   (128)
    error: standard input is not JSON: column 2 has "n", expected a key or "}"
    hint: a batch is {"events":[…]}, a list of events, or NDJSON; nothing of it was recorded

    $ git trace ingest -   (128)
    error: standard input: "events" is 3, expected a list of events
    hint: a batch is {"events":[…]}, a list of events, or NDJSON; nothing of it was recorded

    $ git trace ingest -   (128)
    error: standard input: "pr" is "x y", expected a number or "owner/repo#number"
    hint: a batch is {"events":[…]}, a list of events, or NDJSON; nothing of it was recorded

    $ git trace ingest gone.json --json   (128)
    {"error":{"code":"no-such-file","message":"there is no file 'gone.json'","hints":["name a file, or - for standard input"]}}

    $ git trace fetch 42   (128)
    error: cannot fetch from 'origin': './gone.git' does not appear to be a git repository; Could not read from remote repository.
    hint: 'git remote -v' lists the remotes; 'git trace status' shows what waits for 'origin'

    $ git trace flush   (128)
    error: cannot use '.gittrace.json': there is no setting "capture.comands"
    hint: mend it: its settings are 'capture', 'exclude', 'caps', 'redact' and 'tests' (docs/policy.md of git trace)
    hint: until then what is recorded waits in the spool; 'git trace status' counts it
    "
  `);
});
