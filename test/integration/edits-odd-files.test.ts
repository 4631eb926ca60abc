/** Edits of files that are not what a name and a text are: odd names, links, encodings, filters that hang or fail. */
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Edits } from '../helpers/edits.ts';
import { TestRepository } from '../helpers/repository.ts';

const TOKEN = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'}`;

async function begin(): Promise<{ repository: TestRepository; edits: () => Promise<Edits>; told: () => Promise<string[]> }> {
  const repository = TestRepository.create();
  repository.commitFile('a', 'one\n');
  const edits = () => Edits.open(repository);
  await (await edits()).take('init', { baseline: true });
  return { repository, edits, told: async () => (await edits()).told() };
}

/** Every private object, as text; bytes of two a character without their NULs. */
function privateObjects({ path }: TestRepository): string[] {
  const folder = join(path, '.git/trace/worktrees/main');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^objects-[0-9]+\/[0-9a-f]{2}\//.test(name) && statSync(join(folder, name)).isFile())
    .map((name) =>
      inflateSync(readFileSync(join(folder, name)))
        .toString('latin1')
        .replaceAll('\0', ''),
    );
}

describe('names', () => {
  it('that are no UTF-8 are told, with what can be said of them, and no file gets the diff of another', async () => {
    const { repository, edits, told } = await begin();
    const name = Buffer.concat([Buffer.from(`${repository.path}/b`), Buffer.from([0xff]), Buffer.from('.txt')]);
    writeFileSync(name, 'b\n');
    repository.writeFile('c', 'see\n');
    const { records } = await (await edits()).take();
    const diffs = new Map(records.map(({ payload }) => [payload['file'], payload['diff_snippet']]));
    expect([...diffs.keys()].sort()).toEqual(['b\uFFFD.txt', 'c']);
    expect(diffs.get('c')).toContain('+see\n');
    expect(await told()).toEqual([]);
    writeFileSync(name, 'b\nb\n');
    expect(await told()).toEqual(['modified b\uFFFD.txt +1/-0']);
  });

  it('with line breaks, quotes and tabs', async () => {
    const { repository, told } = await begin();
    repository.writeFile('q"\n1\t2\tz', 'x\n');
    expect(await told()).toEqual(['added q"\n1\t2\tz +1/-0']);
  });
});

it('a line that holds a CR and looks like the head of a diff stays in its file', async () => {
  const { repository, edits } = await begin();
  repository.writeFile('b', 'foo\rdiff --git a/x b/x\n');
  repository.writeFile('c', 'see\n');
  const { records } = await (await edits()).take();
  expect(records.map(({ payload }) => String(payload['diff_snippet']).split('\n').at(-2))).toEqual(['+foo\rdiff --git a/x b/x', '+see']);
});

describe('a secret', () => {
  it("in a link's target is in no private object", async () => {
    const { repository, told } = await begin();
    symlinkSync(`https://me:${TOKEN}@host`, join(repository.path, 'link'));
    symlinkSync('a', join(repository.path, 'plain'));
    expect(await told()).toEqual(['added link +1/-0', 'added plain +1/-0']);
    const objects = privateObjects(repository);
    expect(objects).toContain('blob 1a');
    expect(objects.filter((text) => text.includes(TOKEN))).toEqual([]);
    expect(await told()).toEqual([]);
  });

  it('in text of two bytes a character neither', async () => {
    const { repository, told } = await begin();
    repository.writeFile('.gitattributes', '*.wide working-tree-encoding=UTF-16LE\n');
    repository.writeFile('k.wide', Buffer.from(`TOKEN=${TOKEN}\n`, 'utf16le'));
    repository.writeFile('l.bin', Buffer.from(`TOKEN=${TOKEN}\n`, 'utf16le').swap16());
    expect(await told()).toEqual(['added .gitattributes +1/-0', 'added k.wide binary', 'added l.bin binary']);
    expect(privateObjects(repository).filter((text) => text.includes(TOKEN))).toEqual([]);
  });
});

describe('a file with a filter', () => {
  it('is told by its size, and the filter is not run', async () => {
    const { repository, edits, told } = await begin();
    repository.git('config', 'filter.slow.clean', 'touch ran; sleep 60');
    repository.git('config', 'filter.slow.required', 'true');
    repository.writeFile('.gitattributes', '*.slow filter=slow\n*.none -filter\n');
    repository.writeFile('x.slow', 'x\n');
    repository.writeFile('y.none', 'y\n');
    const { records } = await (await edits()).take();
    expect(records.map(({ payload }) => [payload['file'], payload['change_summary'], payload['bytes']])).toEqual([
      ['.gitattributes', '+2/-0', undefined],
      ['x.slow', 'binary', 2],
      ['y.none', '+1/-0', undefined],
    ]);
    expect(await told()).toEqual([]);
    expect(readdirSync(repository.path)).not.toContain('ran');
  });
});
