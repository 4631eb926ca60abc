/**
 * (i) Batches over HTTP: the slowest of a hundred against the same framework that appends the raw body with fdatasync;
 * how many events a second; what an `enqueue()` of the client costs; and how much memory a server takes that is asked for
 * ten times as much at once.
 *
 * Ours and the baseline are asked in turn, for so long that the journal is written while ours is asked; the baseline waits
 * until that is done, so that it never pays for it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEvents, median, PROGRAM, paired, sandbox, time } from './measure.mjs';

const RAW = fileURLToPath(new URL('raw-append-server.mjs', import.meta.url));
const SIZES = [
  { size: 1, clients: 8 },
  { size: 100, clients: 8 },
  { size: 10_000, clients: 1 },
];
const ROUNDS = 3;
/** Milliseconds that each is asked in a round. */
const OURS = 6_000;
const BASELINE = 2_000;
/** Events that each is sent in a round at most: ours takes them faster than they are flushed, and tells to wait for that at 200,000. */
const MOST = 120_000;
/** Batches that each server of the overload is sent in all. */
const OVERLOAD = 40;

export async function bench() {
  const box = sandbox('ingest');
  const servers = [];
  try {
    box.git('init', '-q', 'work');
    const start = async (args) => {
      const child = spawn(process.execPath, args, { cwd: join(box.path, 'work'), env: box.env, stdio: ['ignore', 'pipe', 'ignore'] });
      servers.push(child);
      const [url] = await once(child.stdout, 'data');
      return { url: String(url).trim(), child };
    };
    const ours = await start([PROGRAM, 'serve', '--port', '0', '--rate', '1000000']);
    const raw = await start([RAW, join(box.path, 'raw')]);
    const rows = [];
    for (const { size, clients } of SIZES) rows.push(...(await latency(ours.url, raw.url, size, clients)));
    rows.push(await overload(start, box));
    rows.push(await enqueue(box));
    return rows;
  } finally {
    for (const child of servers) child.kill('SIGKILL');
    box.remove();
  }
}

/** The 99th percentile and the median of the times of a batch, of ours and of the baseline, each the median of some rounds. */
async function latency(ours, raw, size, clients) {
  const told = { [ours]: [], [raw]: [] };
  const bodies = batches(size);
  for (let round = -1; round < ROUNDS; round++) {
    for (const url of round % 2 === 0 ? [ours, raw] : [raw, ours]) {
      const result = await block(url, bodies, clients, { during: url === ours ? OURS : BASELINE, most: MOST / size });
      // whoever reads has what came flushed first
      if (url === ours) await ask(`${ours}/traces`, 'GET');
      if (round >= 0) told[url].push(result);
    }
  }
  const of = (url, key) => median(told[url].map((result) => result[key]));
  const rate = Math.round(size * of(ours, 'rate'));
  const row = (name, key, target) => ({
    id: 'i',
    what: `${name} of a batch of ${size}, ${clients} at a time (${rate} events/s) ÷ the raw body appended with fdatasync`,
    unit: 'ms',
    target,
    subject: of(ours, key),
    baseline: of(raw, key),
    ratio: of(ours, key) / of(raw, key),
  });
  return [row('99th percentile', 'slow', 2), row('median', 'middle', undefined)];
}

/** Posts batches for so many milliseconds, and so many at most, some at a time. @throws Error where one is not taken */
async function block(url, bodies, clients, { during, most }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const took = [];
  const end = performance.now() + during;
  let sent = 0;
  const one = async (client) => {
    while (performance.now() < end && sent++ < most) {
      const body = bodies.next(client);
      const began = performance.now();
      const status = await ask(`${url}/ingest`, 'POST', body, agent);
      took.push(performance.now() - began);
      if (status !== 200) throw new Error(`a batch was answered with ${status}`);
    }
  };
  const all = await time(() => Promise.all(Array.from({ length: clients }, (_, client) => one(client))));
  agent.destroy();
  took.sort((a, b) => a - b);
  return { slow: took[Math.ceil(took.length * 0.99) - 1], middle: median(took), rate: (took.length * 1_000) / all };
}

/** Batches without end, no event twice: single ones in a session of each client, larger ones in a session of their own. */
function batches(size) {
  const events = makeEvents(size === 1 ? 1_000 : size, 'SESSION');
  const text = JSON.stringify({ session: 'SESSION', events });
  let made = 0;
  return {
    next(client) {
      const nth = made++;
      if (size > 1) return `{"pr":${1 + (nth % 4)},${text.slice(1).replaceAll('SESSION', `bench-${size}-${nth}`)}`;
      const ts = new Date(Date.UTC(2026, 10, 2, 9) + nth).toISOString();
      const { type, payload } = events[nth % events.length];
      return JSON.stringify({ pr: 1 + (client % 4), session: `bench-client-${client}`, events: [{ ts, type, payload }] });
    },
  };
}

/** Asks for something; a connection that was closed while it waited for us is taken anew. */
function ask(url, method, body = '', agent = undefined, tries = 3) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method, agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', (error) => (tries > 0 ? resolve(ask(url, method, body, agent, tries - 1)) : reject(error)));
    asked.end(body);
  });
}

/** The most memory of a server that many ask at once, against one that a tenth of them ask, for the same number of batches. */
async function overload(start, box) {
  const peak = async (name, clients) => {
    box.git('init', '-q', '--bare', `team/${name}.git`);
    const { url, child } = await start([PROGRAM, 'serve', '--root', box.path, '--port', '0', '--rate', '1000000']);
    const bodies = batches(5_000);
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const one = async () => {
      // what is told to wait is not sent again
      for (let i = 0; i < OVERLOAD / clients; i++) await ask(`${url}/team/${name}/ingest`, 'POST', bodies.next(), agent);
    };
    await Promise.all(Array.from({ length: clients }, one));
    agent.destroy();
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    child.kill('SIGKILL');
    return Number(/VmHWM:\s+([0-9]+) kB/.exec(status)[1]) * 1_024;
  };
  const [baseline, subject] = [await peak('few', 4), await peak('many', 40)];
  const what = 'memory of a server that 40 clients send batches of 5,000 ÷ that 4 clients do';
  return { id: 'o', what, unit: 'bytes', target: 3, subject, baseline, ratio: subject / baseline };
}

/** What a caller waits for an event to be kept, against one write(2) of the same line. */
async function enqueue(box) {
  const { openClient } = await import('../dist/client.js');
  const events = makeEvents(2_000, 'bench');
  const client = openClient({ folder: join(box.path, 'outbox'), maxBytes: 1 << 30 });
  const file = openSync(join(box.path, 'plain'), 'a');
  const lines = events.map((event) => `\n${JSON.stringify({ id: '0123456789abcdef', entry: { kind: 'event', event } })}\n`);
  const each = async (work) => (await time(work)) / events.length;
  const result = await paired(
    9,
    () =>
      each(() => {
        for (const event of events) client.enqueue(event);
      }),
    () =>
      each(() => {
        for (const line of lines) writeSync(file, line);
      }),
  );
  closeSync(file);
  return { id: 'q', what: "the client's enqueue() ÷ one write(2) of the same line", unit: 'us', target: 5, ...result };
}
