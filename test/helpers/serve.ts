/** A `git trace serve` of a test: started from the build, asked over real HTTP, ended with the test. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { TestRepository } from './repository.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export class Server {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it said on its error output. */
  stderr = '';

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.process = process;
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Starts a server on a free port and waits until it listens. */
  static async start(at: TestRepository, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Server> {
    const child = at.startTrace(['serve', ...(args.includes('--port') ? [] : ['--port', '0']), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    if (child.stdout === null) throw new Error('it has no output');
    const lines = createInterface({ input: child.stdout });
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const line = await Promise.race([once(lines, 'line').then(([first]) => String(first)), once(child, 'exit').then(() => undefined)]);
    if (line === undefined) throw new Error(`the server did not start: ${said}`);
    return new Server(line, child);
  }

  /** Asks, whatever the answer is. Paths go out as they are, not made tidy. */
  ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: parsed(text) });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Posts a value as a batch. */
  ingest(batch: unknown, path = '/ingest', headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = typeof batch === 'string' ? batch : JSON.stringify(batch);
    return this.ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  }

  /** Ends it as a service manager does; the answer is its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const ended = this.process.exitCode !== null || this.process.signalCode !== null ? undefined : once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
    return this.process.exitCode;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
