/** Edits of a test repository, in process: snapshots through real git, wired as the command's context does it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TraceFolder } from '../../src/adapters/fs/trace-files.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { systemClock } from '../../src/adapters/system.ts';
import { type EditPorts, takeEdits } from '../../src/capture/edits/take.ts';
import { type Policy, RECORD_ALL } from '../../src/core/policy.ts';
import type { Repository, Snapshots } from '../../src/core/ports.ts';
import { makeRedactor, type Redactor } from '../../src/core/redact.ts';
import { SPOOL } from '../../src/spool/read.ts';
import { decodeRecords, type SpoolRecord } from '../../src/spool/record.ts';
import type { TestRepository } from './repository.ts';

export interface EditsOptions {
  readonly policy?: Policy;
  readonly redactor?: Redactor;
  readonly exact?: boolean;
  readonly folder?: string;
}

export interface Boundary {
  readonly records: readonly SpoolRecord[];
  readonly tree: string;
}

/** Takes nothing out, for tests in which bytes must come back as they went in. */
export const NO_REDACTION: Redactor = { redact: (payload) => payload, text: (text) => ({ text, kinds: [] }) };

export class Edits {
  readonly ports: EditPorts;
  readonly repository: Repository;

  private constructor(repository: Repository, ports: EditPorts) {
    this.repository = repository;
    this.ports = ports;
  }

  static async open(at: TestRepository, options: EditsOptions = {}): Promise<Edits> {
    const repository = await openRepository(at.path, { ...process.env, ...at.env }, { interactive: false, timeout: 30_000 });
    const files = new TraceFolder(join(repository.commonDir, 'trace'));
    const folder = options.folder ?? 'worktrees/main';
    const snapshots: Snapshots | undefined = repository.snapshots(join(files.path, folder));
    if (snapshots === undefined) throw new Error('a bare repository has no edits');
    const { policy = RECORD_ALL, redactor = makeRedactor(), exact = false } = options;
    return new Edits(repository, { snapshots, files, clock: systemClock, redactor, policy, folder, pid: process.pid, exact });
  }

  /** Takes a snapshot and answers with what was spooled. */
  async take(boundary = 'command', options: { baseline?: boolean } = {}): Promise<Boundary> {
    const taken = await takeEdits(this.ports, boundary, { wait: 0, ...options });
    if (taken === undefined) throw new Error('somebody else takes a snapshot');
    return { records: taken.file === undefined ? [] : this.spooled(taken.file), tree: taken.tree };
  }

  spooled(file: string): SpoolRecord[] {
    const bytes = readFileSync(join(this.ports.files.path, SPOOL, file));
    return decodeRecords(bytes, 0, true).found.flatMap((item) => {
      if (item.kind === 'bad') throw new Error(item.reason);
      return [item.record];
    });
  }

  /** What a boundary told, a line each: `edit modified a +1/-0`. */
  async told(boundary?: string): Promise<string[]> {
    const { records } = await this.take(boundary);
    return records
      .map(({ type, payload: { status, file, old_file, change_summary, origin, files } }) =>
        type === 'edit'
          ? `${status} ${old_file === undefined ? '' : `${old_file} → `}${file} ${change_summary}`
          : `${origin}: ${(files as { path: string }[]).map(({ path }) => path).join(' ')} ${change_summary}`,
      )
      .sort();
  }
}
