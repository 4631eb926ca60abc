/**
 * (i) Batches over HTTP: the slowest of a hundred against the same framework that appends the raw body with fdatasync;
 * how many events a second; what an `enqueue()` of the client costs; and how much memory a server takes that is asked for
 * ten times as much at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEvents, median, PROGRAM, paired, sandbox, time } from './measure.mjs';

const CLIENTS = 8;
const RAW = fileURLToPath(new URL('raw-append-server.mjs', import.meta.url));
const SIZES = [
  { size: 1, requests: 400, clients: CLIENTS },
  { size: 100, requests: 80, clients: CLIENTS },
  { size: 10_000, requests: 3, clients: 1 },
];

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
    let seed = 0;
    for (const { size, requests, clients } of SIZES) {
      const rates = [];
      const block = (url) => async () => {
        const bodies = Array.from({ length: requests }, () => batch(size, ++seed));
        let took = [];
        const all = await time(async () => {
          took = await post(url, bodies, clients);
        });
        if (url === ours.url) rates.push((size * requests * 1_000) / all);
        return took.sort((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1];
      };
      const result = await paired(3, block(ours.url), block(raw.url));
      const rate = Math.round(median(rates.slice(2)));
      const what = `99th percentile of a batch of ${size}, ${clients} at a time (${rate} events/s) ÷ the raw body appended with fdatasync`;
      rows.push({ id: 'i', what, unit: 'ms', target: 2, ...result });
    }
    rows.push(await overload(start, box));
    rows.push(await enqueue(box));
    return rows;
  } finally {
    for (const child of servers) child.kill('SIGKILL');
    box.remove();
  }
}

/** No event twice: each batch has a session of its own. */
function batch(size, seed) {
  return JSON.stringify({ pr: 1 + (seed % 4), session: `bench-${seed}`, events: makeEvents(size, `bench-${seed}`, seed) });
}

/** Posts bodies, so many at a time; the milliseconds of each. What is told to wait counts as it is, and is not sent again. */
async function post(url, bodies, clients) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const took = [];
  let next = 0;
  const one = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const began = performance.now();
      await ask(`${url}/ingest`, body, agent);
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
  agent.destroy();
  return took;
}

/** Posts one; a connection that was closed while it waited for us is taken anew. */
function ask(url, body, agent, tries = 3) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', (error) => (tries > 0 ? resolve(ask(url, body, agent, tries - 1)) : reject(error)));
    asked.end(body);
  });
}

/** The most memory of a server that many ask at once, against one that a tenth of them ask. */
async function overload(start, box) {
  const peak = async (name, clients) => {
    box.git('init', '-q', '--bare', `team/${name}.git`);
    const { url, child } = await start([PROGRAM, 'serve', '--root', box.path, '--port', '0', '--rate', '1000000']);
    const bodies = Array.from({ length: clients * 3 }, (_, i) => batch(5_000, 1_000_000 + i));
    await post(`${url}/team/${name}`, bodies, clients);
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
