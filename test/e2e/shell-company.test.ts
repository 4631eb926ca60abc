/** Beside what else people have in their shells: prompt tools, options, traps. All is recorded, and nothing of theirs is changed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { enable, LOAD, SHELLS, type ShellName, shellRecords, TestShell, typedTexts } from '../helpers/shells.ts';
import { skipUnless } from '../helpers/skip.ts';

/** Commands whose records are checked, the last of them private. */
const TYPED: readonly [keys: string, text: string | null, exit: number][] = [
  ['echo one', 'echo one', 0],
  ["sh -c 'exit 7'", "sh -c 'exit 7'", 7],
  ['echo a | cat', 'echo a | cat', 0],
  ['(exit 5)', '(exit 5)', 5],
  [' echo private', null, 0],
];

async function typedInto(shell: TestShell, typed = TYPED): Promise<void> {
  for (const [keys] of typed) await shell.type(keys);
}

const wantedOf = (typed = TYPED): unknown[] => typed.map(([, text, exit]) => [text, exit]);

/** bash-preexec's mechanism: a DEBUG trap for good, and both ends of PROMPT_COMMAND. */
const PREEXEC = `
__bp_ready=''
__bp_debug() { if [[ -n $__bp_ready && -z \${COMP_LINE-} ]]; then __bp_ready=''; __bp_ran=$((__bp_ran + 1)); fi; }
__bp_precmd() { local status=$?; __bp_statuses+="$status "; return $status; }
__bp_interactive() { __bp_ready=yes; }
trap '__bp_debug "$_"' DEBUG
PROMPT_COMMAND=(__bp_precmd "\${PROMPT_COMMAND[@]}" __bp_interactive)
`;
/** starship's, and oh-my-posh's: the time from PS0, PS1 made anew at each prompt, with the status. */
const STARSHIP = `
PS0='\${__sh_start:$((__sh_start=\${EPOCHREALTIME//[!0-9]/},0)):0}'"\${PS0-}"
__sh_precmd() { __sh_seen+="$? "; __sh_pipes+="\${PIPESTATUS[*]}; "; }
PROMPT_COMMAND+=(__sh_precmd)
`;

const bash = skipUnless(hasProgram('bash'), 'bash is not installed');

describe('bash', () => {
  const H = 'HISTCONTROL=ignoreboth\n';
  const companies: Record<string, string> = {
    'a DEBUG trap of bash-preexec, before': `${H}${PREEXEC}\n${LOAD.bash}`,
    'a DEBUG trap of bash-preexec, after': `${H}${LOAD.bash}\n${PREEXEC}`,
    'starship, before': `${H}${STARSHIP}\n${LOAD.bash}`,
    'starship, after': `${H}${LOAD.bash}\n${STARSHIP}`,
    'PS0 taken by another': `${H}${LOAD.bash}\nPS0=''`,
    'a string in PROMPT_COMMAND': `${H}PROMPT_COMMAND='x=$?; : "$x"'\n${LOAD.bash}`,
    'PROMPT_COMMAND set behind us': `${H}${LOAD.bash}\nPROMPT_COMMAND='x=$?; : "$x"'`,
    'an array that is added to': `${H}PROMPT_COMMAND=(true)\n${LOAD.bash}\nPROMPT_COMMAND+=(true false)`,
    'set -u': `${H}${LOAD.bash}\nset -u`,
    'odd IFS': `${H}${LOAD.bash}\nIFS=0123456789gt`,
    noclobber: `${H}${LOAD.bash}\nset -C`,
    'nullglob, failglob, nocasematch': `${H}${LOAD.bash}\nshopt -s nullglob nocasematch extglob`,
    extdebug: `${H}${LOAD.bash}\nshopt -s extdebug`,
    'set -T': `${H}${LOAD.bash}\nset -T`,
    posix: `${H}${LOAD.bash}\nset -o posix`,
    'times in history': `${H}HISTTIMEFORMAT='%F %T '\n${LOAD.bash}`,
    'a short history': `${H}HISTSIZE=2\n${LOAD.bash}`,
    erasedups: `HISTCONTROL=ignorespace:erasedups\n${LOAD.bash}`,
    'no cmdhist': `${H}shopt -u cmdhist\n${LOAD.bash}`,
    'loaded twice': `${H}${LOAD.bash}\n${LOAD.bash}`,
    'a terminal that is not UTF-8': `${H}LC_ALL=C\n${LOAD.bash}`,
    direnv: `${H}${LOAD.bash}\neval "$(direnv hook bash)"`,
    'direnv, before': `${H}eval "$(direnv hook bash)"\n${LOAD.bash}`,
    // what bash 4.4 and 5.0 lack; their own behaviour is not to be had here
    'no EPOCHREALTIME': `${H}unset EPOCHREALTIME\n${LOAD.bash}`,
    'one string for prompt commands': `${H}PROMPT_COMMAND='x=$?'\n${LOAD.bash.replace('bash)"', 'bash | sed s/501/999/)"')}`,
  };
  for (const [name, rc] of Object.entries(companies))
    bash(name, async () => {
      const repository = TestRepository.create();
      enable(repository);
      await using shell = await TestShell.start('bash', repository, { rc });
      await typedInto(shell);
      expect(typedTexts(repository)).toEqual(wantedOf());
      expect(shell.terminal.text()).not.toMatch(/gittrace|command not found|unbound|syntax error/);
    });

  bash('set -e: the shell dies of its own commands only', async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start('bash', repository, { rc: `${LOAD.bash}\nset -e` });
    for (const command of ['echo one', 'true | true', '', ' echo private', 'cd .']) await shell.type(command);
    shell.terminal.type('false\r');
    expect((await shell.terminal.ended).code).toBe(1);
    expect(typedTexts(repository).map(([text]) => text)).toEqual([
      'echo one',
      'true | true',
      ' echo private'.trim() && null,
      'cd .',
      'false',
    ]);
  });

  bash('what prompt code and commands see is theirs: $?, PIPESTATUS, $_, BASH_REMATCH, options, traps, history', async () => {
    const see =
      'printf "%s|" "$?" "${PIPESTATUS[*]}" "$_" "${BASH_REMATCH[*]}" "$-" >>seen.txt; trap -p EXIT >>seen.txt; history | wc -l >>seen.txt';
    const runs: string[] = [];
    for (const load of ['', LOAD.bash]) {
      const repository = TestRepository.create();
      enable(repository);
      const rc = `HISTCONTROL=ignoreboth HISTFILE=/dev/null\n${load}\nPROMPT_COMMAND='printf "%s:" "$?" "\${PIPESTATUS[@]}" "$_" >>seen.txt'`;
      await using shell = await TestShell.start('bash', repository, { rc });
      for (const command of [
        'echo a b',
        'false | true | false',
        '[[ abc =~ b(c) ]]',
        see,
        'echo "$_" >>seen.txt',
        '(exit 9)',
        'true last',
        ' echo "$?$_" >>seen.txt',
        '',
      ])
        await shell.type(command);
      runs.push(repository.readFile('seen.txt').replace(/trap --.*\n/, ''));
    }
    expect(runs[1]).toBe(runs[0]);
  });

  bash("a person's own traps go on: EXIT is chained to, DEBUG and ERR are left alone", async () => {
    const repository = TestRepository.create();
    enable(repository);
    const rc = `${LOAD.bash}\ntrap 'echo "their exit $?" >>traps.txt' EXIT\ntrap 'echo err >>traps.txt' ERR`;
    await using shell = await TestShell.start('bash', repository, { rc });
    for (const command of [
      'echo one',
      'false',
      "trap 'n=$((n+1))' DEBUG",
      'echo two',
      'echo three',
      'trap - DEBUG',
      'echo "$n" >>traps.txt',
    ])
      await shell.type(command);
    shell.terminal.type('exit 4\r');
    expect((await shell.terminal.ended).code).toBe(4);
    const [err, count, exit] = repository.readFile('traps.txt').trimEnd().split('\n');
    expect([err, exit]).toEqual(['err', 'their exit 4']);
    expect(Number(count)).toBeGreaterThan(2);
    expect(typedTexts(repository).map(([, code]) => code)).toEqual([0, 1, 0, 0, 0, 0, 0, 4]);
    expect(shellRecords(repository)[0]?.records.at(-1)?.type).toBe('session_ended');
  });

  bash('PROMPT_COMMAND replaced by hand: the next command is recorded again', async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start('bash', repository);
    for (const command of ['echo one', "PROMPT_COMMAND=(': mine')", 'echo two', 'unset PROMPT_COMMAND', 'echo three', 'echo four'])
      await shell.type(command);
    expect(typedTexts(repository)).toEqual([
      ['echo one', 0],
      ["PROMPT_COMMAND=(': mine')", null],
      ['echo two', 0],
      ['unset PROMPT_COMMAND', null],
      ['echo three', 0],
      ['echo four', 0],
    ]);
  });

  bash('a bash that is too old says so, once, and does nothing', () => {
    const repository = TestRepository.create();
    const { stdout } = repository.trace('shell-init', 'bash');
    writeFileSync(join(repository.path, 'rc'), stdout.replace('< 404', '< 9999'));
    const { stdout: out, stderr } = repository.run('bash', [
      '--rcfile',
      'rc',
      '-i',
      '-c',
      'declare -F; echo "[$PS0$PROMPT_COMMAND]"; trap',
    ]);
    expect(stderr.match(/^git trace: .*$/gm)).toEqual([expect.stringMatching(/^git trace: bash [0-9.]+.* is too old to record commands/)]);
    expect(out).toBe('[]\n');
  });
});

describe('zsh and fish', () => {
  const companies: [ShellName, string, string][] = [
    ['zsh', 'sh_word_split, ksh_arrays, no_unset, err_return', 'setopt ksh_arrays sh_word_split no_unset err_return glob_subst no_clobber'],
    ['zsh', 'odd IFS', 'IFS=0123456789gt'],
    ['zsh', 'hooks of others', 'autoload -Uz add-zsh-hook\nmine() { false }\nadd-zsh-hook precmd mine\nadd-zsh-hook preexec mine'],
    ['zsh', 'direnv', 'eval "$(direnv hook zsh)"'],
    ['fish', 'direnv', 'direnv hook fish | source'],
    ['fish', 'hooks of others', 'function mine --on-event fish_postexec; false; end\nfunction before --on-event fish_preexec; false; end'],
  ];
  for (const [name, what, rc] of companies)
    skipUnless(hasProgram(name), `${name} is not installed`)(`${name}: ${what}`, async () => {
      const repository = TestRepository.create();
      enable(repository);
      await using shell = await TestShell.start(name, repository, { rc: `${LOAD[name]}\n${rc}` });
      const typed = name === 'fish' ? TYPED.filter(([keys]) => !keys.startsWith('(')) : TYPED;
      await typedInto(shell, typed);
      expect(typedTexts(repository)).toEqual(wantedOf(typed));
      expect(shell.terminal.text()).not.toMatch(/gittrace/);
    });

  for (const name of SHELLS)
    skipUnless(hasProgram(name), `${name} is not installed`)(`${name}: nothing of ours is seen under tracing`, async () => {
      const repository = TestRepository.create();
      enable(repository);
      await using shell = await TestShell.start(name, repository);
      for (const command of name === 'fish' ? ['set fish_trace 1', 'echo one', 'set -e fish_trace'] : ['set -x', 'echo one', 'set +x'])
        await shell.type(command);
      if (name !== 'fish') expect(shell.terminal.text()).not.toMatch(/gittrace/);
      expect(typedTexts(repository).map(([text]) => text)).toContain('echo one');
    });
});

skipUnless(hasProgram('tmux') && hasProgram('bash'), 'tmux or bash is not installed')(
  'in tmux: a pane is a shell like any other',
  async () => {
    const repository = TestRepository.create();
    enable(repository);
    repository.putTraceOnPath();
    const rc = join(repository.path, '..', 'rc');
    writeFileSync(rc, `${LOAD.bash}\n`);
    const tmux = (...args: string[]): string => {
      const { stdout, stderr, status } = repository.run('tmux', ['-L', `gittrace-${process.pid}`, '-f', '/dev/null', ...args]);
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    tmux('new-session', '-d', `bash --rcfile '${rc}' -i`);
    try {
      tmux('send-keys', `false || echo in tmux; tmux -L gittrace-${process.pid} wait-for -S ran`, 'Enter', 'exit', 'Enter');
      tmux('wait-for', 'ran');
      const ended = (): boolean => shellRecords(repository).some(({ records }) => records.at(-1)?.type === 'session_ended');
      await expect.poll(ended, { timeout: 10_000 }).toBe(true);
    } finally {
      repository.run('tmux', ['-L', `gittrace-${process.pid}`, 'kill-server']);
    }
    expect(String(typedTexts(repository)[0]?.[0])).toContain('echo in tmux');
  },
);
