/**
 * What the GitHub Action is given, as the command line that means the same: one argument for one input, so that nothing
 * in it is ever taken apart by a shell. Pure.
 */
import { fail } from '../core/errors.ts';

/** The inputs that each mode has a use for; an option is called like its input. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  report: ['report', 'conclusion', 'job', 'job-id', 'matrix', 'pr', 'remote', 'out', 'strict'],
  comment: ['pr', 'remote', 'strict'],
  archive: ['pr', 'remote', 'strict'],
};
const FLAGS = new Set(['strict']);

/**
 * The arguments of git-trace. The runner gives an input as `INPUT_<NAME>`, in capitals, a hyphen left as it is
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs).
 *
 * @throws usage
 * @example
 * actionArguments({ INPUT_MODE: 'comment', INPUT_PR: '42' }) // ['ci', 'comment', '--pr=42']
 */
export function actionArguments(env: Readonly<Record<string, string | undefined>>): string[] {
  const mode = inputOf(env, 'mode') || 'report';
  const inputs = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (inputs === undefined) throw fail('usage', `mode is "${mode}", expected ${Object.keys(MODES).join(', ')}`);
  const options = inputs.flatMap((name) => {
    const value = inputOf(env, name);
    if (FLAGS.has(name)) return value === 'true' ? [`--${name}`] : [];
    return value === '' ? [] : [`--${name}=${value}`];
  });
  return ['ci', mode, ...options];
}

/** An input's value; empty where it is not given. */
export function inputOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  return (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
}
