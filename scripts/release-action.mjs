/**
 * `npm run release-action`: makes the tag that workflows name in `uses:`. A host runs an action as it stands in its
 * repository, and dist/ is in no branch: so the tag's commit has HEAD's tree and the build, and HEAD for its parent.
 * Touches neither branch nor work tree, and pushes nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'git-trace-release-'));
try {
  release();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function release() {
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
  const git = (...args) => execFileSync('git', args, { env, encoding: 'utf8' }).trim();
  const changed = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }).trim();
  if (changed !== '') return refuse('there are changes that are not committed', 'commit them, for the tag is made of HEAD');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const tag = `v${version}`;
  if (git('tag', '--list', tag) !== '') return refuse(`there is a tag '${tag}'`, "raise the version in 'package.json'");
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  git('read-tree', 'HEAD');
  git('add', '--force', 'dist');
  const commit = git('commit-tree', '-p', 'HEAD', '-m', `release: ${version}, with its build`, git('write-tree'));
  git('tag', '--annotate', '--message', `git trace ${version}`, tag, commit);
  process.stderr.write(`tagged ${commit.slice(0, 12)} as ${tag}\nhint: 'git push origin ${tag}' publishes it\n`);
}

function refuse(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = 1;
}
