/**
 * The pre-push hook with real git: the record, the hook that was there before, and the node lane, which a push neither
 * waits for nor fails of. Time is never measured: what must not be waited for waits for the test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import type { HookContent } from '../../src/capture/install-plan.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { install, recordsOf as records, runUnder, SHELLS, spooled, wantFiles, writeProgram } from '../helpers/hooks.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

wantFiles();

/** What a push has left in `trace/`, beside what init puts there. */
function leftIn(repository: TestRepository): string[] {
  using fresh = TestRepository.create({ name: 'fresh' });
  install(fresh, { pushWait: 1 });
  const installed = new Set(readdirSync(fresh.inGitDir('trace')));
  return readdirSync(repository.inGitDir('trace')).filter((name) => !installed.has(name));
}

const NULL_OID = '0'.repeat(40);

/** A program that stands in for ours: `sh <script>`, which finds its own folder in "$dir". */
function program(repository: TestRepository, text: string): Pick<HookContent, 'node' | 'script'> & { folder: string } {
  const folder = join(dirname(repository.path), 'program');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'fake.sh'), `dir='${folder}'\n${text}`);
  return { node: '/bin/sh', script: join(folder, 'fake.sh'), folder };
}

/** Keeps what it was called with. */
const NOTE = `{ for arg; do printf '%s|' "$arg"; done; } >"$dir/args"; env >"$dir/env"; cat >"$dir/stdin.tmp"; mv "$dir/stdin.tmp" "$dir/stdin"\n`;
/** Long enough for a push, should it wait for what it must not wait for: the test fails then, and does not hang. */
const LIMIT = { timeout: 10_000, killSignal: 'SIGKILL' } as const;
/** Does not end before the test lets it. */
const LINGER = `echo $$ >"$dir/pid.tmp"; mv "$dir/pid.tmp" "$dir/pid"; while [ ! -e "$dir/go" ]; do sleep 0.02; done; echo late >&2; touch "$dir/done"\n`;

async function until(path: string): Promise<void> {
  for (let i = 0; !existsSync(path); i++) {
    if (i > 4_000) throw new Error(`'${path}' did not appear`);
    await wait(5);
  }
}

const pushes = (repository: TestRepository): SpoolRecord[] => records(repository).filter(({ type }) => type === 'push');

for (const shell of SHELLS) {
  const testShell = skipUnless(shell.there, `${shell.name} is not installed`);

  /** A repository with a remote, our hooks, and the program. A long wait shows that it is not waited to its end. */
  const make = (text = NOTE, pushWait: number | null = 60_000, first = "set -eu\nIFS='/.0'\n") => {
    const { repository, remote } = TestRepository.createWithRemote();
    const fake = program(repository, text);
    install(repository, { ...fake, pushWait: pushWait ?? undefined });
    runUnder(repository, shell.line, first);
    repository.commitFile('b', '2');
    onTestFinished(() => {
      if (existsSync(fake.folder)) writeFileSync(join(fake.folder, 'go'), '');
    });
    return { repository, remote, ...fake };
  };

  describe(`pre-push under ${shell.name}`, () => {
    testShell('records a push, and hands it on as it was', () => {
      const { repository, remote, folder } = make();
      const old = remote.git('rev-parse', 'main');
      const head = repository.git('rev-parse', 'HEAD');
      repository.git('push', '-q', 'origin', 'main', 'HEAD:refs/heads/other', 'HEAD~1:refs/tags/t');
      expect(pushes(repository)).toEqual([
        {
          place: { branch: 'main', head },
          type: 'push',
          payload: {
            remote: 'origin',
            refs: [
              { ref: 'refs/heads/main', old, new: head },
              { ref: 'refs/heads/other', old: null, new: head },
              { ref: 'refs/tags/t', old: null, new: old },
            ],
          },
        },
      ]);
      expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(`hook|pre-push|origin|${remote.path}|`);
      expect(readFileSync(join(folder, 'stdin'), 'utf8')).toBe(
        `refs/heads/main ${head} refs/heads/main ${old}\nHEAD ${head} refs/heads/other ${NULL_OID}\nHEAD~1 ${old} refs/tags/t ${NULL_OID}\n`,
      );
      const env = readFileSync(join(folder, 'env'), 'utf8').split('\n');
      expect(env).toEqual(
        expect.arrayContaining(['GITTRACE_IN_HOOK=1', 'GITTRACE_PUSH_WAIT=60000', 'NODE_EXTRA_CA_CERTS=', 'NODE_OPTIONS=']),
      );
      expect(env.some((line) => line.startsWith('GITTRACE_OUTER='))).toBe(false);
    });

    testShell('a deletion, a URL instead of a remote, packed refs, a detached HEAD, a bare repository', () => {
      const { repository, remote } = make();
      repository.git('push', '-q', 'origin', 'main', 'main:other');
      const head = repository.git('rev-parse', 'HEAD');
      repository.git('push', '-q', 'origin', ':other');
      expect(pushes(repository).at(-1)?.payload).toEqual({ remote: 'origin', refs: [{ ref: 'refs/heads/other', old: head, new: null }] });
      repository.git('pack-refs', '--all');
      repository.git('push', '-q', remote.path, 'main:url');
      expect(pushes(repository).at(-1)).toMatchObject({ place: { branch: 'main', head }, payload: { remote: remote.path } });
      repository.git('checkout', '-q', '--detach');
      repository.git('push', '-q', 'origin', 'HEAD:refs/heads/x');
      expect(pushes(repository).at(-1)?.place).toEqual({ branch: null, head });
      const bare = repository.clone({ bare: true });
      install(bare, program(bare, NOTE));
      runUnder(bare, shell.line);
      bare.git('push', '-q', remote.path, 'main:from-bare');
      expect(pushes(bare)).toMatchObject([{ place: { branch: 'main', head } }]);
    });

    testShell('many refs', () => {
      const { repository, folder } = make();
      const head = repository.git('rev-parse', 'HEAD');
      const names = Array.from({ length: 300 }, (_, i) => `refs/tags/a-tag-with-quite-some-name-${i}`);
      repository.gitWith({ input: names.map((name) => `create ${name} ${head}\n`).join('') }, 'update-ref', '--stdin');
      repository.git('push', '-q', 'origin', '--tags');
      const [push] = pushes(repository);
      expect(push?.payload['refs']).toHaveLength(300);
      expect(readFileSync(join(folder, 'stdin'), 'utf8')).toBe(
        names
          .sort()
          .map((name) => `${name} ${head} ${name} ${NULL_OID}\n`)
          .join(''),
      );
    });

    testShell('a push of nothing, ours or unwanted, starts nothing', () => {
      const { repository, folder } = make();
      repository.git('push', '-q', 'origin', 'main');
      const before = spooled(repository);
      rmSync(folder, { recursive: true });
      const fake = program(repository, NOTE);
      repository.git('push', '-q', 'origin', 'main');
      repository.commitFile('c', '3');
      rmSync(repository.inGitDir(`trace/spool/${spooled(repository).find((name) => !before.includes(name))}`));
      repository.git('push', '-q', '--no-verify', 'origin', 'main:a');
      for (const env of [{ GITTRACE: '0' }, { DO_NOT_TRACK: '1' }, { GITTRACE_IN_HOOK: '1' }])
        repository.gitWith({ env }, 'push', '-q', 'origin', `main:x${Object.keys(env)[0]}`);
      writeFileSync(repository.inGitDir('trace/paused'), '');
      repository.git('push', '-q', 'origin', 'main:b');
      expect(spooled(repository)).toEqual(before);
      expect(existsSync(join(fake.folder, 'args'))).toBe(false);
    });

    testShell('what the program says appears, all of it, and is removed; its failure is no matter', () => {
      const { repository } = make(`sleep 0.1; echo 'hint: one' >&2; printf 'hint: two' >&2; echo no; exit 7\n`);
      const { status, stdout, stderr } = repository.tryGit('push', '-q', 'origin', 'main');
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: 'hint: one\nhint: two\n' });
      expect(leftIn(repository)).toEqual([]);
    });

    testShell('a program that dies is as good as one that fails', () => {
      const { repository } = make('kill -9 $$\n');
      expect(repository.tryGit('push', '-q', 'origin', 'main').status).toBe(0);
      expect(pushes(repository)).toHaveLength(1);
    });

    testShell('a slow program is left behind, with nothing of ours in its hands', async () => {
      const { repository, remote, folder } = make(LINGER, null);
      const env = { ...process.env, ...repository.env };
      // this returns once git has ended and everybody has closed stdout and stderr, under all numbers that sh knows
      const script = 'exec git push -q origin main 3>&1 4>&1 5>&2 6>&2 7>&1 8>&1 9>&1';
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: repository.path, env, encoding: 'utf8', ...LIMIT });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      await until(join(folder, 'pid'));
      expect(existsSync(join(folder, 'done'))).toBe(false);
      expect(() => process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0)).not.toThrow();
      expect(remote.git('rev-parse', 'main')).toBe(repository.git('rev-parse', 'main'));
      expect(leftIn(repository)).toEqual([]);
      writeFileSync(join(folder, 'go'), '');
      await until(join(folder, 'done'));
    });

    testShell('^C and a closed terminal do not reach it', async () => {
      const { repository, folder } = make('', 0);
      // node forgets what its parent ignores, sh does not
      const text = `import { existsSync, writeFileSync } from 'node:fs';
writeFileSync('${folder}/pid', '');
setInterval(() => { if (existsSync('${folder}/go')) { writeFileSync('${folder}/done', ''); process.exit(); } }, 10);\n`;
      writeFileSync(join(folder, 'fake.mjs'), text);
      writeFileSync(repository.inGitDir('trace/bin'), `${process.execPath}\n${join(folder, 'fake.mjs')}\n`);
      // the push is a process group of its own, as a terminal's foreground job is
      const script = `git push -q origin main; while [ ! -e '${folder}/pid' ]; do sleep 0.01; done; trap '' HUP INT; kill -HUP 0; kill -INT 0`;
      const env = { ...process.env, ...repository.env };
      expect(spawnSync('setsid', ['-w', 'sh', '-c', script], { cwd: repository.path, env, ...LIMIT }).signal).toBe(null);
      writeFileSync(join(folder, 'go'), '');
      await until(join(folder, 'done'));
    });

    testShell('a program that is gone: git-trace from PATH, or nothing; the record stays', () => {
      const { repository, folder, script } = make();
      rmSync(script);
      const { status, stdout, stderr } = repository.tryGit('push', '-q', 'origin', 'main');
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(pushes(repository)).toHaveLength(1);
      writeProgram(join(folder, 'git-trace'), `#!/bin/sh\ndir='${folder}'\n${NOTE}`);
      repository.gitWith({ env: { PATH: `${folder}:${process.env['PATH']}` } }, 'push', '-q', 'origin', 'main:other');
      expect(readFileSync(join(folder, 'args'), 'utf8')).toMatch(/^hook\|pre-push\|origin\|/);
      rmSync(repository.inGitDir('trace/bin'));
      expect(repository.tryGit('push', '-q', 'origin', 'main:third').stderr).toBe('');
      expect(pushes(repository)).toHaveLength(3);
      expect(leftIn(repository)).toEqual([]);
    });

    testShell('a bad push-wait is the usual one', async () => {
      const { repository, folder } = make();
      for (const text of ['', 'x', '-1', '007', '1 2', '1000000', '1+1']) {
        writeFileSync(repository.inGitDir('trace/push-wait'), text);
        rmSync(join(folder, 'stdin'), { force: true });
        repository.git('push', '-q', 'origin', `main:x${text.length}${text.replace(/\W/g, '')}`);
        // the usual wait may be over before the program has noted anything; this is what it notes last
        await until(join(folder, 'stdin'));
        expect(readFileSync(join(folder, 'env'), 'utf8')).toMatch(/^GITTRACE_PUSH_WAIT=300$/m);
      }
    });

    const chained = (text: string) => {
      const { repository, remote } = TestRepository.createWithRemote();
      const fake = program(repository, NOTE);
      writeProgram(repository.inGitDir('hooks/pre-push'), text);
      install(repository, { ...fake, pushWait: 60_000 });
      runUnder(repository, shell.line, 'set -eu\n(set -o pipefail) 2>/dev/null && set -o pipefail\n');
      repository.commitFile('b', '2');
      return { repository, remote, ...fake };
    };

    testShell('the hook that was there runs first, with args and stdin; its failure stops the push', () => {
      const { repository, remote, folder } = chained(
        '#!/bin/sh\nprintf "%s|" "$0" "$@" >args.txt\nls .git/trace/spool | wc -l >spool.txt\ncat >stdin.txt\necho said; exit "${STATUS-0}"\n',
      );
      const head = repository.git('rev-parse', 'HEAD');
      const old = remote.git('rev-parse', 'main');
      const failed = repository.run('git', ['push', '-q', 'origin', 'main'], { env: { STATUS: '3' } });
      expect(failed.status).toBe(1);
      expect(failed.stdout).toBe('said\n');
      expect(failed.stderr).toMatch(/^error: failed to push/);
      expect(remote.git('rev-parse', 'main')).toBe(old);
      expect(pushes(repository)).toEqual([]);
      expect(existsSync(join(folder, 'args'))).toBe(false);
      repository.git('push', '-q', 'origin', 'main');
      expect(repository.readFile('args.txt')).toBe(`.git/hooks/pre-push.pre-trace|origin|${remote.path}|`);
      expect(repository.readFile('stdin.txt')).toBe(`refs/heads/main ${head} refs/heads/main ${old}\n`);
      expect(repository.readFile('spool.txt').trim()).toBe('1');
      expect(pushes(repository)).toHaveLength(1);
      // also where nothing is recorded, and where hook.sh is gone
      repository.git('reset', '-q', '--hard', 'HEAD~1');
      repository.commitFile('c', '3');
      writeFileSync(repository.inGitDir('trace/paused'), '');
      const push = ['push', '-q', 'origin', '+main'];
      expect(repository.run('git', push, { env: { STATUS: '3' } }).status).toBe(1);
      rmSync(repository.inGitDir('trace'), { recursive: true });
      expect(repository.run('git', push, { env: { STATUS: '3' } }).status).toBe(1);
      repository.git(...push);
      expect(repository.readFile('stdin.txt')).toContain(repository.git('rev-parse', 'HEAD'));
    });

    testShell('a hook that does not read its stdin, or is killed', () => {
      const { repository } = chained('#!/bin/sh\nexec <&-\n[ -z "${KILL-}" ] || kill -9 $$\nexit 0\n');
      const head = repository.git('rev-parse', 'HEAD');
      const names = Array.from({ length: 700 }, (_, i) => `refs/tags/a-tag-with-quite-some-name-${i}`);
      repository.gitWith({ input: names.map((name) => `create ${name} ${head}\n`).join('') }, 'update-ref', '--stdin');
      expect(repository.run('git', ['push', '-q', 'origin', '--tags'], { env: { KILL: '1' } }).status).toBe(1);
      expect(pushes(repository)).toEqual([]);
      repository.git('push', '-q', 'origin', '--tags');
      expect(pushes(repository)).toHaveLength(1);
    });

    testShell('a nested call does not record again', () => {
      const { repository } = chained('#!/bin/sh\nsh .git/trace/hook.sh pre-push "$@"\n');
      repository.git('push', '-q', 'origin', 'main');
      expect(pushes(repository)).toHaveLength(1);
    });

    testShell('pushes to other remotes from a hook are recorded as well', () => {
      const { repository, remote } = chained(`#!/bin/sh\n[ "$1" != origin ] || git push -q mirror HEAD:refs/heads/mirrored\n`);
      repository.git('remote', 'add', 'mirror', remote.path);
      repository.git('push', '-q', 'origin', 'main');
      expect(pushes(repository).map(({ payload }) => payload['remote'])).toEqual(['mirror', 'origin']);
    });

    testShell('what was said before the time is over is told, and not what is half said or comes later', () => {
      const { repository, folder } = make(`echo early >&2; printf half >&2; ${LINGER}`, 3_000);
      const { status, stderr } = repository.run('git', ['push', '-q', 'origin', 'main'], LIMIT);
      expect({ status, stderr }).toEqual({ status: 0, stderr: 'early\n' });
      expect(existsSync(join(folder, 'done'))).toBe(false);
    });

    testShell('the errors of an earlier push with the same number, and their mode', () => {
      const { repository, folder } = make(`ls -l "$PWD/.git/trace" >"$dir/ls"\n${NOTE}`);
      repository.git('push', '-q', 'origin', 'main');
      expect(readFileSync(join(folder, 'ls'), 'utf8')).toMatch(/^-rw------- .*push-[0-9]+\.err$/m);
      expect(statSync(repository.inGitDir(`trace/spool/${spooled(repository).at(-1)}`)).mode & 0o777).toBe(0o600);
    });
  });
}
