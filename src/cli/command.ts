/**
 * A command is data: how it is called, what it says of itself, and a function that runs it. Arguments are read by
 * node:util's parseArgs; help is made from the same data.
 */
import { parseArgs } from 'node:util';
import { fail } from '../core/errors.ts';
import type { Context } from './context.ts';

export interface Option {
  readonly type: 'boolean' | 'string';
  /** One line, imperative, no full stop. */
  readonly summary: string;
  /** What stands for the value in help, e.g. `<time>`. */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
}

export interface Command {
  readonly name: string;
  /** One line, imperative, no full stop. */
  readonly summary: string;
  /** After `git trace `. */
  readonly usage: readonly string[];
  /** Paragraphs, wrapped by the one who writes them. */
  readonly description: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Least and most arguments; `rest` takes everything from the first argument on as it is. */
  readonly arguments: { readonly min: number; readonly max: number; readonly rest?: boolean };
  /** Commands that it consists of, by name; each is loaded when it is called. */
  readonly parts?: Readonly<Record<string, () => Promise<Command>>>;
  /** @returns the exit status */
  run(context: Context, input: Input): Promise<number>;
}

/** What was given to a command. */
export class Input {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

  constructor(positionals: readonly string[], values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>) {
    this.positionals = positionals;
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): string[] {
    const value = this.#values[name];
    return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');
  }

  /** A whole number of at least `least`. @throws bad-argument */
  number(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^[0-9]{1,9}$/.test(text) || Number(text) < least)
      throw fail('bad-argument', `--${name} is "${text}", expected a whole number of at least ${least}`);
    return Number(text);
  }
}

/** Options that every command has. */
export const COMMON: Readonly<Record<string, Option>> = {
  help: { type: 'boolean', short: 'h', summary: 'show this help' },
};

/** Reads a command's arguments. @throws usage */
export function readInput(command: Command, argv: readonly string[]): Input {
  const options = { ...command.options, ...COMMON };
  const { min, max, rest } = command.arguments;
  const at = rest ? firstArgument(argv, options) : argv.length;
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: argv.slice(0, at), options, allowPositionals: true, strict: true });
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('. ')[0] ?? '';
    throw usage(command, `${said.charAt(0).toLowerCase()}${said.slice(1)}`);
  }
  const after = argv.slice(at);
  const positionals = [...parsed.positionals, ...(after[0] === '--' ? after.slice(1) : after)];
  const input = new Input(positionals, parsed.values);
  if (input.flag('help')) return input;
  if (positionals.length < min) throw usage(command, `'git trace ${command.name}' wants ${min === 1 ? 'an argument' : `${min} arguments`}`);
  if (positionals.length > max) throw usage(command, `'git trace ${command.name}' has no use for "${positionals[max]}"`);
  return input;
}

/** Where the command line of `run` begins: behind `--`, or at the first word that is no option of ours. */
function firstArgument(argv: readonly string[], options: Readonly<Record<string, Option>>): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--' || !word.startsWith('-')) return i;
    const option = options[word.replace(/^--/, '')];
    if (option?.type === 'string') i++;
  }
  return argv.length;
}

function usage(command: Command, message: string): Error {
  return fail('usage', message, [`usage: git trace ${command.usage[0] ?? command.name}`, `'git trace ${command.name} -h' tells more`]);
}

/** A command's help. */
export function helpText(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => {
    const left = `${option.short === undefined ? '    ' : `-${option.short}, `}--${name}${option.value === undefined ? '' : ` ${option.value}`}`;
    return [left, `${option.summary}${option.multiple ? ' (can be repeated)' : ''}`] as const;
  });
  const wide = Math.max(...options.map(([left]) => left.length), 12);
  return [
    ...command.usage.map((line, i) => `${i === 0 ? 'usage:' : '   or:'} git trace ${line}`),
    '',
    command.description,
    '',
    ...options.map(([left, right]) => `  ${left.padEnd(wide)}  ${right}`),
    ...(command.examples.length === 0
      ? []
      : ['', 'examples:', ...command.examples.map(([line, does]) => `  ${line.padEnd(44)}  # ${does}`)]),
    '',
  ].join('\n');
}
