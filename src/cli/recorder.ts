/** The recorder as other commands see it: starting it if it is wanted and not there, and asking whether it is. */
import { endProcess, startDetached } from '../adapters/background.ts';
import { packagePath } from '../adapters/fs/package-files.ts';
import { fail } from '../core/errors.ts';
import type { TraceFiles } from '../core/ports.ts';
import type { Context } from './context.ts';

export const RECORDER_LOCK = 'recorder.lock';
/** What shells start it by. */
export const RECORDER_START = 'recorder-start';
/** What the recorder tells of itself. */
export const RECORDER_STATE = 'recorder.json';

/** The process that records here, if there is one. */
export function recorderPid(files: TraceFiles): number | undefined {
  return files.holder(RECORDER_LOCK);
}

/** What the recorder that runs, or the one that was killed, could not do last. */
export function recorderError(files: TraceFiles): string | undefined {
  try {
    const told: unknown = JSON.parse(files.read(RECORDER_STATE)?.toString('utf8') ?? '{}');
    return typeof told === 'object' && told !== null && 'error' in told && typeof told.error === 'string' ? told.error : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the recorder, unless there is one, or nothing is recorded here, or it is switched off (`trace.recorder`), or we
 * are on a build server, where nothing may stay behind.
 */
export async function startRecorder(context: Context): Promise<void> {
  const { env } = context;
  if (context.silenced() || (env['CI'] ?? '') !== '' || env['GITTRACE_IN_HOOK'] !== undefined) return;
  const repository = await context.repository();
  const files = await context.files();
  if (!files.exists('hook.sh') || files.exists('paused') || repository.config.flag('trace.recorder') === false) return;
  if (repository.workTree === undefined || recorderPid(files) !== undefined) return;
  startDetached([process.execPath, packagePath('bin/git-trace.js'), 'recorder'], repository.workTree, outsideHooks(env));
}

/** Starts a process that tries once more what waits for a remote. Of its own, since a remote may take long to say nothing. */
export function startDelivery({ env }: Context, workTree: string): void {
  const quiet = { ...outsideHooks(env), GITTRACE_IN_HOOK: '1' };
  startDetached([process.execPath, packagePath('bin/git-trace.js'), 'hook', 'deliver'], workTree, quiet);
}

/** Without what git tells its hooks about one repository: the recorder finds its own. */
export function outsideHooks(env: Context['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR)$/.test(name)));
}

/** Ends the recorder, once it has done what it is at. The answer is the process it was. @throws locked */
export async function stopRecorder(files: TraceFiles): Promise<number | undefined> {
  const pid = recorderPid(files);
  if (pid === undefined || pid === process.pid) return undefined;
  endProcess(pid);
  const lock = await files.lock(RECORDER_LOCK, 10_000);
  lock?.release();
  if (lock === undefined)
    throw fail('locked', `the recorder (process ${pid}) does not end`, [`end it with 'kill -9 ${pid}': nothing is lost`]);
  return pid;
}
