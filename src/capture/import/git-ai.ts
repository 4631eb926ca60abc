/**
 * Stage 1, importing: an authorship log of git-ai (its standard 3.0.0): a note of a commit, which says of the lines that
 * the commit brought which agent's session, or which person, wrote them. Pure.
 */
import type { Sha256 } from '../../core/line.ts';
import { normaliseTime } from '../../core/time.ts';
import type { Place, SessionFacts, SpoolRecord } from '../../spool/record.ts';
import { listIn, readSaid, type Said, saidIn, textIn } from '../agents/said.ts';
import { writtenLines } from './written-lines.ts';

/** git-ai's names of agents that have hooks of ours. */
const OURS: Readonly<Record<string, string>> = { claude: 'claude-code' };

export interface AuthorshipOptions {
  readonly place: Place;
  /** The commit that the note is of, and its time. */
  readonly sha: string;
  readonly ts: string;
  readonly isIgnored: (path: string) => boolean;
  readonly sha256: Sha256;
}

/** One line of the attestation: these lines of the file were written under that key. */
interface Attested {
  readonly file: string;
  readonly key: string;
  readonly lines: string;
}

/** Makes records of one note; `undefined` where it is no authorship log. */
export function authorshipRecords(note: string, options: AuthorshipOptions): SpoolRecord[] | undefined {
  const divider = /(?:^|\n)---(?:\n|$)/.exec(note);
  const metadata = divider === null ? undefined : readSaid(note.slice(divider.index + divider[0].length));
  if (metadata === undefined || textIn(metadata, 'schema_version')?.startsWith('authorship/3.') !== true) return undefined;
  const attested = readAttested(note.slice(0, divider?.index));
  return [...promptsIn(metadata, options), ...attested.flatMap((one) => editOf(one, metadata, options))];
}

function readAttested(text: string): Attested[] {
  const attested: Attested[] = [];
  let file = '';
  for (const line of text.split('\n')) {
    const [, key = '', lines = ''] = /^ {2}(\S{1,80}) ([0-9][0-9,-]*)$/.exec(line) ?? [];
    if (key !== '') attested.push({ file, key, lines });
    else if (line !== '' && !line.startsWith(' ')) file = line.replace(/^"(.*)"$/, '$1');
  }
  return attested;
}

function sessionOf(record: Said, key: string, sha256: Sha256): SessionFacts {
  const agent = saidIn(record, 'agent_id');
  const tool = textIn(agent, 'tool') ?? 'unknown';
  const [id, model] = [textIn(agent, 'id') ?? key, textIn(agent, 'model')];
  const name = `${OURS[tool] ?? tool}-${id}`;
  return {
    id: /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name) ? name : `git-ai-${sha256(name).slice(0, 32)}`,
    kind: 'agent',
    tool: OURS[tool] ?? tool,
    ...(model === undefined || model === 'unknown' ? {} : { model }),
  };
}

function editOf({ file, key, lines }: Attested, metadata: Said, { place, sha, ts, isIgnored, sha256 }: AuthorshipOptions): SpoolRecord[] {
  if (file === '' || isIgnored(file)) return [];
  const [id = ''] = key.split('::');
  const map = id.startsWith('h_') ? 'humans' : id.startsWith('s_') ? 'sessions' : 'prompts';
  const payload = { ...writtenLines(file, lines, 'git-ai'), revision: sha };
  if (map === 'humans') {
    const session = { id: `git-ai-${id.slice(0, 40)}`, kind: 'ide', tool: 'git-ai' };
    return [{ place, session, type: 'edit', ts, payload: { ...payload, contributor: 'human' } }];
  }
  const record = saidIn(saidIn(metadata, map), id);
  return [{ place, session: sessionOf(record, id, sha256), type: 'edit', ts, payload: { ...payload, contributor: 'ai' } }];
}

/** What was asked, where an older log holds the conversation. */
function* promptsIn(metadata: Said, { place, ts, sha256 }: AuthorshipOptions): Generator<SpoolRecord> {
  const prompts = saidIn(metadata, 'prompts');
  for (const key of Object.keys(prompts)) {
    const record = saidIn(prompts, key);
    for (const message of listIn(record, 'messages')) {
      const text = textIn(message, 'text');
      if (textIn(message, 'type') !== 'user' || text === undefined) continue;
      const at = normaliseTime(textIn(message, 'timestamp') ?? '') ?? ts;
      yield { place, session: sessionOf(record, key, sha256), type: 'prompt', ts: at, payload: { text } };
    }
  }
}
