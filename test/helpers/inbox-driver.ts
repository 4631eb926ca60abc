/**
 * One job of many: records a note in a trace of the repository it stands in, and delivers it to its inbox on a remote.
 * Bundled and started by the tests: `node inbox-driver.mjs <remote> <trace> <text>`.
 */
import { systemRandom } from '../../src/adapters/system.ts';
import { deliverToInbox } from '../../src/sync/inbox.ts';
import { Journal, note } from './journal.ts';

const [remote = '', trace = '', text = ''] = process.argv.slice(2);
const writer = systemRandom.hex(8);
const journal = await Journal.open({ cwd: process.cwd(), env: process.env, writer });
journal.files.replace('writer', `${writer}\n`);
journal.spool({ ...note(text), place: { trace } });
await journal.flush();
process.stdout.write(`${await deliverToInbox(journal.ports, remote, trace)}\n`);
await journal.close();
