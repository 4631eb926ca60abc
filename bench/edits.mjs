/** (k) A boundary in a repository of 50,000 files, a file changed since the last one, against `git status` of the same tree. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { paired, sandbox, time } from './measure.mjs';

const FILES = 50_000;
const ROUNDS = 15;

export async function bench() {
  const box = sandbox('edits');
  try {
    const top = join(box.path, 'repository');
    box.run('git', ['init', '-q', top]);
    for (let i = 0; i < FILES; i++) {
      const folder = join(top, `d${i % 250}`, `s${i % 7}`);
      if (i < 1_750) mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `f${i}.txt`), `file ${i}\n`.repeat(20));
    }
    const git = (...args) => box.run('git', args, { cwd: top });
    git('add', '-A');
    git('commit', '-q', '-m', 'all of it');
    git('status');
    const take = await boundary(top, box.env, box.path);
    await take(); // the first one begins the index
    const change = (i) => appendFileSync(join(top, `d${i % 250}`, `s${(i % 250) % 7}`, `f${i % 250}.txt`), `line ${i}\n`);
    const quiet = await paired(
      ROUNDS,
      () => time(take),
      () => time(() => git('status')),
    );
    const edited = await paired(
      ROUNDS,
      (i) => {
        change(i);
        return time(take);
      },
      () => time(() => git('status')),
    );
    const spooled = readdirSync(join(top, '.git/trace/spool')).length;
    if (spooled < ROUNDS) throw new Error(`${spooled} boundaries have told of an edit, expected ${ROUNDS}`);
    return [
      { id: 'k', what: 'a boundary with an edit, 50,000 files ÷ git status', unit: 'ms', target: 1.3, ...edited },
      { id: 'k', what: 'a boundary without an edit, 50,000 files ÷ git status', unit: 'ms', target: 1.3, ...quiet },
    ];
  } finally {
    box.remove();
  }
}

/** The recorder's own way to take a snapshot, in process. */
async function boundary(top, env, folder) {
  const source = (path) => fileURLToPath(new URL(`../src/${path}.ts`, import.meta.url));
  const out = join(folder, 'edits-under-bench.mjs');
  const names = {
    'adapters/fs/trace-files': 'TraceFolder',
    'adapters/git/repository': 'openRepository',
    'adapters/system': 'systemClock',
    'capture/edits/take': 'takeEdits',
    'core/policy': 'RECORD_ALL',
    'core/redact': 'makeRedactor',
  };
  await build({
    stdin: {
      contents: Object.entries(names)
        .map(([path, name]) => `export { ${name} } from ${JSON.stringify(source(path))};`)
        .join('\n'),
      resolveDir: folder,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: out,
  });
  const { TraceFolder, openRepository, systemClock, takeEdits, RECORD_ALL, makeRedactor } = await import(out);
  const repository = await openRepository(top, env, { interactive: false, timeout: 60_000 });
  const files = new TraceFolder(join(repository.commonDir, 'trace'));
  const snapshots = repository.snapshots(join(files.path, 'worktrees/main'));
  const ports = {
    snapshots,
    files,
    clock: systemClock,
    redactor: makeRedactor(),
    policy: RECORD_ALL,
    folder: 'worktrees/main',
    pid: process.pid,
  };
  return () => takeEdits(ports, 'command', { wait: 1_000 });
}
