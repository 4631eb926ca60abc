/**
 * Stage 3, looking ahead: what waits in the spool for one trace, as the next flush will write it: completed, narrowed,
 * redacted, capped, in its session. Takes no lock, writes nothing, and shows no byte that a journal would not hold.
 */
import type { Entry, Sha256 } from '../core/line.ts';
import { isPrunedLine } from '../core/line.ts';
import { readEntry } from '../core/order.ts';
import type { Policy } from '../core/policy.ts';
import type { CommitFacts, Oid, Repository, TraceFiles } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type Offsets, SPOOL, type Taken } from '../spool/read.ts';
import type { SpoolRecord } from '../spool/record.ts';
import { tailSpool } from '../spool/tail.ts';
import { commitWanted } from './complete.ts';
import { inOrder } from './flush.ts';
import { prepare } from './prepare.ts';
import { loadState } from './state.ts';
import { traceOf } from './trace-of.ts';
import { type Incoming, type OpenSession, type Origin, type SessionStore, Sessions } from './trace-writer.ts';

export interface PreviewPorts {
  readonly files: TraceFiles;
  readonly repository: Pick<Repository, 'commitFacts' | 'config'>;
  readonly redactor: Redactor;
  readonly policy: Policy;
  readonly sha256: Sha256;
  /** Makes the step by which a flush makes events of what agents and commands have left; a new one for each time that all is looked at. */
  readonly deriver: () => (taken: readonly Taken[]) => Promise<readonly Taken[]>;
  /** What this clone says of itself; nothing is minted for it. */
  readonly origin: () => Promise<Origin>;
}

/** The journal that previews go on from. */
export interface PreviewedJournal {
  has(id: string): boolean;
  endOf(writer: string, session: string): { readonly next: number; readonly lastLine: string | undefined } | undefined;
  sessionsOf(writer: string): readonly string[];
}

export class Preview {
  readonly #trace: TraceName;
  readonly #journal: PreviewedJournal;
  #ports: PreviewPorts;
  #derive: ReturnType<PreviewPorts['deriver']>;
  /** How far each file was looked at. */
  #offsets: Offsets;
  /** Files with records that were shown, and how far these were taken when they were. */
  readonly #shown = new Map<string, number>();
  #sessions: { readonly lines: Lines; readonly plan: Sessions } | undefined;

  constructor(ports: PreviewPorts, trace: TraceName, journal: PreviewedJournal) {
    this.#ports = ports;
    this.#trace = trace;
    this.#journal = journal;
    this.#derive = ports.deriver();
    this.#offsets = loadState(ports.files).offsets;
  }

  /** Whether something that was shown was taken meanwhile, or is gone. */
  isOutdated(): boolean {
    if (this.#shown.size === 0) return false;
    const { files } = this.#ports;
    const { offsets } = loadState(files);
    return [...this.#shown].some(([file, taken]) => (offsets[file] ?? 0) !== taken || !files.exists(`${SPOOL}/${file}`));
  }

  /** Looks at what is new in the spool. @returns the events that have come, with the lines that begin and end their sessions */
  async look(): Promise<readonly Entry[]> {
    const { taken, offsets } = tailSpool(this.#ports.files, this.#offsets);
    this.#offsets = offsets;
    return taken.length === 0 ? [] : this.#planned(taken, loadState(this.#ports.files).offsets);
  }

  /** All that waits, anew: the journal has changed, or what may be recorded. @param ports of now */
  async again(ports: PreviewPorts): Promise<readonly Entry[]> {
    this.#ports = ports;
    this.#sessions = undefined;
    this.#shown.clear();
    this.#derive = ports.deriver();
    const before = loadState(ports.files).offsets;
    const { taken, offsets } = tailSpool(ports.files, before);
    this.#offsets = offsets;
    return this.#planned(taken, before);
  }

  /** @param before how far the spool is in journals */
  async #planned(taken: readonly Taken[], before: Offsets): Promise<readonly Entry[]> {
    const known = new Set<string>();
    const news = (await this.#prepared(taken)).filter(({ file, prepared: { id } }) => {
      if (known.has(id) || this.#journal.has(id)) return false;
      known.add(id);
      this.#shown.set(file, this.#shown.get(file) ?? before[file] ?? 0);
      return true;
    });
    if (news.length === 0) return [];
    if (this.#sessions === undefined) {
      const origin = await this.#ports.origin();
      const lines = new Lines(this.#journal, origin.writer, this.#ports.sha256);
      this.#sessions = { lines, plan: new Sessions(lines, origin) };
    }
    const { lines, plan } = this.#sessions;
    for (const incoming of news) await plan.add(incoming);
    return lines.take();
  }

  /** What the records of this trace become; what becomes of the others is the flush's matter. */
  async #prepared(taken: readonly Taken[]): Promise<(Incoming & { readonly file: string })[]> {
    const { repository, redactor, policy, sha256 } = this.#ports;
    const own = inOrder(await this.#derive(taken)).filter(({ record }) => this.#isOwn(record));
    const commits = own.flatMap(({ record }) => commitWanted(record) ?? []);
    const facts: ReadonlyMap<Oid, CommitFacts> = commits.length === 0 ? new Map() : await repository.commitFacts(commits);
    return own.flatMap(({ record, ts, file }) => {
      const preparation = prepare(record, ts, { facts, redactor, policy, sha256 });
      return preparation.kind === 'event' ? [{ prepared: preparation.prepared, session: preparation.session, file }] : [];
    });
  }

  #isOwn(record: SpoolRecord): boolean {
    const { repository, sha256 } = this.#ports;
    try {
      return traceOf(record, repository.config, sha256) === this.#trace;
    } catch {
      return false; // its place may say anything
    }
  }
}

/** The lines that a flush would add to the sessions of a journal, in memory. */
class Lines implements SessionStore {
  readonly #journal: PreviewedJournal;
  readonly #writer: string;
  readonly #sha256: Sha256;
  readonly #open = new Map<string, OpenSession>();
  #added: Entry[] = [];

  constructor(journal: PreviewedJournal, writer: string, sha256: Sha256) {
    this.#journal = journal;
    this.#writer = writer;
    this.#sha256 = sha256;
  }

  /** The lines since the last time, as events. */
  take(): readonly Entry[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }

  async names(): Promise<readonly string[]> {
    return this.#journal.sessionsOf(this.#writer);
  }

  async open(session: string): Promise<OpenSession> {
    const known = this.#open.get(session);
    if (known !== undefined) return known;
    const { next = 1, lastLine } = this.#journal.endOf(this.#writer, session) ?? {};
    let seq = next;
    let isNew = lastLine === undefined || isPrunedLine(lastLine);
    const opened: OpenSession = {
      session,
      lastLine,
      get isNew() {
        return isNew;
      },
      append: (line) => {
        isNew = false;
        const read = readEntry(line, this.#writer, session, seq++, this.#sha256);
        if ('id' in read) this.#added.push(read);
      },
    };
    this.#open.set(session, opened);
    return opened;
  }
}
