/**
 * Large repositories for the benches, written by one `git fast-import`: a journal of a million events, a hundred thousand
 * archived traces. Paths and lines are those of docs/format.md; `git trace verify` finds nothing wrong with them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { makeEvents } from './measure.mjs';

const SEGMENT_BYTES = 65_536;
const FAN_OUT = 256;

/** A journal's line, canonical where the payload's members are sorted. */
function lineOf({ payload, session, ts, type }) {
  return `{"payload":${JSON.stringify(payload)},"session":"${session}","ts":"${ts}","type":"${type}"}`;
}

function started(session, ts, user) {
  const payload = {
    developer: { name: `Dev ${user}`, os: 'linux', user_id: `8d777fc0-8e49-81d8-9dec-97fe520b31${String(user).padStart(2, '0')}` },
    kind: 'shell',
    tool: 'bash 5.2',
  };
  return { payload, session, ts, type: 'session_started' };
}

/** Streams commands to `git fast-import`, compressing fast and waiting where git is behind. */
export class Importer {
  #child;
  #text = [];
  #bytes = 0;
  #mark = 0;

  constructor(box, repository) {
    const args = ['-c', 'core.compression=1', '-c', 'pack.compression=1', 'fast-import', '--quiet', '--done', '--force'];
    this.#child = spawn('git', args, { cwd: repository, env: box.env, stdio: ['pipe', 'ignore', 'inherit'] });
  }

  async #put(...pieces) {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      this.#text.push(bytes);
      this.#bytes += bytes.length;
    }
    if (this.#bytes > 1 << 20) await this.#send();
  }

  async #send() {
    const bytes = Buffer.concat(this.#text);
    this.#text = [];
    this.#bytes = 0;
    if (!this.#child.stdin.write(bytes)) await once(this.#child.stdin, 'drain');
  }

  /** Writes a blob and gives its mark. */
  async blob(text) {
    const bytes = Buffer.from(text);
    this.#mark++;
    await this.#put(`blob\nmark :${this.#mark}\ndata ${bytes.length}\n`, bytes, '\n');
    return `:${this.#mark}`;
  }

  /** Writes a commit without parents. @param files pairs of path and mark */
  async commit(ref, files) {
    await this.#put(`commit ${ref}\ncommitter A U Thor <author@example.com> 1795000000 +0000\ndata 5\ntrace\n`);
    for (const [path, mark] of files) await this.#put(`M 100644 ${mark} ${path}\n`);
    await this.#put('\n');
  }

  /** Writes a branch of so many commits, each changing one of 500 files. */
  async history(ref, commits) {
    for (let i = 0; i < commits; i++) {
      const text = makeEvents(4, 's', i).map((event) => `${JSON.stringify(event)}\n`);
      const blob = await this.blob(text.join(''));
      const message = `Change ${i}`;
      await this.#put(
        `commit ${ref}\ncommitter A U Thor <author@example.com> ${1_700_000_000 + i * 3_600} +0000\ndata ${message.length}\n${message}\n`,
      );
      await this.#put(`M 100644 ${blob} src/${i % 20}/file-${i % 500}.ts\n\n`);
    }
  }

  async end() {
    await this.#put('done\n');
    await this.#send();
    this.#child.stdin.end();
    const [status] = await once(this.#child, 'close');
    if (status !== 0) throw new Error(`git fast-import ended with ${status}`);
  }
}

/**
 * A journal of so many events: sessions of a thousand, by forty people whose sessions overlap, but for one that has a
 * twentieth of all and many segments.
 *
 * @returns the lines' bytes
 */
export async function writeJournal(importer, ref, count) {
  const people = Math.min(40, Math.ceil(count / 1_000));
  const files = [['format', await importer.blob('1\n')]];
  const long = Math.floor(count / 20);
  let total = 0;
  const sizes = [long, ...Array.from({ length: Math.ceil((count - long) / 1_000) }, (_, i) => Math.min(1_000, count - long - i * 1_000))];
  for (const [i, size] of sizes.entries()) {
    const session = `bash-5.2.15-${1_000 + i}-1795252502`;
    const writer = `00112233445566${String(i % people).padStart(2, '0')}`;
    // a session takes about eight hours; those of one person follow each other
    const shift = Math.floor(i / people) * 12 * 3_600_000 + (i % people) * 60_000;
    const events = makeEvents(Math.max(size - 1, 0), session, i).map((event) => ({
      ...event,
      ts: new Date(Date.parse(event.ts) + shift).toISOString(),
    }));
    const lines = [started(session, events[0]?.ts ?? '2026-11-02T09:00:00.000Z', i % people), ...events].map(
      (event) => `${lineOf(event)}\n`,
    );
    let ordinal = 0;
    for (let at = 0; at < lines.length; ordinal++) {
      let [end, bytes] = [at, 0];
      while (end < lines.length && bytes < SEGMENT_BYTES) bytes += lines[end++].length;
      const folder = ordinal < FAN_OUT ? '' : `${String(Math.floor(ordinal / FAN_OUT)).padStart(4, '0')}/`;
      files.push([
        `${writer}/${session}/${folder}${String(at + 1).padStart(10, '0')}.ndjson`,
        await importer.blob(lines.slice(at, end).join('')),
      ]);
      total += bytes;
      at = end;
    }
  }
  await importer.commit(ref, files);
  return total;
}

/** Archived traces of eight events each, spread over so many months that end with 2026-10. */
export async function writeArchives(importer, count, months) {
  const format = await importer.blob('1\n');
  const perMonth = Math.ceil(count / months);
  const sample = makeEvents(7 * 500, 's', 7);
  for (let month = 0; month < months; month++) {
    const name = new Date(Date.UTC(2026, 9 - month, 1)).toISOString().slice(0, 7);
    const files = [['format', format]];
    for (let i = 0; i < perMonth && month * perMonth + i < count; i++) {
      const number = count - (month * perMonth + i);
      const session = `bash-5.2.15-${number}-1795252502`;
      const at = (n) => new Date(Date.UTC(2026, 9 - month, 3 + (i % 20), 9, n)).toISOString();
      const update = {
        created_at: at(0),
        merged_at: at(30),
        status: 'merged',
        title: `Change number ${number}`,
      };
      const events = [
        started(session, at(0), number % 40),
        ...sample.slice((number % 500) * 7, (number % 500) * 7 + 6).map((event, n) => ({ ...event, session, ts: at(n + 1) })),
        { payload: update, session, ts: at(30), type: 'pr_updated' },
      ];
      const blob = await importer.blob(events.map((event) => `${lineOf(event)}\n`).join(''));
      files.push(
        [`${number}/format`, format],
        [`${number}/00112233445566${String(number % 40).padStart(2, '0')}/${session}/0000000001.ndjson`, blob],
      );
    }
    await importer.commit(`refs/traces/archive/${name}`, files);
  }
}
