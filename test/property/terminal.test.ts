/** Law: whatever events say, a terminal gets text and our own colours, and nothing else (R72). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { clip, clipPath, displayWidth, wrap } from '../../src/replay/display-width.ts';
import { allLines, tellingLines } from '../../src/replay/output-lines.ts';
import { jsonForTerminal, terminalText } from '../../src/replay/terminal-text.ts';
import { traceText } from '../../src/replay/text.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';

/** Controls of 7 and 8 bits, direction, separators, halves of characters; zero-width joiners are judged by their place. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u200B\u2060-\u2064\uFEFF\u00AD\u{E0000}-\u{E007F}]/u;

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '\u001b[2J',
          '\u001b]52;c;aGk=\u0007',
          '\u001b]8;;x\u001b\\',
          '\u009b31m',
          '\r',
          '\b',
          '\n',
          '\t',
          '\0',
          '\u007f',
          '\u202e',
          '\u2066',
        ],
        ...[
          '\u200d',
          '\u200c',
          '\ufe0f',
          '\ufeff',
          '\ud83d',
          '\udc68',
          '👨',
          '👩',
          '❤',
          '漢',
          'e',
          '\u0301',
          'ع',
          'क',
          '्',
          ' ',
          'word',
          '@me',
          '\u2028',
        ],
      ),
      { maxLength: 30 },
    )
    .map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

describe('terminalText', () => {
  it('leaves nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(terminalText(text)).not.toMatch(FORBIDDEN);
        expect(terminalText(text, true).replaceAll(/[\n\t]/g, '')).not.toMatch(FORBIDDEN);
      }),
    );
  });

  it('is idempotent: what is harmless stays as it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(terminalText(terminalText(text))).toBe(terminalText(text));
        expect(terminalText(terminalText(text, true), true)).toBe(terminalText(text, true));
      }),
    );
  });

  it('guards what is picked from outputs', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of [...tellingLines(text, 6), ...tellingLines(`Error: ${text}`, 6), ...allLines(text)])
          expect(line).not.toMatch(FORBIDDEN);
      }),
    );
  });
});

describe('widths', () => {
  it('hold for what is clipped and wrapped', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 40 }), (raw, columns) => {
        const text = terminalText(raw, true);
        const line = terminalText(raw);
        expect(displayWidth(clip(line, columns))).toBeLessThanOrEqual(columns);
        expect(displayWidth(clipPath(line, columns))).toBeLessThanOrEqual(columns);
        if (displayWidth(line) <= columns) expect(clip(line, columns)).toBe(line);
        for (const wrapped of wrap(text, columns)) expect(displayWidth(wrapped)).toBeLessThanOrEqual(columns);
        expect(wrap(text, columns).join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \n\t]/g, ''));
      }),
    );
  });
});

describe('jsonForTerminal', () => {
  it('says the same JSON', () => {
    fc.assert(
      fc.property(fc.array(hostile), (value) => {
        const json = JSON.stringify(value, null, 2);
        expect(JSON.parse(jsonForTerminal(json))).toEqual(value);
        expect(jsonForTerminal(json).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
      }),
    );
  });
});

const text = hostile.map((raw) => raw.toWellFormed());
const anything = fc.oneof(
  text,
  fc.integer(),
  fc.constant(null),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.record({ name: text, path: text, ref: text, old: text, new: text, message: text }),
);
const members = [
  ...[
    'text',
    'command',
    'cwd',
    'file',
    'old_file',
    'message',
    'sha',
    'branch',
    'status',
    'reason',
    'target',
    'title',
    'pr_id',
    'head',
    'base',
    'tool',
  ],
  ...[
    'framework',
    'suite',
    'stdout_sample',
    'stderr_sample',
    'signal',
    'job',
    'workflow',
    'run_url',
    'conclusion',
    'remote',
    'tool_name',
    'dropped',
  ],
  ...['command_preview', 'diff_snippet', 'change_summary', 'kind'],
];
const payload = fc.oneof(
  fc.record(Object.fromEntries(members.map((name) => [name, text])), { requiredKeys: [] }),
  fc.dictionary(fc.oneof(fc.constantFrom(...members, 'refs', 'files', 'failures', 'map', 'redaction'), text), anything),
  fc.record({ developer: fc.record({ user_id: text, os: text }), tool: text, kind: fc.constantFrom('agent', 'ci', 'shell') }),
  fc.record({ passed: fc.nat(3), failed: fc.nat(3), failures: fc.array(anything), framework: text, suite: text }),
  fc.record({
    sha: text,
    files: fc.array(anything),
    message: text,
    refs: fc.array(anything),
    map: fc.array(anything),
    exit_code: fc.constantFrom(0, 1),
  }),
);
const types = [
  ...[
    'session_started',
    'session_ended',
    'command',
    'test',
    'commit',
    'push',
    'edit',
    'annotation',
    'prompt',
    'tool_call',
    'ci_run',
    'pr_linked',
  ],
  ...['pr_updated', 'checkout', 'merge', 'rewrite', 'navigation', 'environment', 'later'],
];
const parts = fc.array(
  fc.tuple(
    fc.constantFrom('s', 'local-1', 'agent'),
    fc.array(fc.record({ at: fc.integer({ min: 0, max: 100_000_000 }), type: fc.constantFrom(...types), payload }), { maxLength: 12 }),
  ),
  { maxLength: 3 },
);

describe('the text of a hostile trace', () => {
  it('is lines of text and our own colours, none wider than the terminal', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 40, max: 120 }), fc.boolean(), fc.boolean(), (sessions, columns, all, patch) => {
        const given = sessions.map(
          ([session, events], i): SessionPart => ({
            session,
            writer: `00112233445566a${i}`,
            firstSeq: 1,
            lines: [...events.map((event) => lineOf(session, event.at, event.type, event.payload)), '\u001b[2J'],
          }),
        );
        const ordered = mergeSessions(given, sha256);
        const head = foldHead('heads/%1B[2J', ordered, sha256);
        const options = { columns, color: true, all, patch, unread: [{ path: '\u001b[2J', reason: '\u202e' }] };
        for (const line of traceText('heads/%1B[2J', head, timelineOf(ordered), options)) {
          const plain = line.replaceAll(/\u001b\[(?:0|1|2|31|32|33|34|35|36)m/g, '');
          expect(plain).not.toMatch(FORBIDDEN);
          expect(displayWidth(plain)).toBeLessThanOrEqual(columns);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('a long text is as wide as its characters, wherever it is looked at in parts', () => {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const piece = fc.constantFrom('a', 'é', 'e\u0301', '界', '👩‍👩‍👧‍👦', '🇩🇪', '🇫', '한', 'ᄒ', 'ᅡ', '\u0316', '👍🏽', 'نا', ' ');
  fc.assert(
    fc.property(fc.array(piece, { minLength: 200, maxLength: 700 }), (pieces) => {
      const text = pieces.join('');
      const apart = [...graphemes.segment(text)].reduce((sum, { segment }) => sum + displayWidth(segment), 0);
      expect(displayWidth(text)).toBe(apart);
      expect(wrap(text, 40).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
    { numRuns: 60 },
  );
});

it('no character is cut off from what a reader sees as one with it', () => {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (let code = 0x20; code < 0xfffe; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const one = String.fromCharCode(code);
    const text = `${one}a${one}é${one}✓${one}`;
    const seen = [...graphemes.segment(text)];
    // one that no line of two columns could hold is cut into its parts
    if (seen.some(({ segment }) => displayWidth(segment) > 2)) continue;
    const ends = new Set([0, ...seen.map(({ index, segment }) => index + segment.length)]);
    for (let columns = 1; columns < 9; columns++) {
      const kept = clip(text, columns);
      if (!ends.has(kept === text ? text.length : kept.length - 1)) expect.fail(`U+${code.toString(16)}: ${JSON.stringify(kept)}`);
    }
  }
});
