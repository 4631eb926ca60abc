/** The program: finds the command, runs it, prints an error once, ends with git's exit codes. Loads a command when it is called. */
import { fail, isTraceError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { forBuildLog } from './build-log.ts';
import { helpText, readInput } from './command.ts';
import { COMMANDS, overview } from './commands/index.ts';
import { Context } from './context.ts';
import { type Output, renderError } from './output.ts';

/**
 * Runs a command.
 *
 * @param out where goes what was asked for, if not to standard output
 * @returns the exit status
 */
export async function main(argv: readonly string[], out?: (text: string) => void): Promise<number> {
  // as git itself does: 'help <command>' is '<command> -h'
  const [name, ...rest] = argv[0] === 'help' && argv[1] !== undefined ? [argv[1], '-h'] : argv;
  const env = process.env;
  // programs read JSON, to the letter
  const forPeople = !rest.some((word) => word === '--json' || word === '--ndjson');
  const output = { ...processOutput(env, forPeople), ...(out === undefined ? {} : { out }) };
  const context = new Context({
    cwd: workingDirectory(),
    env,
    output,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  });
  try {
    if (name === undefined || name === '-h' || name === '--help' || name === 'help') {
      output.out(overview());
      return name === undefined ? 129 : 0;
    }
    if (name === '--version' || name === 'version') {
      output.out(`git-trace ${VERSION}\n`);
      return 0;
    }
    const entry = COMMANDS[name];
    if (entry === undefined) throw fail('usage', `'${name}' is not a git trace command`, ["'git trace -h' lists the commands"]);
    const command = await entry.load();
    const input = readInput(command, rest);
    if (input.flag('help')) {
      output.out(helpText(command));
      return 0;
    }
    return await command.run(context, input);
  } catch (error) {
    // what was wrong is shown, and may have been a secret
    const redactor = await context.redactor();
    const told = renderError(error, rest.includes('--json'), env['GITTRACE_DEBUG'] === '1', (text) => redactor.text(text).text);
    process.stderr.write(forBuildLog(told, env));
    return isTraceError(error) ? error.exit : 128;
  } finally {
    await context.close();
  }
}

/** Where we are; a directory that was removed under us is named by what the shell remembers of it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

function processOutput(env: Readonly<Record<string, string | undefined>>, forPeople: boolean): Output {
  const { stdout, stderr } = process;
  // a reader that has seen enough (| head) is no error
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  }
  const isTerminal = stdout.isTTY === true;
  const wanted = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return {
    out: (text) => void stdout.write(forPeople ? forBuildLog(text, env) : text),
    say: (text) => void stderr.write(`${forBuildLog(text, env)}\n`),
    isTerminal,
    color: wanted || (isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'),
    columns: isTerminal ? (stdout.columns ?? 80) : 80,
  };
}
