/** The extension of examples/vscode as a person gets it: packed by its own script, unpacked, and loaded in a process that may die. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { driver } from './driver.ts';
import type { Done, Told } from './vscode-driver.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/vscode');

export interface Packed {
  /** The package. */
  readonly vsix: string;
  /** Where the extension lies once it is installed. */
  readonly folder: string;
}

/** Packs the extension with `npm run package`, from a copy beside which git-trace, as built, is installed. No network is needed. */
export function packExtension(): Packed {
  const base = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'vscode-'));
  const copy = join(base, 'copy');
  const left = [join(EXAMPLE, 'node_modules'), join(EXAMPLE, 'dist')];
  cpSync(EXAMPLE, copy, { recursive: true, filter: (path) => !left.includes(path) && !path.endsWith('.vsix') });
  mkdirSync(join(copy, 'node_modules'));
  symlinkSync(ROOT, join(copy, 'node_modules/git-trace'));
  symlinkSync(join(ROOT, 'node_modules/.bin'), join(copy, 'node_modules/.bin'));
  const env = { ...process.env, npm_config_update_notifier: 'false', npm_config_offline: 'true' };
  run('npm', ['run', 'package'], copy, env);
  const [vsix = ''] = readdirSync(copy).filter((name) => name.endsWith('.vsix'));
  run('unzip', ['-q', vsix, '-d', join(base, 'installed')], copy, env);
  return { vsix: join(copy, vsix), folder: join(base, 'installed/extension') };
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ended with ${status}\n${stdout}${stderr}`);
}

/** A window with the extension in it; nothing that the extension throws goes unseen. */
export class EditorWindow {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit');
  }

  /** Opens a window and activates the extension. Windows with the same storage are those of one person. */
  static async open(folder: string, storage: string, env: Readonly<Record<string, string>> = {}): Promise<EditorWindow> {
    const child = fork(await driver('vscode-driver'), [folder, storage], { env: { ...process.env, ...env } });
    onTestFinished(() => void child.kill('SIGKILL'));
    const window = new EditorWindow(child);
    await window.do('activate');
    return window;
  }

  /** Does something in the window; the answer is what the person is told. */
  do(call: Extract<Told, { call: string }>['call'], ...args: readonly unknown[]): Promise<readonly string[]> {
    return this.#tell({ call, args });
  }

  /** Writes a note into the box that the command opens. */
  async note(text: string): Promise<readonly string[]> {
    await this.#tell({ answer: text });
    return this.do('execute', 'gitTrace.note');
  }

  /** Closes the window as VS Code does. */
  async close(): Promise<void> {
    await this.do('deactivate');
    this.#child.disconnect();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #tell(told: Told): Promise<readonly string[]> {
    const said = once(this.#child, 'message');
    this.#child.send(told);
    const answer = await Promise.race([said, this.#ended.then(() => undefined)]);
    if (answer === undefined) throw new Error('the window has crashed');
    // what the driver sends
    const [done] = answer as [Done];
    expect(done.errors).toEqual([]);
    return done.messages;
  }
}
