/**
 * Which commands are worth a reviewer's time: those that failed and then went well, those that still fail, those that
 * build, test or migrate, those that were run again and again. Never those that only look around. Pure.
 */
import { callsUs, onlyLooks, unquoted } from '../timeline/looking.ts';
import { memberOf, numberOf, textOf } from '../timeline/members.ts';
import { commandPassed } from '../timeline/outcome.ts';
import type { Step } from './steps.ts';

export interface CommandDigest {
  readonly command: string;
  readonly runs: number;
  readonly failed: number;
  readonly first: Step;
  readonly last: Step;
  /** Whether its latest run went well. */
  readonly passes: boolean;
  /** Milliseconds of all its runs; undefined where none was told. */
  readonly spent: number | undefined;
  /** What kind of work it is, by its words. */
  readonly kind: 'test' | 'build' | 'data' | undefined;
}

export interface Commands {
  readonly runs: number;
  readonly failed: number;
  /** Private ones: that they ran is all that is known. */
  readonly hidden: number;
  readonly unfinished: number;
  /** Those worth knowing, the most telling first. */
  readonly telling: readonly CommandDigest[];
}

/** How often is again and again. */
const OFTEN = 3;

const TEST = /(?:^|[\s:/-])(?:tests?|pytest|jest|vitest|mocha|rspec|phpunit|tox|ctest|playwright)(?=$|[\s:.-])/i;
const BUILD =
  /(?:^|[\s:/-])(?:build|make|tsc|compile|webpack|check|clippy|gradlew?|mvn|cmake|ninja|lint|eslint|biome|ruff|mypy|typecheck)(?=$|[\s:.-])/i;
const DATA =
  /(?:^|[\s:/-])(?:migrat(?:e|ions?)|alembic|flyway|liquibase|prisma|seed|deploy|terraform|kubectl|helm|npm (?:ci|i|install)|pip3? install)(?=$|[\s:.-])/i;
/** What every day is full of, and commits and pushes tell better. */
const GIT = /^\s*git\s+(?:add|commit|push|pull|switch|checkout|stash|rebase|merge|reset|restore)\b[^;&|]*$/;
/** A run through git trace, whatever its output is piped to: what it ran has an event of its own. */
const OUR_RUN = /^\s*git[ -]trace\s+(?:run|test)\b[^;&]*$/;
/** Agents' tools that run command lines. */
const SHELL_TOOL = /^(?:bash|shell|sh|terminal|exec|run_?command|execute_?command|powershell)$/i;

/** Reads the commands of people and the command lines that agents' tools ran. */
export function commandsOf(steps: readonly Step[]): Commands {
  const counts = { runs: 0, failed: 0, hidden: 0, unfinished: 0 };
  const known = new Map<string, Mutable>();
  /** The same few lines are typed again and again: each is looked at once. */
  const names = new Map<string, string>();
  for (const step of steps) {
    const ran = runOf(step);
    if (ran === undefined) continue;
    counts.runs++;
    if (!ran.passed) counts.failed++;
    if (memberOf(step.payload, 'hidden') === true) counts.hidden++;
    if (memberOf(step.payload, 'unfinished') === true) counts.unfinished++;
    const command = names.get(ran.command) ?? nameOf(ran.command);
    names.set(ran.command, command);
    if (command === '') continue;
    const digest = known.get(command) ?? { command, runs: 0, failed: 0, first: step, last: step, passes: true, spent: undefined };
    known.set(command, digest);
    digest.runs++;
    if (!ran.passed) digest.failed++;
    digest.passes = ran.passed;
    digest.last = step;
    if (ran.ms !== undefined) digest.spent = (digest.spent ?? 0) + ran.ms;
  }
  const telling = [...known.values()]
    .map((digest): CommandDigest => ({ ...digest, kind: kindOf(digest.command) }))
    .map((digest) => ({ digest, weight: weightOf(digest) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || b.digest.runs - a.digest.runs || a.digest.first.index - b.digest.first.index)
    .map(({ digest }) => digest);
  return { ...counts, telling };
}

interface Mutable {
  readonly command: string;
  runs: number;
  failed: number;
  readonly first: Step;
  last: Step;
  passes: boolean;
  spent: number | undefined;
}

/** What runs of one command have in common; empty for one that is not worth telling. */
function nameOf(command: string): string {
  return onlyLooks(command) || callsUs(command) || OUR_RUN.test(unquoted(command)) ? '' : command.replace(/\s+/g, ' ').trim();
}

function runOf({ type, payload }: Step): { command: string; passed: boolean; ms: number | undefined } | undefined {
  const ms = numberOf(payload, 'duration_ms');
  if (type === 'command') return { command: textOf(payload, 'command') ?? '', passed: commandPassed(payload), ms };
  if (type !== 'tool_call' || !SHELL_TOOL.test(textOf(payload, 'tool_name') ?? '')) return undefined;
  const status = textOf(payload, 'status');
  const command = textOf(payload, 'command_preview');
  return command === undefined || (status !== 'completed' && status !== 'failed')
    ? undefined
    : { command, passed: status === 'completed', ms };
}

/**
 * What kind of work a command line is.
 *
 * @example
 * kindOf('npm run test:all') // 'test'
 */
export function kindOf(command: string): CommandDigest['kind'] {
  if (DATA.test(command)) return 'data';
  return TEST.test(command) ? 'test' : BUILD.test(command) ? 'build' : undefined;
}

function weightOf({ command, runs, failed, passes, kind }: CommandDigest): number {
  const fixed = failed > 0 && passes;
  const routine = GIT.test(unquoted(command));
  // what tests say of themselves is told elsewhere, and better
  if (fixed) return kind === 'test' ? 38 : routine ? 20 : 60;
  if (!passes) return kind === 'test' ? 12 : routine ? 10 : 40;
  // the words of a commit's message are no kind of work
  if (routine) return 0;
  if (kind === 'data') return 35;
  if (kind === 'build') return 30;
  if (runs >= OFTEN) return 25;
  return kind === 'test' ? 15 : 0;
}
