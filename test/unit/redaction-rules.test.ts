/**
 * Every rule by itself: it says where it is from, finds what is drawn from it and not what is cut short, its probes stand
 * in all that it matches, and no text of 200 KB makes it slow.
 */
import { describe, expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';
import { parseExpression } from '../../src/core/redaction/expression.ts';
import { Finder } from '../../src/core/redaction/find.ts';
import { Probes } from '../../src/core/redaction/probes.ts';
import type { RedactionRule } from '../../src/core/redaction/rule.ts';
import { RULES } from '../../src/core/redaction/rules.ts';
import { VENDOR_RULES } from '../../src/core/redaction/vendor-rules.ts';
import { workOf } from '../../src/core/redaction/work.ts';
import { seeded } from '../helpers/chance.ts';
import { COMMON_HOSTILE, drawText, fill, hostileTexts } from '../helpers/expression-text.ts';

const partOf = ({ pattern }: RedactionRule) => parseExpression(pattern.source, pattern.ignoreCase);
const named = (rules: readonly RedactionRule[]): [string, RedactionRule][] => rules.map((rule, i) => [`${rule.kind} (${i + 1})`, rule]);

/** Steps that one of our own rules may take from one place; some look through a whole command line for an option. */
const OWN_WORK = 30_000_000;
/** Milliseconds for 200 KB. Ours take about 20; an expression without bounds takes a minute. */
const PATIENCE = 4_000;

test('a rule says its kind, its source and its terms, and is global', () => {
  for (const { kind, source, licence, pattern } of RULES) {
    expect(kind).toMatch(/^[a-z][a-z0-9-]{0,40}$/);
    expect(source).not.toBe('');
    expect(licence).not.toBe('');
    expect(pattern.global).toBe(true);
  }
});

describe('what is drawn from a rule', () => {
  test.each(named(RULES))('%s: is found by its probes', (_, rule) => {
    const probes = new Probes([rule.probes]);
    const chance = seeded(11);
    const finder = new Finder({ rules: [{ ...rule, probes: [] }], needles: [], allow: [], onStep: () => {} });
    let matched = 0;
    for (let i = 0; i < 200; i++) {
      const drawn = drawText(partOf(rule), chance);
      // lookarounds refuse some of what is drawn
      if (finder.redact(drawn).kinds.length === 0) continue;
      matched++;
      expect(probes.find(drawn), drawn).toEqual([0]);
    }
    // a name that is drawn is seldom that of a secret: redaction-cases.test.ts has those by hand
    if (rule.accepts === undefined) expect(matched).toBeGreaterThan(5);
  });

  const redactor = makeRedactor();
  test.each(named(VENDOR_RULES))('%s: is taken out, and is not once it is cut short', (_, rule) => {
    const chance = seeded(5);
    const alone = makeRedactor({ rules: [rule] });
    let [found, short] = [0, 0];
    for (let i = 0; i < 40; i++) {
      const secret = drawText(partOf(rule), chance);
      if (redactor.text(`before ${secret} behind`).text.includes('«redacted:')) found++;
      // a third of it fits no rule of this kind any more
      const part = secret.slice(0, Math.floor(secret.length / 3));
      if (alone.text(`before ${part} behind`).kinds.includes(rule.kind)) short++;
    }
    expect(found).toBeGreaterThanOrEqual(39);
    if (rule.kind !== 'private-key' && rule.kind !== 'jwt')
      expect(short).toBeLessThanOrEqual(rule.pattern.source.includes('{10,') ? 20 : 4);
  });
});

describe('no text makes a rule slow', () => {
  test.each(named(RULES))('%s: its work has a bound', (_, rule) => {
    expect(workOf(partOf(rule))).toBeLessThan(OWN_WORK);
  });

  test('200 KB of hostile texts for each rule', { timeout: 120_000 }, () => {
    const chance = seeded(9);
    const slow: string[] = [];
    for (const rule of RULES) {
      const texts = [...COMMON_HOSTILE.map((text) => fill(text, 200_000)), ...hostileTexts(partOf(rule), chance, 200_000).slice(0, 12)];
      for (const text of texts) {
        const began = performance.now();
        rule.pattern.lastIndex = 0;
        for (let found = rule.pattern.exec(text); found !== null && found[0] !== ''; found = rule.pattern.exec(text));
        const took = performance.now() - began;
        if (took > PATIENCE) slow.push(`${rule.kind}: ${took.toFixed(0)} ms for ${JSON.stringify(text.slice(0, 80))}`);
      }
    }
    expect(slow).toEqual([]);
  });

  test('hostile texts come to rest: none is dropped', { timeout: 60_000 }, () => {
    const chance = seeded(13);
    const redactor = makeRedactor();
    const texts = RULES.flatMap((rule) => hostileTexts(partOf(rule), chance, 4_000).slice(0, 6));
    const dropped = [...texts, ...COMMON_HOSTILE.map((text) => fill(text, 4_000))].filter((text) =>
      redactor.text(text).kinds.includes('failed'),
    );
    expect(dropped.map((text) => text.slice(0, 80))).toEqual([]);
  });

  test('the gate shuts: expressions whose work has no bound, or none worth the name', () => {
    const work = (source: string): number => workOf(parseExpression(source, false));
    expect(() => work('(?:a+)+b')).toThrow(/no upper bound/);
    expect(() => work('a{3,}b')).toThrow(/no upper bound/);
    expect(() => work('(?:a?){1,9}b')).toThrow(/may be empty/);
    expect(work('(?:a{1,20}){1,20}b')).toBeGreaterThan(OWN_WORK);
    expect(work('(?:a|a){1,30}b')).toBeGreaterThan(OWN_WORK);
    expect(work('(?:a|aa){1,40}$')).toBeGreaterThan(OWN_WORK);
    // what cannot be confused costs what it is long
    expect(work('(?:[a-z]{1,20}-){0,4}[0-9]{8}')).toBeLessThan(2_000);
  });
});
