/**
 * (e) Bytes of a depth-1 fetch of a trace of 10,000 events recorded ten at a time, and of its whole history after gc,
 * against one zlib-compressed file of the same lines.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { makeEvents, sandbox, spoolText } from './measure.mjs';

export const target = { fetch: 1.25, history: 1.6 };
const COUNT = 10_000;
const BATCH = 10;

export async function bench() {
  const box = sandbox('size');
  try {
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    mkdirSync(join(work, '.git/trace/spool'), { recursive: true });
    const events = makeEvents(COUNT, 'bench');
    for (let i = 0; i < COUNT; i += BATCH) {
      writeFileSync(join(work, `.git/trace/spool/bench-999999-${i}.ndjson`), spoolText(events.slice(i, i + BATCH)));
      box.trace(work, 'flush');
    }
    const ref = 'refs/traces/heads/main/journal';
    const paths = box
      .git('-C', 'work', 'ls-tree', '-r', '--name-only', ref)
      .split('\n')
      .filter((path) => path.endsWith('.ndjson'));
    const lines = Buffer.concat(paths.map((path) => box.run('git', ['show', `${ref}:${path}`], { cwd: work })));
    const baseline = deflateSync(lines).length;

    box.git('init', '-q', '--bare', 'reader.git');
    box.git('-C', 'reader.git', '-c', 'fetch.unpackLimit=1', 'fetch', '-q', '--depth=1', '--no-tags', `file://${work}`, `${ref}:${ref}`);
    // kept as the pack it came in: unpacked it would be compressed anew
    const fetched = folderBytes(join(box.path, 'reader.git/objects/pack'), '.pack');
    box.git('-C', 'work', 'gc', '-q', '--prune=now');
    const history = folderBytes(join(work, '.git/objects/pack'), '.pack');
    const row = (what, subject, limit) => ({ id: 'e', what, unit: 'bytes', target: limit, subject, baseline, ratio: subject / baseline });
    return [
      row('a depth-1 fetch of 10,000 events recorded in tens ÷ one zlib file of the same lines', fetched, target.fetch),
      row('the whole history of them after gc ÷ the same file', history, target.history),
    ];
  } finally {
    box.remove();
  }
}

function folderBytes(path, ending = '') {
  let sum = 0;
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(ending) && !/\.(idx|rev)$/.test(entry.name))
      sum += statSync(join(entry.parentPath ?? entry.path, entry.name)).size;
  }
  return sum;
}
