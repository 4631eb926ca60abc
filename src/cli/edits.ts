/** Takes a snapshot of the work tree we stand in, and so records the edits since the last boundary. */
import { basename, join } from 'node:path';
import { type TakenEdits, takeEdits } from '../capture/edits/take.ts';
import { messageOf } from '../core/errors.ts';
import type { Repository } from '../core/ports.ts';
import type { Context } from './context.ts';
import { startRecorder } from './recorder.ts';

/** What a snapshot waits for another one, in milliseconds; that one tells the same edits. */
const WAIT = 2_000;

/** The folder of a work tree below `trace/`. */
function folderOf({ gitDir, commonDir }: Repository): string {
  return `worktrees/${gitDir === commonDir ? 'main' : `linked-${basename(gitDir)}`}`;
}

/**
 * Records what was edited since the last boundary, and sees to it that the recorder goes on with that; nothing where nothing is recorded at all. That it cannot be done is
 * said (or, with `strict`, thrown), and never keeps a command from what it is for.
 */
export async function recordEdits(
  context: Context,
  boundary: string,
  options: { readonly baseline?: boolean; readonly quiet?: boolean; readonly strict?: boolean } = {},
): Promise<TakenEdits | undefined> {
  try {
    const repository = await context.repository();
    const { files, clock, redactor, policy } = await context.flushPorts();
    const folder = folderOf(repository);
    const snapshots = repository.snapshots(join(files.path, folder));
    // only where 'git trace init' was run: reading or linking a trace does not begin to watch a work tree
    if (snapshots === undefined || context.silenced() || !files.exists('hook.sh') || (await context.paused())) return undefined;
    const ports = { snapshots, files, clock, redactor, policy, folder, pid: process.pid };
    const taken = await takeEdits(ports, boundary, {
      wait: WAIT,
      ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
    });
    if (options.strict !== true) await startRecorder(context);
    return taken;
  } catch (error) {
    if (options.strict === true) throw error;
    if (options.quiet !== true) context.output.say(`warning: edits were not recorded: ${messageOf(error)}`);
    return undefined;
  }
}
