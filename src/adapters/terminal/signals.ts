/**
 * Signals that are sent to us while a command runs, or before its event is written: none ends us, what was meant for the
 * command is passed on. Never decides how we end; that is `leaveLike`.
 */
import { inForeground } from './streams.ts';

/** Sent with `kill` to end, or to tell something to, whoever gets them. */
const PASSED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** Mostly made by a key, and then the whole foreground group has got it. */
const KEYS = ['SIGINT', 'SIGQUIT'] as const;

export interface HeldSignals {
  /** Passes on from now on, and first what came before. `ownTerminal`: keys do not reach the command by themselves. */
  passTo(receiver: (signal: NodeJS.Signals) => void, options?: { readonly ownTerminal?: boolean }): void;
  /** The first signal that came, whoever was to have it. */
  first(): NodeJS.Signals | undefined;
}

let installed: HeldSignals | undefined;

/** Holds the signals, for as long as this process lives. */
export function holdSignals(): HeldSignals {
  installed ??= install();
  return installed;
}

function install(): HeldSignals {
  let receiver: ((signal: NodeJS.Signals) => void) | undefined;
  let ownTerminal = false;
  let early: NodeJS.Signals[] = [];
  let first: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    first ??= signal;
    if (receiver === undefined) early.push(signal);
    else receiver(signal);
  };
  for (const signal of PASSED) process.on(signal, pass);
  for (const signal of KEYS) {
    process.on(signal, () => {
      first ??= signal;
      if (ownTerminal || !inForeground()) pass(signal);
    });
  }
  return {
    passTo(next, options = {}) {
      receiver = next;
      ownTerminal = options.ownTerminal === true;
      const waiting = early;
      early = [];
      for (const signal of waiting) next(signal);
    },
    first: () => first,
  };
}
