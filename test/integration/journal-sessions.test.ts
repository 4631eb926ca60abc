/** Sessions as a flush writes them: the clone's own one, those that producers name, and who committed it all. */
import { describe, expect, test } from 'vitest';
import { timestamp } from '../../src/core/time.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { type Journal, note, readLines, START, WRITER } from '../helpers/journal.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

/** Each session's lines as `type` or, for a note, its text, by session. */
function sessions(at: TestRepository): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [path, lines] of readLines(at, REF)) {
    const session = path.split('/')[1] ?? '';
    const said = lines.map((line) => {
      const { type, payload } = JSON.parse(line) as { type: string; payload: { text?: string } };
      return payload.text ?? type;
    });
    found[session] = [...(found[session] ?? []), ...said];
  }
  return found;
}

async function flushed(journal: Journal, ...records: readonly SpoolRecord[]): Promise<void> {
  journal.spool(...records);
  expect(await journal.flush()).toMatchObject({ accepted: records.length, duplicate: 0, quarantined: 0 });
}

describe('the own session', () => {
  const MORNING = 'local-20261121T091500.000Z';

  test('goes on for 30 minutes of silence, in one flush or over several', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('a'), note('b', 30));
    await flushed(journal, note('c', 60));
    await flushed(journal, note('d', 89));
    expect(sessions(at)).toEqual({ [MORNING]: ['session_started', 'a', 'b', 'c', 'd'] });
    expectSound(at);
  });

  test('is ended, as of its last event, by the next event that comes later; that one begins another', async () => {
    for (const together of [true, false]) {
      const at = TestRepository.create();
      const journal = await openJournal(at);
      const records = [note('a'), note('b', 5), note('c', 35.001), note('d', 120)];
      if (together) await flushed(journal, ...records);
      else for (const record of records) await flushed(journal, record);
      expect(sessions(at)).toEqual({
        [MORNING]: ['session_started', 'a', 'b', 'session_ended'],
        'local-20261121T095000.060Z': ['session_started', 'c', 'session_ended'],
        'local-20261121T111500.000Z': ['session_started', 'd'],
      });
      const ended = readLines(at, REF).get(`${WRITER}/${MORNING}/0000000001.ndjson`)?.at(-1);
      expect(ended).toBe(
        `{"payload":{"reason":"idle","status":"completed"},"session":"${MORNING}","ts":"${timestamp(START + 5 * 60_000)}","type":"session_ended"}`,
      );
      expectSound(at);
    }
  });

  test('each trace has its own; one whose clock jumps back goes on', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('a'), note('b', 0, { place: { branch: 'main' } }), note('c', 0, { place: { branch: null } }));
    expect(at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n')).toEqual([
      REF,
      'refs/traces/heads/main/journal',
      'refs/traces/unassigned/journal',
    ]);
    // a clock that jumps back by more than a session
    await flushed(journal, note('later', 60), note('again', 0, { payload: { text: 'again' } }), note('much later', 200));
    await flushed(journal, note('back', 0, { payload: { text: 'back' } }));
    expect(sessions(at)).toEqual({
      [MORNING]: ['session_started', 'a', 'session_ended'],
      'local-20261121T101500.000Z': ['session_started', 'later', 'again', 'session_ended'],
      'local-20261121T123500.000Z': ['session_started', 'much later', 'back'],
    });
    expectSound(at);
  });

  test('a free name is found where the moment is taken', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(
      journal,
      note('a', 0, { session: { id: MORNING } }),
      note('end', 1, { type: 'session_ended', payload: { status: 'completed' }, session: { id: MORNING } }),
    );
    await flushed(journal, note('b'));
    expect(sessions(at)).toEqual({ [MORNING]: ['session_started', 'a', 'session_ended'], [`${MORNING}-2`]: ['session_started', 'b'] });
  });

  test('says that its events were given it, and identical ones of another moment are other events', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('same'), note('same', 1));
    journal.spool(note('same'));
    expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 1 });
    expect(readLines(at, REF).get(`${WRITER}/${MORNING}/0000000001.ndjson`)?.[1]).toBe(
      `{"assigned":["session"],"payload":{"text":"same"},"session":"${MORNING}","ts":"2026-11-21T09:15:00.000Z","type":"annotation"}`,
    );
  });
});

describe('a session that its producer names', () => {
  test('10 events are seq 1 to 10, session_started the first and session_ended the last', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const session = { id: 'agent-1', kind: 'agent', tool: 'some agent' };
    const started = {
      developer: { ide_version: null, os: 'linux', user_id: '8d777fc0-8e49-81d8-9dec-97fe520b3144' },
      kind: 'agent',
      tool: 'some agent',
    };
    const records = [
      note('', 0, { type: 'session_started', payload: started, session }),
      ...Array.from({ length: 8 }, (_, i) => note(`step ${i + 1}`, i, { session })),
      note('', 9, { type: 'session_ended', payload: { status: 'completed' }, session }),
    ];
    await flushed(journal, ...records);
    expect(sessions(at)).toEqual({
      'agent-1': ['session_started', ...Array.from({ length: 8 }, (_, i) => `step ${i + 1}`), 'session_ended'],
    });
    expect([...readLines(at, REF).keys()]).toEqual([`${WRITER}/agent-1/0000000001.ndjson`]);
    expectSound(at);
  });

  test('gets a session_started if it has none, with what its producer said of itself, once', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const session = { id: 'ci.7', kind: 'ci', tool: 'some ci', developer: { user_id: '8d777fc0-8e49-81d8-9dec-97fe520b3144', os: 'none' } };
    await flushed(journal, note('a', 3, { session }));
    await flushed(journal, note('b', 100, { session }), note('c', 101, { session: { id: 'ci.8' } }));
    expect(sessions(at)).toEqual({ 'ci.7': ['session_started', 'a', 'b'], 'ci.8': ['session_started', 'c'] });
    expect(JSON.parse(readLines(at, REF).get(`${WRITER}/ci.7/0000000001.ndjson`)?.[0] ?? '')).toMatchObject({
      payload: { developer: session.developer, kind: 'ci', tool: 'some ci' },
      session: 'ci.7',
      ts: timestamp(START + 3 * 60_000),
    });
    expect(JSON.parse(readLines(at, REF).get(`${WRITER}/ci.8/0000000001.ndjson`)?.[0] ?? '')).toMatchObject({
      payload: { kind: 'api', tool: 'test' },
    });
    expectSound(at);
  });

  test('keeps the order of its file whatever its clock says, and files meet in the order of time', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const session = { id: 's' };
    journal.spool(note('1', 10, { session }), note('2', 2, { session }), note('3', 12, { session }));
    journal.spool(note('x', 0, { session }), note('y', 11, { session }));
    expect(await journal.flush()).toMatchObject({ accepted: 5 });
    expect(sessions(at)).toEqual({ s: ['session_started', 'x', '1', '2', 'y', '3'] });
  });
});

describe('the commit', () => {
  test('counts what was written, and is by who commits here, in UTC', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const run = { type: 'command', payload: { command: 'true', exit_code: 0, stdout_sample: '' } };
    await flushed(
      journal,
      note('a'),
      note('b', 1, run),
      note('c', 2, run),
      note('d', 3, run),
      note('e', 4, { type: 'some_thing', payload: {} }),
    );
    expect(at.git('log', '-1', '--format=%s%n%an <%ae> %ad%n%cn <%ce> %cd%b', '--date=raw', REF)).toBe(
      [
        'chore(trace): 6 events (3 commands, 1 annotation, 1 session start, 1 more)',
        'A U Thor <author@example.com> 1795252500 +0000',
        'A U Thor <author@example.com> 1795252500 +0000',
      ].join('\n'),
    );
    await flushed(journal, note('f', 5));
    expect(at.git('log', '-1', '--format=%s', REF)).toBe('chore(trace): 1 event (1 annotation)');
    expect(at.git('rev-list', '--count', REF)).toBe('2');
  });

  test.each([
    {
      title: 'of the environment',
      env: { GIT_COMMITTER_NAME: 'En Viron', GIT_COMMITTER_EMAIL: 'en@example.com' },
      who: 'En Viron <en@example.com>',
    },
    {
      title: 'with what git leaves out of names',
      config: { 'user.name': ' .<Odd> "N\name",;\\ ', 'user.email': '<a@b>\n' },
      who: 'Odd "Name <a@b>',
    },
    {
      title: 'without ASCII',
      config: { 'user.name': 'Jürgen 山田 🦊', 'user.email': 'jürgen@größe.example' },
      who: 'Jürgen 山田 🦊 <jürgen@größe.example>',
    },
    { title: 'of nothing that is left', config: { 'user.name': '<>;', 'user.email': '' }, who: 'unknown <>' },
    {
      title: 'of the committer, where it is another',
      config: { 'committer.name': 'C', 'committer.email': 'c@example.com' },
      who: 'C <c@example.com>',
    },
  ])('has the name $title', async ({ env, config, who }) => {
    const at = TestRepository.create();
    for (const [key, value] of Object.entries(config ?? {})) at.git('config', key, value);
    const journal = await openJournal(at, env === undefined ? {} : { env });
    await flushed(journal, note('a'));
    expect(at.git('log', '-1', '--format=%cn <%ce>', REF)).toBe(who);
    // git itself refuses a name of which nothing is left
    const own = at.run('git', ['commit', '-q', '--allow-empty', '-m', 'x'], env === undefined ? {} : { env });
    if (own.status === 0) expect(at.git('log', '-1', '--format=%cn <%ce>', 'HEAD')).toBe(who);
    else expect(own.stderr).toMatch(/empty ident name|only of disallowed characters/);
    expect(at.git('log', '-1', '--format=%an <%ae>', REF)).toBe(who);
    expectSound(at);
  });

  test('has the account’s name where nobody has configured one', async () => {
    const at = TestRepository.create();
    const env = { GIT_CONFIG_GLOBAL: '/dev/null', USER: 'somebody', EMAIL: undefined };
    for (const email of [undefined, 'mail@example.com']) {
      const journal = await openJournal(at, { env: { ...env, EMAIL: email } });
      await flushed(journal, note(`by ${email}`, email === undefined ? 0 : 1));
      const [name, mail] = at.git('log', '-1', '--format=%cn%n%ce', REF).split('\n');
      expect(name).not.toBe('');
      expect(mail).toMatch(email === undefined ? /./ : /^mail@example\.com$/);
    }
    expectSound(at);
  });
});
