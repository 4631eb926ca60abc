/** Git's configuration, read once as a whole; written only in the repository's own file. */
import type { GitConfig } from '../../core/ports.ts';
import { gitFailure, runGit } from './process.ts';

export class GitConfigStore implements GitConfig {
  readonly #values: [string, string][];
  readonly #env: Record<string, string>;
  readonly #cwd: string;

  /** @param listed output of `git config --list -z` */
  constructor(listed: Buffer, env: Record<string, string>, cwd: string) {
    this.#env = env;
    this.#cwd = cwd;
    this.#values = listed
      .toString('utf8')
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => {
        const newline = entry.indexOf('\n');
        // a key without "=" means true
        return newline < 0 ? [entry, 'true'] : [entry.slice(0, newline), entry.slice(newline + 1)];
      });
  }

  getAll(key: string): readonly string[] {
    const wanted = normalise(key);
    return this.#values.filter(([name]) => name === wanted).map(([, value]) => value);
  }

  get(key: string): string | undefined {
    return this.getAll(key).at(-1);
  }

  flag(key: string): boolean | undefined {
    const value = this.get(key)?.toLowerCase();
    if (value === undefined) return undefined;
    return value === 'true' || value === 'yes' || value === 'on' || /^-?0*[1-9][0-9]*$/.test(value);
  }

  entries(prefix: string): readonly (readonly [string, string])[] {
    return this.#values.filter(([name]) => name.startsWith(prefix));
  }

  async set(key: string, value: string): Promise<void> {
    await this.#write(['--replace-all', key, value], key);
    this.#values.splice(0, this.#values.length, ...this.#values.filter(([name]) => name !== normalise(key)), [normalise(key), value]);
  }

  async add(key: string, value: string): Promise<void> {
    await this.#write(['--add', key, value], key);
    this.#values.push([normalise(key), value]);
  }

  async unset(key: string): Promise<void> {
    if (this.get(key) === undefined) return;
    await this.#write(['--unset-all', key], key);
    this.#values.splice(0, this.#values.length, ...this.#values.filter(([name]) => name !== normalise(key)));
  }

  async #write(args: readonly string[], key: string): Promise<void> {
    const result = await runGit(['config', '--local', ...args], this.#env, { cwd: this.#cwd });
    // 5: there was nothing to unset
    if (result.status !== 0 && result.status !== 5) throw gitFailure(`write '${key}' to the configuration`, result);
  }
}

/** Section and variable in lower case, the subsection between them as it is. */
function normalise(key: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}
