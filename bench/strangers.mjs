/**
 * (n) People who do not use git-trace, in a repository with 100,000 archived traces and 200 open ones: their clone, fetch
 * and push against the same without any trace, in time and in bytes. Then what a reader pays: an archived trace against
 * a live one, and the list of all.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Importer, writeArchives, writeJournal } from './large.mjs';
import { makeEvents, paired, sandbox, time } from './measure.mjs';

export const target = { time: 1.05, bytes: 20, show: 3, list: 5 };
const ARCHIVED = 100_000;
const MONTHS = 48;
const LIVE = 200;
/** Commits and files of the code. */
const COMMITS = 3_000;

export async function bench() {
  const box = sandbox('strangers');
  try {
    await makeRemote(box, 'plain.git', false);
    await makeRemote(box, 'traced.git', true);
    const row = (what, limit, result, unit = 'ms') => ({ id: 'n', what, unit, target: limit, ...result });
    const url = (name) => `file://${box.path}/${name}.git`;
    const rows = [];

    const clone = (name) => {
      rmSync(join(box.path, 'copy'), { recursive: true, force: true });
      return time(() => box.git('clone', '-q', '--bare', url(name), 'copy'));
    };
    const against = (rounds, work) =>
      paired(
        rounds,
        (round) => work('traced', round),
        (round) => work('plain', round),
      );
    rows.push(row("a stranger's `git clone`, with traces on the remote ÷ without", target.time, await against(15, clone)));

    for (const name of ['plain', 'traced']) box.git('clone', '-q', url(name), name);
    rows.push(
      row("a stranger's `git fetch` of one new commit", target.time, await against(41, (name, round) => fetched(box, name, round))),
    );
    rows.push(row("a stranger's `git push` of one new commit", target.time, await against(41, (name, round) => pushed(box, name, round))));
    for (const what of ['clone', 'fetch', 'push']) {
      const [subject, baseline] = ['traced', 'plain'].map((name) => received(box, name, url(name), what));
      const more = Math.max(subject - baseline, 0);
      rows.push({
        id: 'n',
        what: `bytes that a \`git ${what}\` receives more because of them ÷ 1 kB`,
        unit: 'bytes',
        target: target.bytes,
        subject: more,
        baseline: 1_000,
        ratio: more / 1_000,
      });
    }

    const work = join(box.path, 'traced.git');
    const show = (trace) => time(() => box.trace(work, 'show', trace));
    const [archived, live] = [String(ARCHIVED / 2), String(ARCHIVED + 1)];
    rows.push(
      row(
        '`show` of an archived trace ÷ of a live one',
        target.show,
        await paired(
          9,
          () => show(archived),
          () => show(live),
        ),
      ),
    );
    const first = await time(() => box.trace(work, 'list'));
    process.stderr.write(`    the first list, without an index: ${(first / 1000).toFixed(1)} s\n`);
    const list = await paired(
      5,
      () => time(() => box.trace(work, 'list')),
      () => time(() => box.git('-C', work, 'cat-file', '--batch-all-objects', '--batch-check', '--unordered')),
    );
    rows.push(
      row('`list` of 100,200 traces from the index ÷ `git cat-file --batch-all-objects --batch-check` of their objects', target.list, list),
    );
    return rows;
  } finally {
    box.remove();
  }
}

/** A bare repository with a history, packed as a host packs it. */
async function makeRemote(box, name, traced) {
  box.git('init', '-q', '--bare', name);
  const importer = new Importer(box, join(box.path, name));
  await importer.history('refs/heads/main', COMMITS);
  if (traced) {
    await writeArchives(importer, ARCHIVED, MONTHS);
    for (let i = 1; i <= LIVE; i++) await writeJournal(importer, `refs/traces/${ARCHIVED + i}/journal`, 8);
  }
  await importer.end();
  // with a reverse index, as hosts keep and git writes since 2.41; without one every clone first makes it anew
  box.git('-C', name, '-c', 'pack.writeReverseIndex=true', 'repack', '-adbq', '--window=0');
  box.git('-C', name, 'pack-refs', '--all');
}

/** A commit that somebody else has made, of one file that changes. */
function grow(box, name, round) {
  const text = makeEvents(3, 's', round)
    .map((event) => JSON.stringify(event))
    .join('\n');
  const git = (args, input) =>
    box
      .run('git', ['-C', `${name}.git`, ...args], { input })
      .toString()
      .trim();
  const blob = git(['hash-object', '-w', '--stdin'], `${round}\n${text}`);
  const tree = git(['mktree'], `100644 blob ${blob}\tfile\n`);
  const commit = git(['commit-tree', tree, '-p', 'refs/heads/main', '-m', `round ${round}`]);
  git(['update-ref', 'refs/heads/main', commit]);
}

function fetched(box, name, round) {
  grow(box, name, round);
  return time(() => box.git('-C', name, 'fetch', '-q'));
}

function pushed(box, name, round, ...options) {
  box.git('-C', name, 'commit', '-q', '--allow-empty', '-m', `round ${round}`);
  return time(() => box.git('-C', name, 'push', '-q', ...options, 'origin', `HEAD:refs/heads/topic-${round}`));
}

/** Bytes that come from the remote, counted between it and git. */
function received(box, name, url, what) {
  const file = join(box.path, 'received');
  const program = what === 'push' ? 'receive-pack' : 'upload-pack';
  const counter = join(box.path, `counted-${program}`);
  writeFileSync(counter, `#!/bin/sh\ngit ${program} "$@" | tee '${file}'\n`, { mode: 0o755 });
  if (what === 'clone') box.git('clone', '-q', '--bare', `--upload-pack=${counter}`, url, `counted-${name}`);
  else if (what === 'push') pushed(box, name, 1_000, `--receive-pack=${counter}`);
  else {
    grow(box, name, 1_001);
    box.git('-C', name, 'fetch', '-q', `--upload-pack=${counter}`);
  }
  return statSync(file).size;
}
