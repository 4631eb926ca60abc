/** The parts of the page that need no document: what is shown, what is found, what is next. And what its script never does. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { headLine, idDigits, Packer } from '../../src/replay/html/pack.ts';
import { Player } from '../../src/replay/html/page/player.ts';
import { Replay } from '../../src/replay/html/page/replay.ts';
import { wordsOf } from '../../src/replay/html/page/search.ts';
import { PageTrace } from '../../src/replay/html/page/trace.ts';
import { countItems } from '../../src/replay/tally.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import { crowdTrace, longTrace } from '../helpers/shapes.ts';

function replayOf(sessions: readonly SessionPart[]): Replay {
  const ordered = mergeSessions(sessions, sha256);
  const items = timelineOf(ordered);
  const packer = new Packer(64);
  const document = foldHead('42', ordered, sha256);
  const head = headLine({ form: 1, trace: '42', name: '42', document, made: 0, idDigits: 64, unread: [], program: '' });
  const lines = items.map((item) => packer.add(item)).join('');
  const replay = new Replay(new PageTrace(new TextEncoder().encode(`${head}${lines}${packer.end(countItems(items))}`)));
  while (!replay.isWhole) replay.walk();
  return replay;
}

const typesOf = ({ rows, trace }: Replay): string[] =>
  rows.map((row) => (row.kind === 'event' ? trace.typeOf(row.event) : `${row.kind}${row.kind === 'fold' ? ` ${row.events.length}` : ''}`));

describe('rows', () => {
  test('of the story fold what only looks, and leave beginnings and ends of sessions to the lanes', () => {
    const replay = replayOf(sampleTrace());
    const types = typesOf(replay);
    expect(types.slice(0, 4)).toEqual(['command', 'checkout', 'fold 4', 'command']);
    expect(types).not.toContain('session_started');
    const fold = replay.rows[2];
    replay.unfold(fold?.kind === 'fold' ? (fold.events[0] ?? 0) : 0);
    expect(typesOf(replay).slice(0, 7)).toEqual(['command', 'checkout', 'command', 'command', 'command', 'command', 'command']);
    replay.setFilter({ view: 'all' });
    expect(typesOf(replay)).toHaveLength(replay.trace.count);
  });

  test('hold each event once, in order, whatever is looked at', () => {
    const replay = replayOf(crowdTrace());
    for (const view of ['story', 'all', 'failures', 'tests', 'commits', 'notes'] as const) {
      replay.setFilter({ view });
      const events = replay.rows.flatMap((row) => (row.kind === 'event' ? [row.event] : row.kind === 'fold' ? row.events : []));
      expect(events).toEqual([...replay.shown]);
    }
  });

  test('of places without an event stand where they are, and are stepped over', () => {
    const bad = part('s', [
      lineOf('s', 1_000, 'annotation', { text: 'a' }),
      'torn',
      lineOf('s', 2_000, 'annotation', { text: 'b' }),
      'torn',
    ]);
    const replay = replayOf([bad]);
    expect(typesOf(replay)).toEqual(['annotation', 'gap', 'annotation', 'gap']);
    expect(replay.step(1)).toBe(0);
    replay.select(0);
    expect(replay.step(1)).toBe(1);
    expect(replay.step(Number.POSITIVE_INFINITY)).toBe(1);
    replay.select(1);
    expect(replay.step(1)).toBe(1);
    expect(replay.step(-1)).toBe(0);
  });

  test('are none of an empty trace, where no step leads anywhere', () => {
    const replay = replayOf([]);
    expect(replay.rows).toEqual([]);
    for (const by of [1, -1, 10, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(replay.step(by)).toBeUndefined();
    expect(replay.next(1, () => true)).toBeUndefined();
  });
});

describe('search', () => {
  test('finds every word anywhere in an event, quoted ones as they stand, and names of members never', () => {
    const replay = replayOf(sampleTrace());
    const found = (query: string): number => {
      replay.find(query);
      return replay.hits.length;
    };
    expect(found('AssertionError expected')).toBe(1);
    expect(found('expected AssertionError')).toBe(1);
    expect(found('"expected assertionerror"')).toBe(0);
    expect(found('stdout_sample')).toBe(0);
    expect(found('メニュー')).toBeGreaterThan(2);
    expect(found('')).toBe(0);
    expect(found('"')).toBe(0);
    expect(wordsOf('a "b c" "d')).toEqual(['a', 'b c', 'd']);
  });

  test('equals looking into each event', () => {
    const replay = replayOf(longTrace(3_000));
    for (const word of ['rates', 'npm', 'half', 'e']) {
      replay.find(word);
      const plain = Array.from({ length: replay.trace.count }, (_, i) => i).filter((i) => {
        const { event } = replay.trace.itemOf(i).entry;
        const values = (value: unknown): string[] =>
          typeof value === 'object' && value !== null ? Object.values(value).flatMap(values) : [String(value ?? '')];
        const texts = values(event.payload).filter((text) => text !== 'true' && text !== 'false');
        return [event.type, event.session, ...texts].some((text) => text.toLowerCase().includes(word));
      });
      expect([...replay.hits]).toEqual(plain);
    }
  });

  test('goes round, in both directions', () => {
    const replay = replayOf(sampleTrace());
    replay.find('vitest');
    const { hits } = replay;
    const walked: (number | undefined)[] = [];
    for (let i = 0; i <= hits.length; i++) {
      const hit = replay.nextHit(1);
      walked.push(hit);
      replay.select(hit);
    }
    expect(walked).toEqual([...hits, hits[0]]);
    expect(replay.hitNumber).toBe(1);
    expect(replay.nextHit(-1)).toBe(hits.at(-1));
  });
});

test('what is picked is shown, whatever was filtered away', () => {
  const replay = replayOf(sampleTrace());
  replay.setFilter({ view: 'notes' });
  replay.select(2);
  expect(replay.shows(2)).toBe(true);
  // the beginning of a session is in no story
  replay.select(0);
  expect([replay.filter.view, replay.currentRow]).toEqual(['all', 0]);
});

test('play goes on from what a person picks meanwhile, and ends', () => {
  const shown = Array.from({ length: 10 }, (_, i) => i);
  let current: number | undefined;
  let call: ((now: number) => void) | undefined;
  const said: boolean[] = [];
  const player = new Player({
    events: () => ({ shown, times: shown.map((i) => i * 1_000) }),
    current: () => current,
    select: (event) => {
      current = event;
    },
    frame: (next) => {
      call = next;
      return () => {
        call = undefined;
      };
    },
    changed: (isPlaying) => said.push(isPlaying),
  });
  const at = (now: number): number | undefined => {
    call?.(now);
    return current;
  };
  player.play();
  expect([at(0), at(500), at(1_000), at(3_400)]).toEqual([0, 0, 1, 3]);
  current = 7;
  expect([at(3_500), at(4_400)]).toEqual([7, 8]);
  player.faster(1);
  expect(at(4_900)).toBe(9);
  expect([player.isPlaying, said.at(-1), call]).toEqual([false, false, undefined]);
  player.play();
  expect(at(9_000)).toBe(0);
});

test('ids are whole where events are few', () => {
  expect([idDigits(0), idDigits(2_000), idDigits(2_001)]).toEqual([64, 64, 10]);
});

test('the script of the page never makes markup or code of a text', () => {
  const folder = 'src/replay/html/page';
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(15);
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\b|new Function|setTimeout\(['"`]|\.src\s*=|\.href\s*=|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|localStorage|import\(/;
  expect(sources.filter((name) => forbidden.test(readFileSync(`${folder}/${name}`, 'utf8')))).toEqual([]);
  // attributes are set in one place
  expect(sources.filter((name) => /setAttribute\((?!'(?:aria-|tabindex|id'))/.test(readFileSync(`${folder}/${name}`, 'utf8')))).toEqual([
    'dom.ts',
  ]);
});
