/**
 * The entry of the GitHub Action (action.yml): runs `git trace ci` in this process, with the inputs for arguments, and
 * sets the outputs. The token goes on by the environment alone.
 */
import { appendOutputs } from '../adapters/fs/ci-files.ts';
import { isTraceError, messageOf } from '../core/errors.ts';
import { actionArguments, inputOf } from './action-inputs.ts';
import { main } from './main.ts';

process.exitCode = await act(process.env);

async function act(env: NodeJS.ProcessEnv): Promise<number> {
  const token = inputOf(env, 'token');
  if (token !== '') {
    env['GITTRACE_TOKEN'] = token;
    env['GITHUB_TOKEN'] = token;
  }
  // what git starts has no use for it
  delete env['INPUT_TOKEN'];
  let argv: string[];
  try {
    argv = actionArguments(env);
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return isTraceError(error) ? error.exit : 1;
  }
  const printed: string[] = [];
  const status = await main([...argv, '--json'], (text) => printed.push(text));
  appendOutputs(env['GITHUB_OUTPUT'], outputsOf(printed.join('')));
  return status;
}

/** The outputs, of what a command prints as JSON: its texts, numbers and truths. */
function outputsOf(json: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(json);
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(members.filter(([, member]) => typeof member !== 'object').map(([name, member]) => [name, String(member)]));
  } catch {
    return {}; // it had nothing to say
  }
}
