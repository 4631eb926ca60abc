/** Whatever stands in the spool, a flush comes to its end: what is no event is put aside with the reason, what is one is recorded. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_LIMIT, type SpoolRecord } from '../../src/spool/record.ts';
import { note, readLines, readTexts } from '../helpers/journal.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

const GOOD = { place: { trace: '42' }, type: 'annotation', ts: '2026-11-21T09:15:00.000Z', payload: { text: 'strange' } };
const nested = (depth: number): unknown => (depth === 0 ? 'x'.repeat(20_000) : { n: nested(depth - 1) });

test.each<{ what: string; record: unknown; reason: RegExp }>([
  { what: 'a branch that is a number', record: { ...GOOD, place: { branch: 5 } }, reason: /place\.branch/ },
  { what: 'a trace that is a path', record: { ...GOOD, place: { trace: '../heads/main' } }, reason: /place\.trace/ },
  { what: 'a trace with a line break', record: { ...GOOD, place: { trace: '42\n7' } }, reason: /place\.trace/ },
  { what: 'a trace that is a number', record: { ...GOOD, place: { trace: 42 } }, reason: /place\.trace/ },
  { what: 'no place', record: { ...GOOD, place: null }, reason: /place/ },
  { what: 'a session of no name', record: { ...GOOD, session: 's' }, reason: /session/ },
  { what: 'a session that is a path', record: { ...GOOD, session: { id: '../s' } }, reason: /session/ },
  { what: 'a session of no known kind', record: { ...GOOD, session: { id: 's', kind: 'other' } }, reason: /kind/ },
  { what: 'a developer that is none', record: { ...GOOD, session: { id: 's', developer: 'me' } }, reason: /developer/ },
  {
    what: 'a developer with a lone surrogate',
    record: { ...GOOD, session: { id: 's', developer: { os: '\ud800', user_id: '8d777fc0-8e49-81d8-9dec-97fe520b3144' } } },
    reason: /surrogate/,
  },
  { what: 'a text with a lone surrogate', record: { ...GOOD, payload: { text: '\ud800' } }, reason: /surrogate/ },
  { what: 'a payload too deep and too large', record: { ...GOOD, payload: { text: '', nested: nested(300) } }, reason: /deep/ },
  {
    what: 'members beside the payload that are too large',
    record: { ...GOOD, more: { x: 'y'.repeat(RECORD_LIMIT - JSON.stringify({ ...GOOD, more: { x: '' } }).length) } },
    reason: /characters/,
  },
  { what: 'a payload of another type', record: { ...GOOD, payload: { text: 5 } }, reason: /payload\.text/ },
  { what: 'a type that is none', record: { ...GOOD, type: 'Annotation' }, reason: /type/ },
  { what: 'a time that is none', record: { ...GOOD, ts: '2026-02-30T00:00:00.000Z' }, reason: /ts/ },
])('$what goes to quarantine; the records around it into the journal', async ({ record, reason }) => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  const name = journal.spool(note('before'));
  journal.files.append(`spool/${name}`, `\n${JSON.stringify(record)}\n\n${JSON.stringify(note('after', 1))}\n`);
  expect(await journal.flush()).toMatchObject({ accepted: 2, quarantined: 1, held: new Map() });
  expect(readTexts(at, REF)).toEqual(['before', 'after']);
  expect(at.git('for-each-ref', '--format=%(refname)')).toBe(REF);
  const said = journal.files.list('quarantine').filter((file) => file.endsWith('.json'));
  expect(said.map((file) => JSON.parse(journal.files.read(`quarantine/${file}`)?.toString() ?? ''))).toEqual([
    expect.objectContaining({ file: name, reason: expect.stringMatching(reason) }),
  ]);
  expect(journal.files.list('spool')).toEqual([]);
  expectSound(at);
});

test('a link in the configuration that names no trace is none', async () => {
  const at = TestRepository.create();
  at.git('config', 'branch.main.trace', '../heads/main');
  const journal = await openJournal(at);
  journal.spool(note('a', 0, { place: { branch: 'main' } }));
  expect(await journal.flush()).toMatchObject({ accepted: 1, traces: new Map([['heads/main', 2]]) });
});

test('folders and other things in the spool are left alone', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  journal.spool(note('a'));
  fs.mkdirSync(join(journal.files.path, 'spool/folder.ndjson'));
  fs.writeFileSync(join(journal.files.path, 'spool/README'), 'hello');
  expect(await journal.flush()).toMatchObject({ accepted: 1, quarantined: 0 });
  expect(journal.files.list('spool')).toEqual(['README', 'folder.ndjson']);
});

/** A commit as the hook records it: git tells the rest. */
function hookCommit(sha: string, minutes: number): SpoolRecord {
  return note('', minutes, { type: 'commit', payload: { sha } });
}

test('commits whose objects are gone or broken are recorded as far as they are known, and so are those beside them', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  const remove = (oid: string): void => fs.rmSync(join(at.path, '.git/objects', oid.slice(0, 2), oid.slice(2)));
  const shas = ['1', '2', '3', '4', '5'].map((content) => at.commitFile('file', content, `commit ${content}`));
  remove(at.git('rev-parse', `${shas[1]}:file`));
  remove(at.git('rev-parse', `${shas[2]}^{tree}`));
  const [, , , gone = ''] = shas;
  const path = join(at.path, '.git/objects', gone.slice(0, 2), gone.slice(2));
  fs.chmodSync(path, 0o644);
  fs.writeFileSync(path, fs.readFileSync(path).subarray(0, 40));
  journal.spool(...[...shas, '1'.repeat(40), 'no sha'].map(hookCommit));
  expect(await journal.flush()).toMatchObject({ accepted: 7, quarantined: 0 });
  const commits = [...readLines(at, REF).values()].flat().flatMap((line) => {
    const { type, payload } = JSON.parse(line) as { type: string; payload: Record<string, unknown> };
    return type === 'commit' ? [[payload['sha'], payload['message'], payload['files_changed'], payload['missing']]] : [];
  });
  expect(commits).toEqual([
    [shas[0], 'commit 1', 1, undefined],
    [shas[1], 'commit 2', 0, undefined],
    [shas[2], 'commit 3', 0, undefined],
    [shas[3], '', 0, true],
    [shas[4], 'commit 5', 0, undefined],
    ['1'.repeat(40), '', 0, true],
    ['no sha', '', 0, true],
  ]);
});

test('members beside the payload are kept, and redacted like it', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  const token = `ghp_${'a1B2'.repeat(9)}`;
  journal.spool(note('a', 0, { session: { id: 's' }, more: { lang: 'größe', auth: `token ${token}` } }));
  expect(await journal.flush()).toMatchObject({ accepted: 1 });
  const line = [...readLines(at, REF).values()].flat().at(-1) ?? '';
  expect(line).not.toContain(token);
  expect(JSON.parse(line)).toMatchObject({ lang: 'größe', auth: 'token «redacted:github-pat»' });
});
