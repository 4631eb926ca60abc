/**
 * What recording adds to a prompt: real bash, zsh and fish on a pty, each bare, with our integration in a repository that
 * records and outside of any, with a recorder in the way of bash-preexec, and with one that spawns a program before and
 * one after each command and keeps them in SQLite. All of a shell run side by side and take turns.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pty from '@lydell/node-pty';
import { median, sandbox } from './measure.mjs';

const ROUNDS = Number(process.env.GITTRACE_BENCH_ROUNDS ?? 60);
/** Commands typed ahead in one go: the time between keyboard and screen counts once for all of them. */
const BLOCK = 30;
/** Milliseconds that a prompt may be longer. */
const ALLOWED = 0.25;
const ALLOWED_OUTSIDE = 0.05;

const integration = (shell) => readFileSync(new URL(`../hooks/shell/trace.${shell}`, import.meta.url), 'utf8');

const PROMPT = {
  bash: "PS1='@@$((++prompts))@@ '\nbind 'set enable-bracketed-paste off'\nHISTCONTROL=ignoreboth HISTFILE=/dev/null\n",
  zsh: "setopt prompt_subst\nPS1='@@$((++prompts))@@ '\nHISTSIZE=500\n",
  fish: 'function fish_greeting; end\nfunction fish_title; end\nset -g prompts 0\nfunction fish_prompt; set -g prompts (math $prompts + 1); echo -n "@@$prompts@@ "; end\n',
};

/** bash-preexec's mechanism, with the record written by builtins: a DEBUG trap for good, the text by `$(history 1)`. */
const PREEXEC = `
__r_debug() {
  local last=$?
  [[ -n $__r_ready && -z \${COMP_LINE-} ]] || return $last
  __r_ready=''
  local text; text=$(LC_ALL=C HISTTIMEFORMAT= builtin history 1)
  printf '%s\\0' start "$text" >>"$__r_file"
  return $last
}
__r_precmd() { local last=$?; printf '%s\\0' end "$last" >>"$__r_file"; return $last; }
__r_interactive() { __r_ready=yes; }
__r_file=$HOME/preexec.rec
trap '__r_debug "$_"' DEBUG
PROMPT_COMMAND=(__r_precmd "\${PROMPT_COMMAND[@]}" __r_interactive)
`;

/** Two spawns a command: one inserts it, one says how it ended. */
const INSERT = `sqlite3 "$HOME/history.db" "insert into h(text) values ('x')"`;
const UPDATE = `sqlite3 "$HOME/history.db" "update h set code=0 where rowid=(select max(rowid) from h)"`;
const SPAWNING = {
  bash: `__s_debug() { [[ -n $__s_ready ]] || return 0; __s_ready=''; ${INSERT}; }\n__s_precmd() { ${UPDATE}; }\n__s_interactive() { __s_ready=yes; }\ntrap __s_debug DEBUG\nPROMPT_COMMAND=(__s_precmd __s_interactive)\n`,
  zsh: `preexec_functions+=(__s_pre)\nprecmd_functions+=(__s_post)\n__s_pre() { ${INSERT} }\n__s_post() { ${UPDATE} }\n`,
  fish: `function __s_pre --on-event fish_preexec; ${INSERT}; end\nfunction __s_post --on-event fish_postexec; ${UPDATE}; end\n`,
};

/** A shell in a pty that can be given a block of commands. */
class Terminal {
  #heard = '';
  #wanted = 1;
  #resolve = () => {};
  #pty;

  constructor(box, shell, rc, cwd) {
    const home = mkdtempSync(join(box.path, `${shell}-`));
    const file = join(home, { bash: '.bashrc', zsh: '.zshrc', fish: '.config/fish/config.fish' }[shell]);
    mkdirSync(join(home, '.config/fish'), { recursive: true });
    mkdirSync(join(home, '.local/share/fish/generated_completions'), { recursive: true });
    writeFileSync(file, rc + PROMPT[shell]);
    box.run('sqlite3', [join(home, 'history.db'), 'pragma journal_mode=wal; pragma synchronous=normal; create table h(text, code)']);
    const args = { bash: ['--rcfile', file, '-i'], zsh: ['-o', 'no_global_rcs', '-i'], fish: ['-i'] }[shell];
    const env = { ...box.env, HOME: home, ZDOTDIR: home, XDG_CONFIG_HOME: join(home, '.config'), TERM: 'xterm' };
    this.#pty = pty.spawn(shell, args, { cwd, env, cols: 120, rows: 30 });
    this.#pty.onData((data) => {
      this.#heard = (this.#heard + data).slice(-400);
      if (this.#heard.includes(`@@${this.#wanted}@@`)) this.#resolve();
    });
  }

  /** Waits for a prompt. */
  prompt(number) {
    this.#wanted = number;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#heard.includes(`@@${number}@@`)) resolve();
    });
  }

  /** Milliseconds for one command, from Enter to the next prompt. */
  async block(round) {
    const before = round * BLOCK + 1;
    let keys = '';
    for (let i = 0; i < BLOCK; i++) keys += `: ${round} ${i}\r`;
    const start = performance.now();
    this.#pty.write(keys);
    await this.prompt(before + BLOCK);
    return (performance.now() - start) / BLOCK;
  }

  kill() {
    this.#pty.kill('SIGKILL');
  }
}

export async function bench() {
  const rows = [];
  for (const shell of ['bash', 'zsh', 'fish']) rows.push(...(await benchShell(shell)));
  return rows;
}

async function benchShell(shell) {
  const box = sandbox(`prompt-${shell}`);
  const repository = join(box.path, 'repository');
  const outside = join(box.path, 'some/where/else');
  mkdirSync(outside, { recursive: true });
  box.git('init', '-q', repository);
  box.trace(repository, 'init');
  // it would take its turns too
  rmSync(join(repository, '.git/trace/recorder-start'), { force: true });
  const ours = integration(shell);
  const kinds = {
    bare: ['', repository],
    ours: [ours, repository],
    outside: [ours, outside],
    ...(shell === 'bash' ? { preexec: [PREEXEC, repository] } : {}),
    spawning: [SPAWNING[shell], repository],
  };
  const terminals = Object.entries(kinds).map(([kind, [rc, cwd]]) => ({ kind, terminal: new Terminal(box, shell, rc, cwd) }));
  const added = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  try {
    for (const { terminal } of terminals) await terminal.prompt(1);
    for (let round = 0; round < ROUNDS + 3; round++) {
      const times = {};
      // each begins a round in turn
      const order = terminals.map((_, i) => terminals[(i + round) % terminals.length]);
      for (const { kind, terminal } of order) times[kind] = await terminal.block(round);
      if (round < 3) continue;
      for (const kind of Object.keys(kinds)) added[kind].push(times[kind] - times.bare);
    }
  } finally {
    for (const { terminal } of terminals) terminal.kill();
    box.remove();
  }
  const of = (kind) => median(added[kind]);
  const row = (what, subject, baseline, target) => ({
    id: 'p',
    what: `${shell}: ${what}`,
    unit: 'us',
    subject,
    baseline,
    ratio: subject / baseline,
    target,
  });
  return [
    row('added to a prompt ÷ the 250 µs allowed', of('ours'), ALLOWED, 1),
    row('added to a prompt ÷ by two spawns and SQLite', of('ours'), of('spawning'), 0.05),
    ...(shell === 'bash' ? [row("added to a prompt ÷ in bash-preexec's way", of('ours'), of('preexec'), 1)] : []),
    row('added to a prompt outside a repository ÷ the 50 µs allowed', of('outside'), ALLOWED_OUTSIDE, 1),
  ];
}
