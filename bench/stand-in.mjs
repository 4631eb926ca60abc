/** The stand-in for GitHub of test/helpers/github/, for benches: a process of its own that is told what to do. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../test/helpers/github/server.mjs', import.meta.url));

/** Starts it; `tell(order, what)` as server.mjs has them. */
export async function standIn(env) {
  const child = fork(SERVER, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map();
  let orders = 0;
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  });
  const tell = (order, what) =>
    new Promise((resolve, reject) => {
      waiting.set(++orders, { resolve, reject });
      child.send({ id: orders, order, what });
    });
  return { tell, stop: () => child.kill() };
}
