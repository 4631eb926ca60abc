/**
 * Runs a command as if it had been typed, and shows its output to a sink where that cannot be noticed: in a pty where all
 * three descriptors are one terminal, through a pipe where they are none, untouched in all other cases. Never decides
 * what becomes of what was seen, and never ends this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandRunner, RunExit, RunOutcome, RunRequest, RunSink } from '../../core/ports.ts';
import { type Copy, startCopy } from './copy.ts';
import { openPipes, type Pipe } from './fifo.ts';
import { type NotRunnable, refusal, whyNotRunnable } from './find-command.ts';
import { canStartInPty, loadPty, type PtyPackage, startPty } from './pty.ts';
import { holdSignals } from './signals.ts';
import { type Plan, planStreams, surroundings } from './streams.ts';
import { type TakenTerminal, takeTerminal } from './stty.ts';

/** Makes the runner. It uses this process's own descriptors 0, 1, 2 and its signals, so it is for one command. */
export function createCommandRunner(): CommandRunner {
  return { run };
}

async function run(request: RunRequest, sink: RunSink): Promise<RunOutcome> {
  const why = whyNotRunnable(request.argv[0] ?? '', request.env['PATH']);
  if (why !== undefined) return notRun(request, why);
  holdSignals();
  const around = surroundings();
  const plan = planStreams(around);
  if (plan.kind === 'pty') {
    const outcome = canStartInPty(request.argv) ? await runInPty(request, sink) : undefined;
    return outcome ?? runPlain(request, around.handed);
  }
  if (plan.kind === 'inherit') return runPlain(request, around.handed);
  const pipes = openPipes(plan.streams === 'separate' ? 2 : 1);
  return pipes === undefined ? runPlain(request, around.handed) : runPiped(request, sink, plan.streams, pipes, around.handed);
}

function notRun({ argv }: RunRequest, { code, reason }: NotRunnable): RunOutcome {
  const failure = `cannot run '${argv[0] ?? ''}': ${reason}`;
  return { exit: { code }, durationMs: 0, terminal: 'inherit', sampled: { stdout: false, stderr: false }, failure };
}

/** Without anything in between. */
async function runPlain(request: RunRequest, handed: readonly number[]): Promise<RunOutcome> {
  const child = start(request, 1, 2, handed);
  const ended = await child.ended;
  if ('reason' in ended.exit) return notRun(request, ended.exit);
  return { ...ended, exit: ended.exit, terminal: 'inherit', sampled: { stdout: false, stderr: false } };
}

type PipedStreams = Extract<Plan, { kind: 'pipe' }>['streams'];

async function runPiped(
  request: RunRequest,
  sink: RunSink,
  streams: PipedStreams,
  pipes: readonly Pipe[],
  handed: readonly number[],
): Promise<RunOutcome> {
  const sampled = { stdout: streams !== 'stderr', stderr: streams === 'stderr' || streams === 'separate' };
  const [first, second] = pipes;
  const out = sampled.stdout ? first : undefined;
  const err = streams === 'both' || streams === 'stderr' ? first : second;
  const child = start(request, out?.writeEnd ?? 1, err?.writeEnd ?? 2, handed);
  const copies = pipes.map((pipe, i) => {
    pipe.closeWriteEnd();
    const to = i === 1 || streams === 'stderr' ? 2 : 1;
    const seen = to === 1 ? sink.stdout : sink.stderr;
    return { pipe, to, copy: startCopy({ source: pipe.source, fd: pipe.fd, to, seen, onRefused: pipe.closeReadEnd }) };
  });
  const ended = await child.ended;
  const all = copies.map(({ copy }) => copy);
  hurryOnSignal(all);
  await Promise.all(
    copies.map(async ({ pipe, to, copy }) => {
      // a child of the command's that still runs keeps its way out, and we do not wait for it, as no shell would
      if ((await copy.finish()) === 'held') pipe.leaveTo(to);
      pipe.closeReadEnd();
    }),
  );
  if ('reason' in ended.exit) return notRun(request, ended.exit);
  const failure = all.map((copy) => copy.failure()).find((found) => found !== undefined);
  return { durationMs: ended.durationMs, exit: exitOf(ended.exit, all, failure), terminal: 'pipe', sampled, ...said(failure) };
}

/** In a pty; `undefined`, with nothing begun, where there can be none. */
async function runInPty(request: RunRequest, sink: RunSink): Promise<RunOutcome | undefined> {
  const pty = loadPty();
  const terminal = pty === undefined ? undefined : await takeTerminal();
  if (pty === undefined || terminal === undefined) return undefined;
  try {
    return await runOnTerminal(request, sink, pty, terminal);
  } finally {
    terminal.giveBack();
  }
}

async function runOnTerminal(
  request: RunRequest,
  sink: RunSink,
  pty: PtyPackage,
  terminal: TakenTerminal,
): Promise<RunOutcome | undefined> {
  const { stdin, stdout } = process;
  const began = performance.now();
  let session: ReturnType<typeof startPty>;
  try {
    session = startPty(pty, { ...request, modes: terminal.modes, columns: stdout.columns, rows: stdout.rows });
  } catch {
    return undefined;
  }
  const { stream, pid } = session;
  const copy = startCopy({ source: stream, fd: session.fd, to: 1, seen: sink.stdout });
  const resize = (): void => session.resize(stdout.columns, stdout.rows);
  const onKeys = (bytes: Buffer): void => {
    if (!stream.write(bytes)) stdin.pause();
  };
  const onDrain = (): void => void stdin.resume();
  // the terminal is gone; SIGHUP tells the rest
  const onLost = (): void => {};
  stdin.on('data', onKeys).on('error', onLost);
  stream.on('drain', onDrain);
  stdout.on('resize', resize).on('error', onLost);
  process.on('SIGCONT', terminal.retake).on('SIGCONT', resize);
  // a hang-up is for all that sit at the terminal, the others for the one process that was meant
  holdSignals().passTo((signal) => kill(signal === 'SIGHUP' ? -pid : pid, signal), { ownTerminal: true });

  const exit = await session.exited;
  const durationMs = performance.now() - began;
  stdin.off('data', onKeys).pause();
  stream.off('drain', onDrain);
  stdout.off('resize', resize);
  process.off('SIGCONT', terminal.retake).off('SIGCONT', resize);
  hurryOnSignal([copy]);
  await copy.finish();
  session.close();
  const failure = copy.failure();
  return { exit: exitOf(exit, [copy], failure), durationMs, terminal: 'pty', sampled: { stdout: true, stderr: false }, ...said(failure) };
}

interface Started {
  readonly ended: Promise<{ readonly exit: RunExit | NotRunnable; readonly durationMs: number }>;
}

/** Starts a command on the given descriptors; a failure to start it is one way to end. */
function start({ argv, env }: RunRequest, stdout: number, stderr: number, handed: readonly number[]): Started {
  const [file = '', ...args] = argv;
  const began = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(file, args, { stdio: [0, stdout, stderr, ...handed], env });
  } catch (cause) {
    // node throws some errors of exec (E2BIG) and emits others (ENOENT)
    return { ended: Promise.resolve({ exit: refusal(cause), durationMs: 0 }) };
  }
  holdSignals().passTo((signal) => void child.kill(signal));
  const ended = new Promise<RunExit | NotRunnable>((resolve) => {
    child.on('error', (cause) => {
      if (child.pid === undefined) resolve(refusal(cause));
    });
    child.on('exit', (code, signal) => resolve(code === null ? { signal: signal ?? 'SIGKILL' } : { code }));
  });
  return { ended: ended.then((exit) => ({ exit, durationMs: performance.now() - began })) };
}

/** How long a reader may take nothing, once a signal has asked for an end. */
const GRACE_MS = 1_000;

/** The command has ended: a signal, one that came before or one that comes now, means not to wait for a reader that does not read. */
function hurryOnSignal(copies: readonly Copy[]): void {
  const hurry = (): void => {
    for (const copy of copies) copy.hurry(GRACE_MS);
  };
  holdSignals().passTo(hurry, { ownTerminal: true });
  if (holdSignals().first() !== undefined) hurry();
}

/** How to leave: as the command did, unless its output was lost on our side although it ended well. */
function exitOf(exit: RunExit, copies: readonly Copy[], failure: string | undefined): RunExit {
  const well = 'code' in exit && exit.code === 0;
  if (!well) return exit;
  if (copies.some((copy) => copy.gaveUp())) return { signal: holdSignals().first() ?? 'SIGTERM' };
  return failure === undefined ? exit : { code: 1 };
}

function said(failure: string | undefined): { failure?: string } {
  return failure === undefined ? {} : { failure };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended
  }
}
