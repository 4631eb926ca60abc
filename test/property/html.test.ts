/**
 * Laws of the page: whatever events say, HTML gets text and our own elements, and the data says the same to the script as
 * to us (R72).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { htmlText, islandText } from '../../src/replay/html/html-text.ts';
import { headLine, Packer } from '../../src/replay/html/pack.ts';
import { Heights } from '../../src/replay/html/page/heights.ts';
import { playTimes } from '../../src/replay/html/page/player.ts';
import { Scale } from '../../src/replay/html/page/scale.ts';
import { PageTrace } from '../../src/replay/html/page/trace.ts';
import { countItems } from '../../src/replay/tally.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { visibleText } from '../../src/timeline/visible-text.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { pageText } from '../helpers/pages.ts';
import { HOSTILE_TEXTS } from '../helpers/shapes.ts';

const MARKUP = [
  '</script>',
  '<!--',
  '-->',
  '<script',
  ']]>',
  '<img src=x onerror=hack()>',
  '&lt;',
  '&#60;',
  '"',
  "'",
  '`${hack()}',
  '\u2028',
];
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...MARKUP, ...HOSTILE_TEXTS, '\ud800', '\0', '\r\n', 'word'), { maxLength: 12 }).map((texts) => texts.join('')),
);

describe('htmlText', () => {
  it('leaves ASCII without a sign that HTML acts on', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(htmlText(text).replaceAll(/&#\d+;/g, '')).toMatch(/^[\x20-\x7e\n\t]*$/);
        expect(htmlText(text).replaceAll(/&#\d+;/g, '')).not.toMatch(/[<>&"'`]/);
      }),
    );
  });

  it('is read by a browser as the visible text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const read = htmlText(text).replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
        expect(read).toBe(visibleText(text, true));
      }),
    );
  });
});

describe('islandText', () => {
  it('is ASCII, holds no <, and is the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), hostile, hostile, (value, name, text) => {
        const json = JSON.stringify({ value, [name]: text });
        expect(islandText(json)).toMatch(/^[\x20-\x7e]*$/);
        expect(islandText(json)).not.toContain('<');
        expect(JSON.parse(islandText(json))).toEqual(JSON.parse(json));
      }),
    );
  });
});

/** Members by names and texts that JSON can say. */
const payload = fc.dictionary(
  hostile.map((text) => text.toWellFormed()).filter((name) => name !== '__proto__'),
  hostile.map((text) => text.toWellFormed()),
  { maxKeys: 4 },
);
const events = fc.array(
  fc.record({
    session: fc.constantFrom('one', 'two', 'agent-3'),
    type: fc.constantFrom('command', 'annotation', 'test', 'commit', 'x_started', 'x_failed'),
    at: fc.integer({ min: 0, max: 9e8 }),
    payload,
  }),
  { maxLength: 30 },
);
const START = Date.UTC(2026, 10, 21);

function sessionsOf(said: readonly { session: string; type: string; at: number; payload: Record<string, unknown> }[]) {
  return ['one', 'two', 'agent-3'].map((session) =>
    part(
      session,
      said.filter((event) => event.session === session).map((event) => lineOf(session, START + event.at, event.type, event.payload)),
    ),
  );
}

describe('a page', () => {
  it('is ASCII, and holds as many elements as the shell has', async () => {
    await fc.assert(
      fc.asyncProperty(events, hostile, async (said, text) => {
        const page = await pageText(sessionsOf(said), {
          unread: [{ path: text, reason: text }],
          document: (head) => ({ ...head, pr: { ...head.pr, title: text } }),
        });
        expect(/[^\x20-\x7e\n\t]/.exec(page)?.[0]).toBeUndefined();
        expect(page.match(/<\/script/gi)).toHaveLength(2);
        expect(page.match(/<script/gi)).toHaveLength(2);
        expect(page.includes('<!--')).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('tells its script the events that it was given', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(10, 64), fc.array(fc.boolean()), (said, idDigits, left) => {
        const ordered = mergeSessions(sessionsOf(said), sha256);
        // what a filter leaves keeps its place in the whole
        const items = timelineOf(ordered).filter((_, i) => left[i % Math.max(left.length, 1)] !== false);
        const document = foldHead('42', ordered, sha256);
        const packer = new Packer(idDigits);
        const head = headLine({ form: 1, trace: '42', name: '42', document, made: 0, idDigits, unread: [], program: '' });
        const lines = items.map((item) => packer.add(item)).join('');
        const data = islandText(`${head}${lines}${packer.end(countItems(items))}`);
        const trace = new PageTrace(new TextEncoder().encode(data));
        expect(trace.count).toBe(items.length);
        for (const [i, item] of items.entries()) {
          if (item.kind !== 'event') continue;
          const { event, id, writer } = item.entry;
          const told = trace.itemOf(i);
          expect([told.seq, told.at, told.entry.id, told.entry.writer]).toEqual([item.seq, item.at, id.slice(0, idDigits), writer]);
          expect([told.entry.event.type, told.entry.event.session, told.entry.event.ts]).toEqual([event.type, event.session, event.ts]);
          expect(told.entry.event.payload).toEqual(event.payload);
          expect(trace.findSeq(item.seq)).toBe(i);
          expect(trace.findId(id)).toBeLessThanOrEqual(i);
        }
      }),
    );
  });
});

describe('the list', () => {
  it('knows its heights as a plain sum does', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        heights,
        fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 300 })), { maxLength: 30 }),
        fc.nat(6_000),
        (own, measured, pixels) => {
          const tree = new Heights(own);
          const plain = [...own];
          for (const [row, height] of measured) {
            if (row >= plain.length) continue;
            plain[row] = height;
            tree.measure(row, height);
          }
          const sums = plain.map((_, row) => plain.slice(0, row).reduce((sum, height) => sum + height, 0));
          expect(plain.map((_, row) => tree.before(row))).toEqual(sums);
          expect([...tree.tops()]).toEqual(sums);
          expect(sums.map((top) => tree.rowAt(top))).toEqual(sums.map((_, row) => row));
          expect(tree.rowAt(pixels)).toBe(
            Math.max(
              sums.findLastIndex((sum) => sum <= pixels),
              0,
            ),
          );
        },
      ),
    );
  });
});

describe('the timeline', () => {
  const times = fc.array(fc.integer({ min: 0, max: 9e8 }), { minLength: 1, maxLength: 40 }).map((all) => all.sort((a, b) => a - b));

  it('keeps the order, stays within its width, and finds its way back', () => {
    fc.assert(
      fc.property(times, (all) => {
        const scale = new Scale(all);
        const places = [...scale.placesOf(all)];
        for (const [i, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(places[i - 1] ?? 0);
          expect(place).toBeLessThanOrEqual(1);
          expect(scale.at(all[i] ?? 0)).toBeCloseTo(place, 9);
          if (new Set(all).size > 1) expect(Math.abs(scale.timeAt(place) - (all[i] ?? 0))).toBeLessThan(60_000 * 31);
        }
      }),
    );
  });

  it('is played in order, without a silence of more than two seconds, in a minute at most', () => {
    fc.assert(
      fc.property(times, (all) => {
        const at = [...playTimes(all)];
        expect(at.at(-1)).toBeLessThanOrEqual(60_000.001);
        for (const [i, moment] of at.entries()) {
          expect(moment).toBeGreaterThanOrEqual(at[i - 1] ?? 0);
          expect(moment - (at[i - 1] ?? 0)).toBeLessThanOrEqual(2_000);
        }
      }),
    );
  });
});
