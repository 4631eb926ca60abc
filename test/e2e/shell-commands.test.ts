/** Six hundred commands typed into each real shell: every one is recorded once, as it was typed, in order. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { enable, LOAD, SHELLS, shellRecords, TestShell } from '../helpers/shells.ts';
import { skipUnless } from '../helpers/skip.ts';
import { type Typed, typedCommands } from '../helpers/typed-commands.ts';

const COUNT = 600;
const RC = {
  bash: `HISTCONTROL=ignoreboth HISTSIZE=500\n${LOAD.bash}`,
  zsh: `setopt hist_ignore_space no_bg_nice\n${LOAD.zsh}`,
  fish: LOAD.fish,
};

for (const name of SHELLS) {
  skipUnless(hasProgram(name), `${name} is not installed`)(
    `${name}: ${COUNT} commands`,
    async () => {
      const repository = TestRepository.create();
      repository.writeFile('sub/x', '');
      repository.writeFile('plain-file', '#!/bin/sh\n');
      chmodSync(join(repository.path, 'plain-file'), 0o644);
      enable(repository);
      const commands = typedCommands(name, COUNT);
      await using shell = await TestShell.start(name, repository, { rc: RC[name] });
      for (const { keys, meanwhile = [] } of commands) await shell.type(keys, ...meanwhile);
      await shell.exit();

      const [file, ...others] = shellRecords(repository);
      expect(others).toEqual([]);
      expect(file?.bad).toEqual([]);
      const seen = (file?.records ?? []).filter(({ type }) => type === 'command').map(({ payload }) => payload);
      const wanted = commands.filter(({ text }) => text !== undefined).map(payloadOf);
      wanted.push({ command: 'exit', exit_code: expect.any(Number) });
      for (const [i, payload] of wanted.entries()) expect(short(seen[i]), `command ${i}`).toMatchObject(short(payload));
      expect(seen).toHaveLength(wanted.length);
      expect(file?.records.at(-1)?.type).toBe('session_ended');
      for (const { ts, session } of file?.records ?? []) {
        expect(session?.id).toMatch(new RegExp(`^${name}-[0-9.]+-${shell.terminal.pid}-[0-9]+$`));
        expect(Math.abs(Date.parse(ts ?? '') - Date.now())).toBeLessThan(600_000);
      }

      // and once through the journal: the same commands, nothing doubled, the cut ones say of what
      const shown = repository.trace('show', '--ndjson');
      const events = shown.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events[0]).toMatchObject({
        type: 'session_started',
        payload: { kind: 'shell', tool: expect.stringMatching(`^${name} [0-9.]+$`) },
      });
      expect(events.filter(({ type }) => type === 'command')).toHaveLength(wanted.length);
      const long = events.filter(({ payload }) => payload.truncated === true);
      expect(long).toHaveLength(commands.filter(({ shape }) => shape === 'longest line').length);
      for (const { payload } of long)
        expect(payload).toMatchObject({ command_length: 65_538 - 6 + 4, command_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    },
    120_000,
  );
}

function payloadOf({ text, exit, pipe }: Typed): Record<string, unknown> {
  const told = { exit_code: exit, ...(pipe === undefined ? {} : { pipe_status: pipe }) };
  if (text === null) return { command: '', hidden: true, ...told };
  const bytes = Buffer.from(text ?? '');
  const command = bytes.toString('utf8');
  return { command, ...(Buffer.from(command).equals(bytes) ? {} : { command_bytes: 'e9' }), ...told };
}

/** Long texts make a difference unreadable. */
function short(payload: Record<string, unknown> | undefined): Record<string, unknown> {
  const { command, duration_ms: _, ...rest } = payload ?? {};
  return typeof command === 'string' && command.length > 200
    ? { ...rest, command: command.slice(0, 40), length: command.length }
    : { ...rest, command };
}
