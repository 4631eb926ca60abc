/** The terminal, taken for a command that draws on it: the adapter with the keys that replay knows and the timers of the system. */
import { systemTimers } from '../adapters/system.ts';
import { openScreen, type ScreenOptions } from '../adapters/terminal/screen.ts';
import type { Screen } from '../core/screen.ts';
import { KeyDecoder } from '../replay/keys.ts';
import type { Context } from './context.ts';

/** Takes the terminal; whoever does closes it in a `finally`. @param command what takes it, e.g. `git trace tui` @throws no-terminal */
export function takeScreen(context: Context, command: string, options: Pick<ScreenOptions, 'alternate' | 'mouse'>): Screen {
  const { stdin, stdout } = process;
  return openScreen({ stdin, stdout }, { ...options, command, term: context.env['TERM'], decoder: new KeyDecoder(), timers: systemTimers });
}
