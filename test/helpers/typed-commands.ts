/** Commands of some thirty shapes to type into a shell, with what is to be recorded of each. */
import type { Meanwhile, ShellName } from './shells.ts';

export interface Typed {
  readonly shape: string;
  readonly keys: string | Uint8Array;
  /** The text that is recorded, null for a private one; undefined where nothing is. */
  readonly text: string | Uint8Array | null | undefined;
  readonly exit: number;
  readonly pipe?: readonly number[];
  readonly meanwhile?: readonly Meanwhile[];
}

type Shape = (n: number) => Omit<Typed, 'shape'> | readonly Omit<Typed, 'shape'>[];

const plain = (text: string, exit = 0, pipe?: readonly number[]): Omit<Typed, 'shape'> => ({
  keys: text,
  text,
  exit,
  ...(pipe === undefined ? {} : { pipe }),
});
/** `sh` prints the mark, which is not on the command line as it stands, and waits to be interrupted. */
const waiting = (n: number): string => `sh -c 'echo "r"un-${n}; exec sleep 1000'`;
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Shapes that all three shells understand. */
const COMMON: Record<string, Shape> = {
  simple: (n) => plain(`echo simple ${n}`),
  'exit status': (n) => plain(`sh -c 'exit ${n}'`, n),
  false: () => plain('false', 1),
  'not found': (n) => plain(`no-such-command-${n}`, 127),
  'not executable': () => plain('./plain-file', 126),
  pipeline: (n) => plain(`echo ${n} | cat | cat`, 0, [0, 0, 0]),
  'failing pipeline': (n) => plain(`sh -c 'exit ${n}' | false | sh -c 'exit 3'`, 3, [n, 1, 3]),
  list: (n) => plain(`echo a ${n}; echo b; false`, 1),
  and: (n) => plain(`false && echo never ${n}`, 1),
  or: (n) => plain(`false || echo always ${n}`),
  quotes: (n) => plain(`echo "double $HOME" 'single $HOME \\ ' ${n}\\ \\"`),
  unicode: (n) => plain(`echo Grüße 你好 🎉 é ${n}`),
  // a few: fish looks at every character of them
  'longest line': (n) => (n > 3 ? [] : plain(`: ${String(n).padStart(4, '0')}${'x'.repeat(65_536 - 6)}`)),
  redirect: (n) => plain(`echo ${n} >out.txt 2>&1`),
  append: (n) => plain(`echo ${n} >>out.txt`),
  comment: (n) => plain(`echo ${n} # a remark`),
  'record look-alike': (n) => plain(`echo gt1 end=${n} command=x "NUL"`),
  duplicate: (n) => [plain(`echo again ${n}`), plain(`echo again ${n}`)],
  private: (n) => ({ keys: ` echo not for you ${n}`, text: null, exit: 0 }),
  'private and failing': (n) => [plain(`echo before ${n}`), { keys: ` sh -c 'exit ${n}'`, text: null, exit: n }],
  empty: () => ({ keys: '', text: undefined, exit: 0 }),
  interrupted: (n) => ({ ...plain(waiting(n), 130), meanwhile: [[new RegExp(`run-${n}\r\n`), '\x03']] }),
  stopped: (n) => [
    { ...plain(waiting(n), 148), meanwhile: [[new RegExp(`run-${n}\r\n`), '\x1a']] },
    plain(`kill -9 %1; sh -c 'exit 5'`, 5),
  ],
  background: () => plain('true &'),
  'cd away': () => [plain('cd sub'), plain('cd ..')],
};

const POSIX: Record<string, Shape> = {
  // fish's line editor lets no such byte through
  'no UTF-8': (n) => ({ keys: latin1(`echo 'caf\xe9 ${n}'`), text: latin1(`echo 'caf\xe9 ${n}'`), exit: 0 }),
  subshell: (n) => plain(`(echo ${n}; exit ${n})`, n),
  'function definition': (n) => plain(`f${n}() { return ${n}; }`),
  'function call': (n) => [plain(`g() { sh -c 'exit '$1; }`), plain(`g ${n}`, n)],
  alias: (n) => [plain(`alias a${n}='sh -c "exit ${n}"'`), plain(`a${n}`, n)],
  assignment: (n) => plain(`v=${n}`),
  arithmetic: (n) => plain(`((${n} - ${n}))`, 1),
  test: (n) => plain(`[[ ${n} == 0 ]]`, 1),
  'command substitution': (n) => plain(`echo "$(echo ${n} | cat)"`),
  'here-string': (n) => plain(`cat <<<'${n} lines'`),
  'process substitution': (n) => plain(`cat <(echo ${n})`),
  braces: (n) => plain(`{ echo ${n}; false; }`, 1),
  negation: () => plain('test 1 = 1 && ! true', 1),
};

const SHAPES: Record<ShellName, Record<string, Shape>> = {
  bash: {
    ...COMMON,
    ...POSIX,
    // bash joins the lines of a compound command in its history
    'several lines': (n) => ({ keys: `for i in 1 ${n}; do\necho $i\ndone`, text: `for i in 1 ${n}; do echo $i; done`, exit: 0 }),
    'here-document': (n) => ({ keys: `cat <<E\nit is ${n}\nE`, text: `cat <<E\nit is ${n}\nE\n`, exit: 0 }),
  },
  zsh: {
    ...COMMON,
    ...POSIX,
    // its line editor, when a child ends while it paints the prompt, at times forgets the prompt or the bracketed pasting
    background: () => plain('true & wait $!'),
    'several lines': (n) => plain(`for i in 1 ${n}; do\necho $i\ndone`),
    'here-document': (n) => plain(`cat <<E\nit is ${n}\nE`),
  },
  fish: {
    ...COMMON,
    'function definition': (n) => plain(`function f${n}; return ${n}; end`),
    'function call': (n) => [plain('function g; return $argv[1]; end'), plain(`g ${n}`, n)],
    alias: (n) => [plain(`alias a${n}='sh -c "exit ${n}"'`), plain(`a${n}`, n)],
    assignment: (n) => plain(`true; set v ${n}`),
    'command substitution': (n) => plain(`echo (echo ${n} | cat)`),
    braces: (n) => plain(`begin; echo ${n}; false; end`, 1),
    negation: () => plain('not true', 1),
    'several lines': (n) => plain(`for i in 1 ${n}\necho $i\nend`),
  },
};

/** At least so many commands, all shapes in turn. */
export function typedCommands(shell: ShellName, least: number): Typed[] {
  const all: Typed[] = [];
  for (let n = 1; all.length < least; n++)
    for (const [shape, make] of Object.entries(SHAPES[shell])) for (const one of [make(n)].flat()) all.push({ shape, ...one });
  return all;
}
