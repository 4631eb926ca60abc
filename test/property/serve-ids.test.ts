/** The ids that the server answers with are those of the journal: what it spools, a flush prepares to the same event again. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/canonical.ts';
import { RECORD_ALL } from '../../src/core/policy.ts';
import { makeRedactor } from '../../src/core/redact.ts';
import { type PrepareOptions, prepare } from '../../src/journal/prepare.ts';
import { prepareForGood, recordWriter, spooled } from '../../src/serve/ingest.ts';
import { decodeRecords, formatRecord, type SpoolRecord } from '../../src/spool/record.ts';
import { seeded } from '../helpers/chance.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { plantSecrets } from '../helpers/secrets.ts';

const options: PrepareOptions = { facts: new Map(), redactor: makeRedactor({ sha256, home: '/home/ann' }), policy: RECORD_ALL, sha256 };
const planted = plantSecrets(seeded(7), 2).map(({ text }) => text);
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom(...planted),
  fc.constantFrom('/home/ann/x', 'x'.repeat(30_000), 'aGVsbG8'.repeat(60)),
);
const payload = fc.oneof(
  fc.record({ text, target: text }, { requiredKeys: ['text'] }).map((members) => ['annotation', members] as const),
  fc
    .record({ command: text, exit_code: fc.integer(), stdout_sample: fc.array(text, { maxLength: 4 }).map((parts) => parts.join(' ')) })
    .map((members) => ['command', members] as const),
  fc
    .dictionary(fc.oneof(text, fc.constant('password')), fc.oneof(text, fc.integer(), fc.array(text)), { maxKeys: 5 })
    .map((members) => ['thing', members] as const),
  // of a merge that a hook recorded git knows the rest, or nothing
  fc.constant(['merge', { sha: 'a'.repeat(40) }] as const),
);
const record: fc.Arbitrary<SpoolRecord> = fc
  .tuple(payload, fc.boolean(), fc.boolean(), fc.option(fc.dictionary(text, text, { maxKeys: 2 })))
  .map(([[type, members], isAssigned, isNamed, more]) => ({
    place: { trace: '42' },
    session: { id: 'editor-7', kind: 'api', tool: 'test', ...(isNamed ? {} : { assigned: true }) },
    type,
    ts: '2026-11-21T09:15:02.123Z',
    ...(isAssigned ? { tsAssigned: true } : {}),
    payload: members as JsonObject, // made of texts, numbers and lists of texts
    ...(more === null ? {} : { more: Object.fromEntries(Object.entries(more).map(([name, value]) => [`x-${name}`, value])) }),
  }));

test('what is spooled has the id that was answered', () => {
  fc.assert(
    fc.property(record, (said) => {
      const first = prepareForGood(said, said.ts ?? '', options);
      if (first.kind !== 'event') return;
      // twice, for the second has the place and session of the first at hand
      const write = recordWriter();
      write(said, first.session, first.prepared);
      const line = write(said, first.session, first.prepared);
      expect(JSON.parse(line)).toEqual(JSON.parse(formatRecord(spooled(said, first.session, first.prepared.event))));
      expect(line).toMatch(/^\n[^\n]+\n$/);
      const [decoded] = decodeRecords(Buffer.from(line), 0, true).found;
      if (decoded?.kind !== 'record') throw new Error('it cannot be read back');
      const again = prepare(decoded.record, decoded.record.ts ?? '', options);
      if (again.kind !== 'event') throw new Error(`the flush would not take it: ${JSON.stringify(again)}`);
      expect(again.prepared).toEqual(first.prepared);
      expect(again.session).toEqual(first.session);
    }),
    { numRuns: 500 },
  );
});

test('a record is written with its own place and session, whichever came before it', () => {
  const write = recordWriter();
  const places = [{ trace: '1' }, { branch: 'main', head: 'a'.repeat(40) }, { trace: '1' }];
  const sessions = [{ id: 'one', kind: 'api', tool: 'test' }, { id: 'two', kind: 'api', tool: 'test', assigned: true }, undefined];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...sessions)), { maxLength: 6 }), (records) => {
      for (const [place, session] of records) {
        const said: SpoolRecord = { place, type: 'annotation', payload: { text: 'x' }, ...(session === undefined ? {} : { session }) };
        const prepared = prepareForGood(said, '2026-11-21T09:15:02.123Z', options);
        if (prepared.kind !== 'event') throw new Error('it is well formed');
        const line = write(said, prepared.session, prepared.prepared);
        expect(JSON.parse(line)).toEqual(JSON.parse(formatRecord(spooled(said, prepared.session, prepared.prepared.event))));
      }
    }),
  );
});
