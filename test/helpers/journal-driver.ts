/**
 * A process of its own that writes journals, for tests that kill it or run many at once. Bundled and started by
 * driver.ts; told what to do by one JSON argument, says what it did as JSON.
 *
 * `{"do":"append","name":"a","events":100,"batch":10}` spools and flushes batches of notes `a 0`, `a 1`, …
 * `{"do":"flush"}` flushes what waits. With `"killAt": 7` it kills itself at the 7th point, a point being the moment
 * before or after any call of a port that changes something; without, it says all points it passed.
 * `{"do":"endure","name":"a"}` spools durable notes `a 0`, `a 1`, … without end and flushes now and then; says the text of
 * each as a line of its own once it is acknowledged.
 * `{"do":"scribble"}` appends lines to the file `scribble` and says each, without syncing: what a power cut must take.
 */
import { appendFileSync, writeSync } from 'node:fs';
import type { GitObjects } from '../../src/core/ports.ts';
import { flush } from '../../src/journal/flush.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import { Journal, note } from './journal.ts';

export type Task =
  | { readonly do: 'append'; readonly name: string; readonly events: number; readonly batch: number }
  | { readonly do: 'flush'; readonly killAt?: number }
  | { readonly do: 'endure'; readonly name: string }
  | { readonly do: 'scribble' };

export interface Appended {
  readonly accepted: number;
  readonly duplicate: number;
  readonly retries: number;
}

export interface Flushed {
  readonly points: readonly string[];
}

// written by driver.ts only
const task = JSON.parse(process.argv[2] ?? '') as Task;
const journal = await Journal.open({ cwd: process.cwd(), env: process.env });
if (task.do === 'endure') await endure(task.name);
if (task.do === 'scribble') scribble();
process.stdout.write(
  `${JSON.stringify(task.do === 'append' ? await append(task) : await flushToPoint(task.do === 'flush' ? task.killAt : undefined))}\n`,
);
await journal.close();

async function append({ name, events, batch }: Task & { do: 'append' }): Promise<Appended> {
  const sum = { accepted: 0, duplicate: 0, retries: 0 };
  for (let from = 0; from < events; from += batch) {
    const records = Array.from({ length: Math.min(batch, events - from) }, (_, i) => note(`${name} ${from + i}`));
    journal.spool(...records);
    const { accepted, duplicate, retries } = await journal.flush({ wait: 60_000 });
    sum.accepted += accepted;
    sum.duplicate += duplicate;
    sum.retries += retries;
  }
  return sum;
}

/** Never ends. Batches of all sizes, so that loose objects and packs are written. */
async function endure(name: string): Promise<never> {
  for (let i = 0, round = 0; ; round++) {
    const spool = new SpoolFile(journal.files, journal.ports.random, 'test', process.pid);
    for (let k = 0; k < (round % 8 === 7 ? 80 : 3); k++, i++) {
      spool.append(note(`${name} ${i}`, i, { session: { id: `${name}-${k}` } }), { durable: true });
      writeSync(1, `${name} ${i}\n`);
    }
    await journal.flush({ wait: 60_000, finished: new Set([spool.name]) });
  }
}

/** Never ends. */
function scribble(): never {
  for (let i = 0; ; i++) {
    appendFileSync('scribble', `${i}\n`);
    writeSync(1, `${i}\n`);
  }
}

async function flushToPoint(killAt: number | undefined): Promise<Flushed> {
  const points: string[] = [];
  const pass = (name: string): void => {
    points.push(name);
    if (points.length === killAt) process.kill(process.pid, 'SIGKILL');
  };
  /** An object whose methods pass a point before and after each call. */
  const watched = <T extends object>(object: T, name: string, methods: readonly (keyof T & string)[]): T =>
    new Proxy(object, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (!(methods as readonly (string | symbol)[]).includes(key)) return value.bind(target);
        return (...args: unknown[]) => {
          const what = `${name}.${String(key)}${typeof args[0] === 'string' ? ` ${args[0]}` : ''}`;
          pass(`before ${what}`);
          const result: unknown = value.apply(target, args);
          if (result instanceof Promise) return result.finally(() => pass(`after ${what}`));
          pass(`after ${what}`);
          return result;
        };
      },
    });
  const { repository, files } = journal.ports;
  const { objects } = repository;
  const watchedObjects: GitObjects = {
    nameOf: (type, data) => objects.nameOf(type, data),
    read: (oid) => objects.read(oid),
    isAncestor: (ancestor, descendant) => objects.isAncestor(ancestor, descendant),
    batch: () => watched(objects.batch(), 'batch', ['write']),
  };
  await flush(
    {
      ...journal.ports,
      repository: { ...repository, objects: watchedObjects, refs: watched(repository.refs, 'refs', ['update', 'clearStaleLock']) },
      files: watched(files, 'files', ['append', 'replace', 'remove', 'lock']),
    },
    { wait: 10_000 },
  );
  pass('done');
  return { points };
}
