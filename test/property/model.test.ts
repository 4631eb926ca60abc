/**
 * The whole of it against a set: three clones record, flush, push, fetch, erase, prune, archive, link, are copied and made
 * anew, die in the middle, have clocks that jump, and find refs of the remote locked; once all have synced, every clone
 * reads the same, all that was recorded, once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { archiveRef, journalRef } from '../../src/core/trace-name.ts';
import { Clone, World } from '../helpers/model-world.ts';

/** How many histories are tried. */
const RUNS = 2_000;
const MONTH = '2026-11';
const HOUR = 3_600_000;

/** Where a note is recorded: in a pull request's trace, or on a branch that becomes one's. */
const PLACES = [{ trace: '42' }, { trace: '7' }, { branch: 'topic' }] as const;

/** Refs of the remote that may be locked for a while. */
const LOCKED = [journalRef('42'), journalRef('7'), archiveRef(MONTH)];

type Op =
  | { do: 'record'; clone: number; place: number; session: number }
  | { do: 'flush' | 'push' | 'inbox' | 'fetch' | 'sync' | 'link' | 'reclone'; clone: number }
  | { do: 'archive' | 'prune'; clone: number; trace: number }
  | { do: 'erase'; clone: number; trace: number; which: number }
  | { do: 'copy'; clone: number; from: number }
  | { do: 'lock'; clone: number; ref: number }
  | { do: 'clock'; clone: number; by: number };

/** A step, and at which of its changes of the outside the process dies, if it does. */
interface Step {
  readonly op: Op;
  readonly dies: { readonly at: number; readonly afterwards: boolean } | null;
}

const clone = fc.nat(2);
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const), clone, place: fc.nat(2), session: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('flush' as const, 'push' as const, 'inbox' as const, 'fetch' as const, 'sync' as const),
      clone,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('link' as const, 'reclone' as const), clone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('archive' as const, 'prune' as const), clone, trace: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), clone, trace: fc.nat(1), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('copy' as const), clone, from: clone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lock' as const), clone: fc.constant(0), ref: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), clone, by: fc.constantFrom(-HOUR, 9 * HOUR, 1) }) },
);
const anyStep: fc.Arbitrary<Step> = fc.record({
  op: anyOp,
  dies: fc.option(fc.record({ at: fc.nat(8), afterwards: fc.boolean() }), { freq: 4 }),
});

/** Three clones of one remote, and what they have acknowledged. */
class Company {
  readonly world = new World();
  readonly clones = [0, 1, 2].map(() => new Clone(this.world));
  /** Every note, with its session's name. */
  readonly recorded = new Map<string, string>();
  readonly gone = new Set<string>();
  readonly erased = new Set<string>();
  /** What somebody was about to erase, and may have. */
  readonly doubtful = new Set<string>();
  /** Sessions that were dropped somewhere: what they have in another trace goes with them when the two are joined. */
  readonly pruned = new Set<string>();

  of(index: number): Clone {
    const found = this.clones[index];
    if (found === undefined) throw new Error(`no clone ${index}`);
    return found;
  }

  traces(of: Clone): string[] {
    // the process may have died between the link and the move of what was there
    return of.isLinked('topic') && !of.refs.has('refs/traces/heads/topic/journal') ? ['42', '7'] : ['42', '7', 'heads/topic'];
  }

  async step({ op, dies }: Step): Promise<void> {
    const own = this.of(op.clone);
    const act = async (): Promise<unknown> => this.#act(own, op);
    if (dies === null || op.do === 'record' || op.do === 'copy' || op.do === 'reclone') await act();
    else await own.dying(dies.at, dies.afterwards, act);
  }

  async #act(own: Clone, op: Op): Promise<void> {
    switch (op.do) {
      case 'record': {
        const text = `note ${this.recorded.size}.`;
        const session = `s${op.session}-${own.id}`;
        own.record(text, PLACES[op.place] ?? {}, op.session === 0 ? undefined : session);
        this.recorded.set(text, session);
        return;
      }
      case 'flush':
        return own.flush();
      case 'push':
        await own.flush();
        return own.push(this.traces(own));
      case 'inbox':
        await own.flush();
        return own.push(this.traces(own), true);
      case 'fetch':
        return own.fetch(this.traces(own));
      case 'sync':
        await own.sync(this.traces(own));
        return;
      case 'link':
        return own.link('topic', '42');
      case 'archive':
        await own.flush();
        return own.archive(['42', '7'][op.trace] ?? '', MONTH);
      case 'prune': {
        await own.flush();
        const trace = ['42', '7'][op.trace] ?? '';
        const texts = textsOf(await own.linesOf(trace, /^s1-/));
        for (const text of texts) this.pruned.add(this.recorded.get(text) ?? '');
        await own.prune(trace, /^s1-/);
        for (const text of texts) this.gone.add(text);
        return;
      }
      case 'erase': {
        await own.flush();
        const trace = ['42', '7'][op.trace] ?? '';
        const notes = await own.notes(trace);
        const chosen = notes[op.which % notes.length];
        if (chosen === undefined) return;
        this.doubtful.add(chosen.text);
        await own.erase(trace, chosen.mark);
        this.erased.add(chosen.text);
        return;
      }
      case 'clock':
        own.now += op.by;
        return;
      case 'lock': {
        // somebody died in the middle of a push, or whoever runs the remote has taken the lock away
        const ref = LOCKED[op.ref] ?? '';
        if (!this.world.locked.delete(ref)) this.world.locked.add(ref);
        return;
      }
      case 'reclone':
        if ((await own.sync(this.traces(own))).size > 0) return; // what has not arrived would go with it
        this.#replace(op.clone, new Clone(this.world));
        return;
      case 'copy': {
        const from = this.of(op.from);
        if (from === own) return;
        if ((await own.sync(this.traces(own))).size > 0) return;
        // what waits in both spools is one event in two places: pruned in one of them, it stays in the other
        await from.flush();
        const made = new Clone(this.world);
        made.copy(from);
        this.#replace(op.clone, made);
        return;
      }
    }
  }

  #replace(index: number, made: Clone): void {
    this.clones[index] = made;
  }

  /** All link and sync, in turn, until nothing moves any more. */
  async settle(): Promise<void> {
    this.world.locked.clear();
    for (const own of this.clones) await own.link('topic', '42');
    // one knows the archives: who began an archived trace anew, and never knew of it, does not look for them
    await this.of(0).fetchArchives();
    for (let round = 0, before = ''; ; round++) {
      for (const own of this.clones) expect(await own.sync(['42', '7'])).toEqual(new Map());
      const now = JSON.stringify([this.world.remote, ...this.clones.map(({ refs }) => refs)].map((refs) => [...refs].sort()));
      if (now === before) return;
      expect(round, 'it comes to rest').toBeLessThan(8);
      before = now;
    }
  }
}

function textsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /"text":"(note [0-9]+\.)"/.exec(line)?.[1] ?? []);
}

test(`${RUNS} histories: all that was recorded is read everywhere, once, and the same`, { timeout: 900_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 40 }), async (steps) => {
      const company = new Company();
      for (const step of steps) await company.step(step);
      await company.settle();
      const read = await Promise.all(company.clones.map(async (own) => [await own.lines('42'), await own.lines('7')]));
      expect(read[1]).toEqual(read[0]);
      expect(read[2]).toEqual(read[0]);
      const texts = textsOf((read[0] ?? []).flat());
      const { recorded, gone, erased, pruned, doubtful } = company;
      const mayBeGone = ([text, session]: readonly [string, string]): boolean => pruned.has(session) || doubtful.has(text);
      const wanted = [...recorded].filter(
        (note) => !gone.has(note[0]) && !erased.has(note[0]) && (!mayBeGone(note) || texts.includes(note[0])),
      );
      expect(texts.sort()).toEqual(wanted.map(([text]) => text).sort());
      for (const refs of [company.world.remote, ...company.clones.map((own) => own.refs)])
        for (const text of erased) expect(await company.world.reaches(refs, text), `${text} is reached`).toBe(false);
    }),
    { numRuns: RUNS },
  );
});
