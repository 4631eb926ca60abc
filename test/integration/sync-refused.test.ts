/**
 * What a remote may refuse, in every wording git has for it: nothing is lost, it is said once, it waits with its reason,
 * it is tried again, and one refused trace keeps no other one back.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadPending } from '../../src/sync/pending.ts';
import { Clone } from '../helpers/clone.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const REF = 'refs/traces/42/journal';

async function cloneWithRemote(): Promise<{ clone: Clone; remote: TestRepository }> {
  const { remote } = TestRepository.createWithRemote();
  const clone = await Clone.open(remote.clone());
  return { clone, remote };
}

function writeHook(remote: TestRepository, name: string, text: string): void {
  mkdirSync(join(remote.path, 'hooks'), { recursive: true });
  writeFileSync(join(remote.path, 'hooks', name), `#!/bin/sh\n${text}`);
  chmodSync(join(remote.path, 'hooks', name), 0o755);
}

/** How a remote refuses, how it is mended, and what git says. */
const REFUSALS: Record<string, { refuse: (remote: TestRepository) => () => void; says: RegExp }> = {
  'a hook that declines the push': {
    refuse: (remote) => {
      writeHook(remote, 'pre-receive', "echo 'journals are not wanted here'\nexit 1\n");
      return () => rmSync(join(remote.path, 'hooks/pre-receive'));
    },
    says: /^\[remote rejected\] \(pre-receive hook declined\): journals are not wanted here$/,
  },
  'a hook that declines the ref': {
    refuse: (remote) => {
      writeHook(remote, 'update', 'case $1 in refs/traces/*) echo "no $1" >&2; exit 1;; esac\n');
      return () => rmSync(join(remote.path, 'hooks/update'));
    },
    says: /^\[remote rejected\] \(hook declined\): no refs\/traces\/42\/journal; hook declined/,
  },
  'hidden refs': {
    refuse: (remote) => {
      remote.git('config', 'receive.hideRefs', 'refs/traces');
      return () => remote.git('config', '--unset', 'receive.hideRefs');
    },
    says: /^\[remote rejected\] \(deny updating a hidden ref\)$/,
  },
  'a lock that is in the way': {
    refuse: (remote) => {
      mkdirSync(join(remote.path, dirname(REF)), { recursive: true });
      writeFileSync(join(remote.path, `${REF}.lock`), '');
      return () => rmSync(join(remote.path, `${REF}.lock`));
    },
    says: /^\[remote rejected\] \(failed to update ref\)|cannot lock ref/,
  },
  'a ref that is a folder there': {
    refuse: (remote) => {
      remote.git('update-ref', `${REF}/deep`, 'main');
      return () => remote.git('update-ref', '-d', `${REF}/deep`);
    },
    says: /^\[remote rejected\] \(failed to update ref\)|cannot lock ref/,
  },
  'a directory that may not be written': {
    refuse: (remote) => {
      // root may write everywhere, so the folder becomes something that nobody can make a folder in
      const [objects, aside] = [join(remote.path, 'refs/traces'), join(remote.path, 'refs/aside')];
      if (existsSync(objects)) renameSync(objects, aside);
      writeFileSync(objects, '');
      return () => rmSync(objects);
    },
    says: /^\[remote rejected\]/,
  },
  'a folder that is gone': {
    refuse: (remote) => {
      renameSync(remote.path, `${remote.path}.away`);
      return () => renameSync(`${remote.path}.away`, remote.path);
    },
    says: /^cannot push to 'origin': .*does not appear to be a git repository/,
  },
};

describe.each(Object.entries(REFUSALS))('%s', (_, { refuse, says }) => {
  test('is said once, waits with its reason, and is delivered when it is mended', async () => {
    const { clone, remote } = await cloneWithRemote();
    await clone.record('one');
    const mend = refuse(remote);
    const first = await clone.push();
    expect(first.delivered).toEqual(new Map());
    expect([...first.failed.keys()]).toEqual(['42']);
    expect(first.failed.get('42')).toMatch(says);
    expect(first.news).toEqual(['42']);
    const pending = loadPending(clone.ports.files)['origin']?.['42'];
    expect(pending).toMatchObject({ error: first.failed.get('42'), attempts: 1 });

    await clone.record('two');
    const second = await clone.push();
    expect([...second.failed.keys()]).toEqual(['42']);
    expect(second.news).toEqual([]);
    const again = loadPending(clone.ports.files)['origin']?.['42'];
    expect(again).toMatchObject({ attempts: 2, since: pending?.since });
    expect(Date.parse(again?.last ?? '')).toBeGreaterThanOrEqual(Date.parse(pending?.last ?? ''));

    mend();
    const third = await clone.push();
    expect(third).toEqual({ delivered: new Map([['42', 'sent']]), failed: new Map(), news: [] });
    expect(clone.ports.files.exists('pending.json')).toBe(false);
    expect(remote.git('rev-parse', REF)).toBe(clone.at.git('rev-parse', REF));
    expect(await clone.notes()).toEqual(['one', 'two']);
  });
});

describe('a remote that moves under the push', () => {
  test('or is about to: a refusal that passes by is tried once more', async () => {
    const { clone, remote } = await cloneWithRemote();
    await clone.record('x');
    writeHook(remote, 'pre-receive', '[ -e called ] || { touch called; exit 1; }\n');
    expect((await clone.push()).delivered).toEqual(new Map([['42', 'sent']]));
  });

  test('by a hook, at the last moment: fetched, united, delivered', async () => {
    const { clone, remote } = await cloneWithRemote();
    const other = await Clone.open(remote.clone({ name: 'other' }));
    await other.record('other');
    other.at.git('push', '-q', 'origin', `${REF}:refs/hidden/other`);
    await clone.record('clone');
    // git has read the old value already and says "cannot lock ref … is at … but expected …"
    writeHook(remote, 'update', `[ -e moved ] || { touch moved; env -u GIT_QUARANTINE_PATH git update-ref ${REF} refs/hidden/other; }\n`);
    expect((await clone.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(existsSync(join(remote.path, 'moved'))).toBe(true);
    expect(await clone.notes()).toEqual(['clone', 'other']);
    await other.fetch();
    expect(await other.notes()).toEqual(['clone', 'other']);
  });

  test('every time: three tries, then to the inbox, and the next push folds that in', async () => {
    const { clone, remote } = await cloneWithRemote();
    const other = await Clone.open(remote.clone({ name: 'other' }));
    for (const n of [1, 2, 3, 4, 5]) {
      await other.record(`other ${n}`);
      other.at.git('push', '-q', 'origin', `${REF}:refs/hidden/${n}`);
    }
    await clone.record('clone');
    writeHook(
      remote,
      'update',
      `case $1 in */inbox/*) exit 0;; esac\nn=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n >count\n env -u GIT_QUARANTINE_PATH git update-ref ${REF} refs/hidden/$n\n`,
    );
    expect(await clone.push()).toEqual({ delivered: new Map([['42', 'inbox']]), failed: new Map(), news: [] });
    expect(readFileSync(join(remote.path, 'count'), 'utf8')).toBe('3\n');
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces/42/inbox')).toBe(`refs/traces/42/inbox/${clone.writer}`);
    rmSync(join(remote.path, 'hooks/update'));
    expect((await clone.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(remote.git('for-each-ref', 'refs/traces/42/inbox')).toBe('');
    expect(await clone.notes()).toEqual(['clone', 'other 1', 'other 2', 'other 3']);
  });

  test('to another history, and it denies non-fast-forwards: united all the same', async () => {
    const { clone, remote } = await cloneWithRemote();
    remote.git('config', 'receive.denyNonFastForwards', 'true');
    await clone.record('clone 1');
    await clone.push();
    const other = await Clone.open(TestRepository.create());
    await other.record('other');
    other.at.git('push', '-q', remote.path, `+${REF}:refs/hidden/other`);
    remote.git('update-ref', REF, 'refs/hidden/other');
    await clone.record('clone 2');
    expect((await clone.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(await clone.notes()).toEqual(['clone 1', 'clone 2', 'other']);
  });

  test('to nothing: what was there before is pushed again, even though nothing is new here', async () => {
    const { clone, remote } = await cloneWithRemote();
    await clone.record('one');
    await clone.push();
    remote.git('update-ref', '-d', REF);
    expect(await clone.fetch()).toEqual({ '42': 'unchanged' });
    expect(clone.at.tryGit('rev-parse', '-q', '--verify', 'refs/trace-remotes/origin/42/journal').status).toBe(1);
    expect((await clone.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(remote.git('rev-parse', REF)).toBe(clone.at.git('rev-parse', REF));
  });
});

describe('one trace of several', () => {
  async function three(): Promise<{ clone: Clone; remote: TestRepository }> {
    const made = await cloneWithRemote();
    for (const trace of ['41', '42', '43']) await made.clone.record(`in ${trace}`, trace);
    return made;
  }

  test('that a hook declines by its name, does not keep the others back', async () => {
    const { clone, remote } = await three();
    writeHook(remote, 'update', `[ "$1" != ${REF} ]\n`);
    const { delivered, failed } = await clone.push(['41', '42', '43']);
    expect([...delivered.keys()]).toEqual(['41', '43']);
    expect([...failed.keys()]).toEqual(['42']);
  });

  test('for which a hook declines the whole push, does not keep the others back', async () => {
    const { clone, remote } = await three();
    writeHook(remote, 'pre-receive', 'if grep -q refs/traces/42/; then echo poison; exit 1; fi\n');
    const { delivered, failed } = await clone.push(['41', '42', '43']);
    expect(delivered).toEqual(
      new Map([
        ['41', 'sent'],
        ['43', 'sent'],
      ]),
    );
    expect(failed).toEqual(new Map([['42', '[remote rejected] (pre-receive hook declined): poison']]));
    // and not the next time either, when it waits
    await clone.record('more', '43');
    expect((await clone.push(['43', '42'])).delivered).toEqual(new Map([['43', 'sent']]));
  });

  test('of which an object is missing here, does not keep the others back', async () => {
    const { clone } = await three();
    const blob = clone.at.git('rev-parse', `${REF}:format`);
    const segment =
      clone.at
        .git('ls-tree', '-r', REF)
        .split('\n')
        .find((line) => !line.includes(blob))
        ?.split(/\s/)[2] ?? '';
    rmSync(join(clone.at.path, '.git/objects', segment.slice(0, 2), segment.slice(2)));
    const { delivered, failed } = await clone.push(['41', '42', '43']);
    expect([...delivered.keys()].sort()).toEqual(['41', '43']);
    expect([...failed.keys()]).toEqual(['42']);
  });

  test('that was broken on the remote, does not keep the others back, neither pushed nor fetched', async () => {
    const { clone, remote } = await three();
    remote.git('update-ref', REF, remote.git('rev-parse', 'main:README.md'));
    const { delivered, failed } = await clone.push(['41', '42', '43']);
    expect([...delivered.keys()]).toEqual(['41', '43']);
    expect(failed.get('42')).toMatch(/^cannot read journal commit '[0-9a-f]{40}': it is a blob$/);
    const fetched = await clone.fetch(['41', '42', '43']);
    expect(fetched).toMatchObject({ '41': 'unchanged', '43': 'unchanged' });
    expect(fetched['42']).toMatch(/^cannot read journal commit/);
    expect(await clone.notes()).toEqual(['in 42']);
  });

  test('of so many that a hook declines that not all can be tried alone: the first ones are', async () => {
    const { clone, remote } = await cloneWithRemote();
    const names = Array.from({ length: 12 }, (_, i) => String(i + 1));
    for (const name of names) await clone.record('x', name);
    writeHook(remote, 'pre-receive', 'echo x >>calls; ! grep -q refs/traces/12/\n');
    const { delivered } = await clone.push(names);
    expect([...delivered.keys()]).toEqual(names.slice(0, 8));
    expect(readFileSync(join(remote.path, 'calls'), 'utf8').length / 2).toBe(10);
    expect([...(await clone.push(names)).delivered.keys()].sort()).toEqual([...names.slice(0, 11)].sort());
  });
});

test('more traces that a hook will never take than can be tried alone keep the others back for some pushes only', async () => {
  const { clone, remote } = await cloneWithRemote();
  const names = Array.from({ length: 12 }, (_, i) => String(i + 10));
  for (const name of names) await clone.record('x', name);
  writeHook(remote, 'pre-receive', '! grep -qE "refs/traces/(1[0-8])/"\n'); // nine of the twelve
  for (const push of [1, 2, 3]) expect((await clone.push(names)).failed.size, `push ${push}`).toBeGreaterThanOrEqual(9);
  expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(
    ['19', '20', '21'].map((name) => `refs/traces/${name}/journal`).join('\n'),
  );
});

describe('several URLs of one remote', () => {
  test('a trace has arrived when it has at all of them', async () => {
    const { clone, remote } = await cloneWithRemote();
    const second = TestRepository.createBare({ name: 'second.git' });
    clone.at.git('remote', 'set-url', '--add', '--push', 'origin', remote.path);
    clone.at.git('remote', 'set-url', '--add', '--push', 'origin', second.path);
    const again = await Clone.open(clone.at);
    await again.record('x');
    writeHook(second, 'pre-receive', 'exit 1\n');
    expect([...(await again.push()).failed.keys()]).toEqual(['42']);
    expect([...(await again.push()).failed.keys()]).toEqual(['42']);
    rmSync(join(second.path, 'hooks/pre-receive'));
    expect([...(await again.push()).delivered.keys()]).toEqual(['42']);
    await again.record('y');
    writeHook(remote, 'pre-receive', 'exit 1\n');
    expect([...(await again.push()).failed.keys()]).toEqual(['42']);
    rmSync(join(remote.path, 'hooks/pre-receive'));
    expect([...(await again.push()).delivered.keys()]).toEqual(['42']);
    for (const at of [remote, second]) expect(at.git('rev-parse', REF)).toBe(clone.at.git('rev-parse', REF));
  });
});

const isRoot = process.getuid?.() === 0;
const testUnwritable = skipUnless(!isRoot || hasProgram('setpriv'), 'root writes everywhere, and setpriv is not installed');

testUnwritable('a repository that may not be written refuses, and waits', async () => {
  const { clone, remote } = await cloneWithRemote();
  // a transport of our own, so that only the remote's side runs with fewer rights
  const transport = join(dirname(clone.at.path), 'transport');
  const drop = isRoot ? 'setpriv --bounding-set=-dac_override,-dac_read_search,-fowner ' : '';
  writeFileSync(transport, `#!/bin/sh\nshift\n${drop}sh -c "$*"\n`, { mode: 0o755 });
  clone.at.env['GIT_SSH_COMMAND'] = transport;
  clone.at.env['GIT_SSH_VARIANT'] = 'simple';
  clone.at.git('remote', 'set-url', 'origin', `host:${remote.path}`);
  const over = await Clone.open(clone.at);
  await over.record('x');
  const folders = [remote.path, join(remote.path, 'objects'), join(remote.path, 'refs')];
  for (const folder of folders) chmodSync(folder, 0o555);
  onTestFinished(() => {
    for (const folder of folders) chmodSync(folder, 0o755);
  });
  const { failed } = await over.push();
  expect(failed.get('42')).toMatch(/unpacker error|unable to create temporary|insufficient permission|Permission denied/);
  for (const folder of folders) chmodSync(folder, 0o755);
  expect((await over.push()).delivered).toEqual(new Map([['42', 'sent']]));
});
