/** What one event tells of a node by itself: commands, test runs, CI jobs and tool calls, which git trace knows by type. Pure. */
import type { TraceEvent } from '../core/line.ts';
import { type Name, namesOf } from './identity.ts';
import { listOf, memberOf, numberOf, textOf } from './members.ts';
import { ciPassed, commandPassed, messageOf, testPassed, tookMs } from './outcome.ts';
import type { ProgressState } from './progress-node.ts';
import { counted } from './words.ts';

/** What an event says of its node. */
export interface Single {
  readonly kind: 'command' | 'test' | 'ci_run' | 'tool_call';
  /** Whether other events may tell of the same node. */
  readonly names: readonly Name[] | undefined;
  readonly label: string;
  readonly state: ProgressState;
  readonly message?: string | undefined;
  /** How long it took, in milliseconds. */
  readonly ms: number | undefined;
  /** Of a test run: the command that ran it. */
  readonly command?: string | undefined;
}

const LONGEST = 200;

/** Reads an event as a node that it tells all of; `undefined` for other types. */
export function singleOf({ type, payload }: TraceEvent): Single | undefined {
  const ms = tookMs(payload);
  switch (type) {
    case 'command': {
      const isUnfinished = memberOf(payload, 'unfinished') === true;
      const state = isUnfinished ? 'interrupted' : commandPassed(payload) ? 'complete' : 'failed';
      return { kind: 'command', names: undefined, label: clipped(textOf(payload, 'command')), state, message: exitWords(payload), ms };
    }
    case 'test': {
      const where = [textOf(payload, 'framework'), textOf(payload, 'suite')].filter((word) => word !== undefined).join(', ');
      const state = testPassed(payload) === false ? 'failed' : 'complete';
      const command = textOf(payload, 'command');
      return {
        kind: 'test',
        names: undefined,
        label: clipped(where),
        state,
        message: failureWords(payload),
        ms,
        command: command && clipped(command),
      };
    }
    case 'ci_run':
      return { ...ciJob(payload), ms };
    case 'tool_call': {
      const said = textOf(payload, 'status');
      const state = said === 'started' ? 'running' : (TOOL_STATES[said ?? ''] ?? 'complete');
      const label = [textOf(payload, 'tool_name'), textOf(payload, 'command_preview')].filter((word) => word !== undefined).join(' ');
      return { kind: 'tool_call', names: namesOf('tool_call', payload), label: clipped(label), state, message: messageOf(payload), ms };
    }
    default:
      return undefined;
  }
}

const TOOL_STATES: Readonly<Record<string, ProgressState>> = {
  cancelled: 'cancelled',
  completed: 'complete',
  failed: 'failed',
  interrupted: 'interrupted',
};

function clipped(text: string | undefined): string {
  return (text ?? '').slice(0, LONGEST);
}

function exitWords(payload: unknown): string | undefined {
  const signal = textOf(payload, 'signal');
  if (signal !== undefined) return `killed by ${signal}`;
  const code = numberOf(payload, 'exit_code');
  return code === undefined ? undefined : `exit ${code}`;
}

function failureWords(payload: unknown): string | undefined {
  const failed = numberOf(payload, 'failed') ?? 0;
  if (failed === 0) return undefined;
  const [first] = listOf(payload, 'failures');
  const name = typeof first === 'string' ? first : textOf(first, 'name');
  return `${counted(failed, 'failure')}${name === undefined ? '' : `: ${clipped(name)}`}`;
}

/** A job is told of again and again, until somebody knows how it ended. */
function ciJob(payload: unknown): Omit<Single, 'ms'> {
  const said = (name: string): string => textOf(payload, name) ?? String(numberOf(payload, name) ?? '');
  const id = ['provider', 'run_id', 'workflow', 'job', 'matrix', 'attempt'].map(said).join(' ');
  const passed = ciPassed(payload);
  return {
    kind: 'ci_run',
    names: [{ class: 'id', value: id }],
    label: clipped([textOf(payload, 'workflow'), textOf(payload, 'job')].filter((word) => word !== undefined).join(' / ')),
    state: passed === undefined ? 'running' : passed ? 'complete' : textOf(payload, 'conclusion') === 'cancelled' ? 'cancelled' : 'failed',
    message: textOf(payload, 'conclusion'),
  };
}
