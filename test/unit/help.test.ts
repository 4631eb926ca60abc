/** All commands speak alike: one grammar for summaries, help that fits a terminal, the same words wherever they stand. */
import { describe, expect, test } from 'vitest';
import { helpText } from '../../src/cli/command.ts';
import { COMMANDS, overview } from '../../src/cli/commands/index.ts';

const WIDE = 120;

describe.each(Object.entries(COMMANDS))('%s', (name, entry) => {
  test('says the same in the list and by itself', async () => {
    const command = await entry.load();
    expect(command.name).toBe(name);
    expect(command.summary).toBe(entry.summary);
    for (const usage of command.usage) expect(usage).toMatch(new RegExp(`^${name}( |$)`));
    for (const [line] of command.examples) expect(line).toContain(`git trace ${name}`);
  });

  test('is told in lower case without a full stop, in lines that fit', async () => {
    const command = await entry.load();
    const summaries = [command.summary, ...Object.values(command.options).map(({ summary }) => summary)];
    expect(summaries.filter((summary) => !/^[^A-Z].*[^.]$/.test(summary))).toEqual([]);
    expect(command.description).toMatch(/^[A-Z].*\.$/s);
    expect(
      helpText(command)
        .split('\n')
        .filter((line) => line.length > WIDE),
    ).toEqual([]);
  });
});

test('the list fits too, and leaves out what is not for people', () => {
  expect(
    overview()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
  expect(overview()).not.toMatch(/^ {2}hook /m);
});
