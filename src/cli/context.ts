/** The composition root: makes the adapters and hands them to the stages. Everything is opened when first asked for. */
import { release } from 'node:os';
import { join } from 'node:path';
import { TraceFolder } from '../adapters/fs/trace-files.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { systemClock, systemHashes, systemRandom } from '../adapters/system.ts';
import type { JsonObject } from '../core/canonical.ts';
import type { Policy } from '../core/policy.ts';
import type { Repository, TraceFiles } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { SESSION } from '../core/segment.ts';
import { parseTraceArgument, type TraceName, UNASSIGNED } from '../core/trace-name.ts';
import { VERSION } from '../core/version.ts';
import type { FlushPorts } from '../journal/flush.ts';
import { traceOfBranch } from '../journal/trace-of.ts';
import type { Origin } from '../journal/trace-writer.ts';
import { ownWriter } from '../journal/writer.ts';
import type { Place } from '../spool/record.ts';
import { deriver } from './derive.ts';
import type { Output } from './output.ts';

/** The file below `trace/` that says that recording is paused. */
export const PAUSED = 'paused';

/** The file below `trace/` that says why a code host could not be asked at the last push. */
export const HOST_FAILURE = 'host-failure';

/** The file that says it of one shell, by the name of its session. */
export function pausedShell(session: string): string {
  return `pause/${session}`;
}

export interface ContextOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  /** A person sits there, so that git may ask for a passphrase. */
  readonly interactive: boolean;
}

export class Context {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly clock = systemClock;
  readonly random = systemRandom;
  readonly sha256 = systemHashes.sha256;
  readonly #interactive: boolean;
  #repository: Promise<Repository> | undefined;
  #ports: Promise<FlushPorts> | undefined;
  /** The last one that was made: nothing is said that it takes out. */
  #redactor: Redactor | undefined;

  constructor(options: ContextOptions) {
    this.cwd = options.cwd;
    this.env = options.env;
    const { output } = options;
    this.output = { ...output, say: (text) => output.say(this.#redactor?.text(text).text ?? text) };
    this.#interactive = options.interactive;
  }

  /** @throws not-a-repository, git-missing */
  repository(): Promise<Repository> {
    this.#repository ??= openRepository(this.cwd, this.env, { interactive: this.#interactive, timeout: 120_000 });
    return this.#repository;
  }

  /** What may be recorded here. @throws bad-policy */
  async policy(): Promise<Policy> {
    // not all commands need the schema, and every one starts
    const [{ loadPolicy }, repository] = await Promise.all([import('./policy.ts'), this.repository()]);
    return loadPolicy(repository);
  }

  async files(): Promise<TraceFiles> {
    return new TraceFolder(join((await this.repository()).commonDir, 'trace'));
  }

  /** Everything a flush needs, made once. @throws bad-policy */
  flushPorts(): Promise<FlushPorts> {
    this.#ports ??= this.#makePorts();
    return this.#ports;
  }

  async #makePorts(): Promise<FlushPorts> {
    const repository = await this.repository();
    const files = await this.files();
    const policy = await this.policy();
    const redactor = await this.redactor(policy);
    return {
      repository,
      files,
      clock: this.clock,
      random: this.random,
      sha256: this.sha256,
      redactor,
      policy,
      derive: deriver(this, repository, files, policy),
      origin: () => this.#origin(repository, files),
    };
  }

  /** Takes secrets out: by our rules, this process's environment, and the policy's rules. @throws bad-policy */
  async redactor(policy?: Policy): Promise<Redactor> {
    // not all commands need the rules, and every one starts
    const { makeRedactor, ownAllowance, ownRule, secretNeedles } = await import('./redaction.ts');
    this.#redactor = makeRedactor({
      rules: policy?.redact.rules.map(ownRule) ?? [],
      allow: policy?.redact.allow.map(ownAllowance) ?? [],
      home: this.env['HOME'],
      needles: secretNeedles(this.env),
      sha256: this.sha256,
      now: () => performance.now(),
    });
    return this.#redactor;
  }

  /** Where we are, as an event says it. */
  async place(): Promise<Place> {
    const { branch, oid } = await (await this.repository()).head();
    return { branch: branch ?? null, ...(oid === undefined ? {} : { head: oid }) };
  }

  /** The trace that an argument means; without one, the current branch's. @throws bad-argument, no-branch */
  async trace(argument: string | undefined): Promise<TraceName> {
    const repository = await this.repository();
    if (argument === undefined) {
      const { branch } = await repository.head();
      return branch === undefined ? UNASSIGNED : this.traceOfBranch(repository, branch);
    }
    const meant = parseTraceArgument(argument);
    if (meant.kind === 'number') return meant.number;
    if (meant.kind === 'trace') return meant.trace;
    if (meant.branch === UNASSIGNED && (await repository.refs.get(`refs/heads/${UNASSIGNED}`)) === undefined) return UNASSIGNED;
    return this.traceOfBranch(repository, meant.branch);
  }

  /** The developer who works in this clone, as session_started says it. */
  async developer(): Promise<JsonObject> {
    const { name, email } = await (await this.repository()).identity();
    return {
      ide_version: null,
      name,
      os: `${process.platform} ${release()} ${process.arch}`,
      user_id: this.uuidOf(`git-trace developer\0${email.toLowerCase()}`),
    };
  }

  /** A UUID (version 8, RFC 9562) made of a text's sha-256: the same text, the same UUID, everywhere. */
  uuidOf(text: string): string {
    const hex = this.sha256(text);
    const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** What is paused that we are in: the repository, or only the shell. */
  async paused(): Promise<'repository' | 'shell' | undefined> {
    const files = await this.files();
    if (files.exists(PAUSED)) return 'repository';
    const session = this.env['GITTRACE_SESSION'] ?? '';
    return SESSION.test(session) && files.exists(pausedShell(session)) ? 'shell' : undefined;
  }

  /** Whether the person asked not to be recorded, for this command or on this machine. */
  silenced(): boolean {
    return this.env['GITTRACE'] === '0' || this.env['DO_NOT_TRACK'] === '1';
  }

  async close(): Promise<void> {
    if (this.#repository === undefined) return;
    await (await this.#repository.catch(() => undefined))?.close();
  }

  /** The trace of a branch: its link's, else its own. */
  traceOfBranch(repository: Repository, branch: string): TraceName {
    return traceOfBranch(branch, repository.config, this.sha256);
  }

  async #origin(repository: Repository, files: TraceFiles): Promise<Origin> {
    return this.originOf(ownWriter(files, this.random), repository);
  }

  /** What this clone says of itself, under a name that it has or may get. */
  async originOf(writer: string, repository: Repository): Promise<Origin> {
    return {
      writer,
      tool: `git-trace/${VERSION}`,
      developer: await this.developer(),
      environment: { node: process.version, object_format: repository.objectFormat, shell: this.env['SHELL']?.split('/').pop() ?? null },
    };
  }
}
