/** (r) Redaction of 100,000 events, some with secrets, against sha-256 and JSON.stringify of the same. */
import { createHash } from 'node:crypto';
import { bundled } from '../scripts/bundled.mjs';
import { makeEvents, paired, time } from './measure.mjs';

export const target = 4;
const COUNT = 100_000;

export async function bench() {
  const { makeRedactor, plantSecrets, BENIGN_KINDS, seeded } = await bundled(
    "export { makeRedactor } from './src/core/redact.ts'; export { plantSecrets } from './test/helpers/secrets.ts'; export { BENIGN_KINDS } from './test/helpers/benign.ts'; export { seeded } from './test/helpers/chance.ts';",
  );
  const chance = seeded(4);
  const secrets = plantSecrets(chance, 1);
  // a working day: one event in twenty shows what looks like a secret, one in fifty has one
  const payloads = makeEvents(COUNT, 'bench').map(({ payload }, i) => {
    if (i % 50 === 0) return { ...payload, note: secrets[i % secrets.length].text };
    return i % 20 === 0 ? { ...payload, note: chance.pick(BENIGN_KINDS).make(chance) } : payload;
  });
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const redactor = makeRedactor({
    home: '/home/ann',
    needles: [{ name: 'DEPLOY_TOKEN', value: 'correct-horse-9' }],
    sha256,
    now: () => performance.now(),
  });
  const subject = () =>
    time(() => {
      for (const payload of payloads) redactor.redact(payload);
    });
  const baseline = () =>
    time(() => {
      for (const payload of payloads) sha256(JSON.stringify(payload));
    });
  const result = await paired(7, subject, baseline);
  const what =
    'redaction of 100,000 events, one in fifty with a secret (40,000 a second take 2,500 ms) ÷ sha-256 and JSON.stringify of the same';
  return [{ id: 'r', what, unit: 'ms', target, ...result }];
}
