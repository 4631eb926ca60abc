/**
 * A GitHub on this machine, as a process of its own, so that tests may wait for the commands that ask it:
 * front.mjs (keeps what was asked) → Prism (judges it) → back.mjs (what the emulator lacks) → emulate (the state).
 * Started by github.ts, told what to do over the channel between the two; ends with whoever started it.
 */
import { createEmulator } from 'emulate';
import { askEmulator, restated, startBack } from './back.mjs';
import { startFront } from './front.mjs';
import { startPrism } from './prism.mjs';
import { Store } from './store.mjs';

const store = new Store();
const log = { requests: [], violations: [] };
const urls = { api: '', web: '' };
let emulator = '';

const ORDERS = {
  async start({ users, repositories }) {
    // each user's own token, which no client knows
    const tokens = Object.fromEntries(['nobody', ...users].map((login) => [`as-${login}`, { login, scopes: ['repo', 'user'] }]));
    const github = {
      users: ['nobody', ...users].map((login) => ({ login, name: login })),
      repos: repositories.map((full) => ({ owner: full.split('/')[0], name: full.split('/')[1] })),
    };
    emulator = (await createEmulator({ service: 'github', port: 0, seed: { tokens, github } })).url;
    urls.web = await startFront(store, await startPrism(await startBack(store, emulator, urls)), log);
    urls.api = `${urls.web}/api/v3`;
    // the judge prepares itself at its first request, which takes half a second, or as long as a client waits for a busy machine
    await (await fetch(`${urls.api}/repos/${repositories[0]}/pulls`)).text();
    await ORDERS.forget();
    return urls;
  },
  /** Does what a person does on the site: neither counted nor judged. */
  async act({ login, method, path, body }) {
    const answered = await askEmulator(emulator, login, method, path, body);
    if (answered.status >= 300) throw new Error(`${method} ${path} as ${login}: ${answered.status} ${JSON.stringify(answered.body)}`);
    return answered.body === undefined ? undefined : restated(store, emulator, urls, answered.body);
  },
  async token({ token, ...what }) {
    store.tokens.set(token, what);
  },
  async pull({ name, ...what }) {
    store.pulls.set(name, { ...store.pulls.get(name), ...what });
  },
  async host({ repository, path }) {
    store.paths.set(repository, path);
  },
  async rename({ from, to }) {
    store.renamed.set(from, to);
    store.paths.set(to, store.paths.get(from));
  },
  async fault(what) {
    store.faults.push(what);
  },
  async log() {
    return log;
  },
  async forget() {
    log.requests.length = 0;
    log.violations.length = 0;
  },
};

process.on('message', async ({ id, order, what }) => {
  try {
    process.send({ id, answer: await ORDERS[order](what) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on('disconnect', () => process.exit());
