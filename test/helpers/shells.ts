/**
 * Real interactive shells in a pty with our integration in them, typed into command by command: the next one is typed
 * when the prompt after the last is there. And what they recorded.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeShellRecords, type SpoolRecord } from '../../src/spool/record.ts';
import { TestTerminal } from './pty.ts';
import type { TestRepository } from './repository.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof SHELLS)[number];

/** The line that a person's rc file has. */
export const LOAD: Record<ShellName, string> = {
  bash: 'eval "$(git trace shell-init bash)"',
  zsh: 'eval "$(git trace shell-init zsh)"',
  fish: 'git trace shell-init fish | source',
};

/** A prompt that counts, so that one which is only painted again is told from a new one. */
const PROMPT: Record<ShellName, string> = {
  bash: "PS1='@@$((++__prompts))@@ ' PS2='' __prompts=0\n",
  zsh: "setopt prompt_subst\nPS1='@@$((++__prompts))@@ ' PS2='' PROMPT_EOL_MARK='' __prompts=0\n",
  fish: 'function fish_greeting; end\nfunction fish_title; end\nset -g __prompts 0\nfunction fish_prompt; set -g __prompts (math $__prompts + 1); echo -n "@@$__prompts@@ "; end\n',
};

export interface ShellOptions {
  /** The rc file but for the prompt; the integration alone unless told. */
  readonly rc?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** No recorder: it would outlive the test. */
const NO_RECORDER = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'trace.recorder', GIT_CONFIG_VALUE_0: 'off' };

/** What is awaited while a typed command runs, and then typed. */
export type Meanwhile = readonly [awaited: RegExp, keys: string];

let folders = 0;

export class TestShell implements AsyncDisposable {
  readonly terminal: TestTerminal;
  readonly #name: ShellName;
  #prompts = 0;

  private constructor(name: ShellName, terminal: TestTerminal) {
    this.#name = name;
    this.terminal = terminal;
  }

  /** Starts a shell in a repository, `git trace` on its PATH, and waits for its first prompt. */
  static async start(name: ShellName, repository: TestRepository, options: ShellOptions = {}): Promise<TestShell> {
    repository.putTraceOnPath();
    const home = join(dirname(process.env['HOME'] ?? ''), `shell-${folders++}`);
    const rc = `${options.rc ?? LOAD[name]}\n${PROMPT[name]}`;
    const file = { bash: '.bashrc', zsh: '.zshrc', fish: '.config/fish/config.fish' }[name];
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), rc);
    // where these are not there a new fish makes them, in the background, for a minute
    mkdirSync(join(home, '.local/share/fish/generated_completions'), { recursive: true });
    const cwd = options.cwd ?? repository.path;
    const env = {
      ...NO_RECORDER,
      ...repository.env,
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      ZDOTDIR: home,
      PWD: cwd,
      ...options.env,
    };
    const args = name === 'zsh' ? ['-o', 'no_global_rcs', '-i'] : name === 'bash' ? ['--rcfile', join(home, file), '-i'] : ['-i'];
    const shell = new TestShell(name, new TestTerminal(name, args, { cwd, env, columns: 200 }));
    await shell.prompt();
    return shell;
  }

  /** Waits for the next prompt. */
  async prompt(): Promise<void> {
    for (;;) {
      const number = Number((await this.terminal.hear(/@@([0-9]+)@@ /))[1]);
      if (number <= this.#prompts) continue;
      this.#prompts = number;
      break;
    }
    // the others say it before the prompt: from now on the line editor has the keyboard, and nothing typed is lost
    if (this.#name === 'zsh') await this.terminal.hear(/\[\?2004h/);
  }

  /** Types a command and Enter, does what is to be done while it runs, and waits for the next prompt. */
  async type(command: string | Uint8Array, ...meanwhile: readonly Meanwhile[]): Promise<void> {
    const bytes = Buffer.from(command);
    // long lines and bytes that no key makes come as a terminal pastes them: line editors look at every key
    this.terminal.type(
      bytes.length > 500 || bytes.toString('utf8').includes('\uFFFD')
        ? Buffer.concat([Buffer.from('\x1b[200~'), bytes, Buffer.from('\x1b[201~\r')])
        : Buffer.concat([bytes, Buffer.from('\r')]),
    );
    for (const [pattern, keys] of meanwhile) {
      await this.terminal.hear(pattern);
      this.terminal.type(keys);
    }
    await this.prompt();
  }

  /** Types `exit` and waits for the end. */
  async exit(): Promise<void> {
    this.terminal.type('exit\r');
    await this.terminal.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal[Symbol.asyncDispose]();
  }
}

/** What shells recorded in a repository: of each file its records in order, and how many torn ones. */
export function shellRecords(repository: TestRepository): { records: SpoolRecord[]; bad: string[] }[] {
  const folder = repository.inGitDir('trace/spool');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^shell-.*\.rec$/.test(name)) : [];
  return names.map((name) => {
    const { found } = decodeShellRecords(readFileSync(join(folder, name)), 0, true);
    const records = found.flatMap((item) => (item.kind === 'record' ? [item.record] : []));
    return {
      records,
      bad: found.flatMap((item) => (item.kind === 'bad' ? [`${item.reason}: ${item.bytes.toString('latin1').slice(0, 300)}`] : [])),
    };
  });
}

/** The commands in a repository's spool: text, null for a private one, and exit status. */
export function typedTexts(repository: TestRepository): [text: unknown, exit: unknown][] {
  return shellRecords(repository).flatMap(({ records }) =>
    records.flatMap(({ type, payload }) =>
      type === 'command' ? [[payload['hidden'] === true ? null : payload['command'], payload['exit_code']] as [unknown, unknown]] : [],
    ),
  );
}

/** A repository that records. */
export function enable(repository: TestRepository): void {
  const { status, stderr } = repository.trace('init');
  if (status !== 0) throw new Error(stderr);
}
