/** Hooks in agents' settings: put in without touching a byte of what stood there, and taken out to the last one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hookCommand, settingsOf } from '../../src/capture/agents/settings.ts';
import { withAdditions, withoutAdditions, withoutMarked } from '../../src/capture/agents/settings-text.ts';
import { readTree, valueAt } from '../../src/capture/agents/settings-tree.ts';
import { AGENTS } from '../../src/capture/agents/told.ts';

const BEFORE = [
  '{}',
  '{}\n',
  '{\n}\n',
  '{ "hooks": {} }',
  '{"permissions":{"allow":["Bash(ls)"]},"model":"opus"}',
  '{\n  "permissions": {\n    "allow": []\n  }\n}\n',
  '{\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{ "hooks": [{ "type": "command", "command": "say done" }] }\n\t\t]\n\t}\n}',
  '// mine\n{\n  /* a "hooks": of no account */\n  "theme": "dark", // the best\n  "hooks": {\n    "SessionStart": [],\n  },\n}\n',
  '{\r\n  "a": 1\r\n}\r\n',
  '\uFEFF{\n    "version": 1,\n    "hooks": { "stop": [{ "command": "x" }] }\n}',
];

describe.each(AGENTS)('%s', (agent) => {
  const { additions } = settingsOf(agent);

  test.each(BEFORE)('%j comes back as it was', (text) => {
    const added = withAdditions(text, additions);
    expect(added?.text).not.toBe(text);
    expect(readTree(added?.text ?? '')).toBeDefined();
    expect(withoutAdditions(added?.text ?? '', added?.pieces ?? [])).toBe(text);
  });

  test.each(BEFORE)('%j keeps all that it says, and each event has our hook', (text) => {
    const added = withAdditions(text, additions)?.text ?? '';
    const root = readTree(added);
    for (const { path, item } of additions) {
      if (item === undefined) continue;
      const list = valueAt(root, ...path);
      const last = list?.items.at(-1)?.value;
      expect(JSON.parse(added.slice(last?.start, last?.end))).toEqual(item);
      expect(added).toContain(JSON.stringify(hookCommand(agent, path.at(-1) ?? '')));
    }
  });

  test.each(BEFORE)('%j, rewritten by the agent since, loses our hooks and nothing else', (text) => {
    const added = withAdditions(text, additions)?.text ?? '';
    if (added.includes('//') || added.startsWith('\uFEFF')) return;
    const rewritten = JSON.stringify({ ...JSON.parse(added), added: ['since'] }, null, 4);
    const rest = JSON.parse(withoutAdditions(rewritten, ['a piece that is not there']));
    const expected = JSON.parse(text);
    const { hooks = {}, version: _v, ...others } = rest;
    const { hooks: hooksBefore = {}, version: _w, ...othersBefore } = expected;
    expect(others).toEqual({ ...othersBefore, added: ['since'] });
    expect(hooks).toEqual(hooksBefore);
  });

  test('a file that was not there is JSON, and holds nothing else', () => {
    const made = withAdditions(undefined, additions);
    expect(made?.pieces).toEqual([made?.text]);
    expect(JSON.parse(made?.text ?? '')).toHaveProperty('hooks');
  });
});

test('what is no JSON is left alone', () => {
  for (const text of [
    '{',
    '[]',
    'hooks: {}',
    '{"hooks": []}',
    '{"hooks": {"SessionStart": {}}}',
    '{"a": 1} {"b": 2}',
    '{"a" 1}',
    "{'a': 1}",
  ])
    expect(withAdditions(text, settingsOf('claude-code').additions)).toBeUndefined();
});

test('an entry that holds another command too loses ours alone', () => {
  const ours = JSON.stringify({ type: 'command', command: hookCommand('claude-code', 'Stop') });
  const text = `{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"mine"}, ${ours}]}]}}`;
  expect(withoutMarked(text)).toBe('{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"mine"}]}]}}');
});

test('whatever JSON stands there comes back as it was', () => {
  const { additions } = settingsOf('codex');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.constantFrom(undefined, 2, 4, '\t'), (value, indent) => {
      const text = JSON.stringify({ ...value, hooks: { Other: [1] } }, null, indent);
      const added = withAdditions(text, additions);
      expect(withoutAdditions(added?.text ?? '', added?.pieces ?? [])).toBe(text);
      expect(JSON.parse(added?.text ?? '')).toMatchObject(JSON.parse(text));
    }),
  );
});
