/**
 * (c) `ci comment` that brings its comment up to date, in a job without a checkout, against starting node; and how many
 * requests it makes of the API, which is the stand-in for GitHub of test/helpers/github/.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents, PROGRAM, paired, sandbox, time } from './measure.mjs';
import { standIn } from './stand-in.mjs';

const TOKEN = `ghs_${'A'.repeat(36)}`;

export async function bench() {
  const box = sandbox('ci-comment');
  const github = await standIn(box.env);
  try {
    const { api, web } = await github.tell('start', { users: ['ada', 'github-actions[bot]'], repositories: ['ada/shop'] });
    await github.tell('token', { token: TOKEN, login: 'github-actions[bot]', actions: true });
    box.git('init', '-q', '--bare', 'shop.git');
    await github.tell('host', { repository: 'ada/shop', path: join(box.path, 'shop.git') });
    box.git('init', '-q', 'work');
    const work = join(box.path, 'work');
    box.git('-C', 'work', 'remote', 'add', 'origin', join(box.path, 'shop.git'));
    box.git('-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'first');
    box.git('-C', 'work', 'push', '-q', 'origin', 'main', 'main:topic');
    const head = box.git('-C', 'work', 'rev-parse', 'HEAD').trim();
    const pull = await github.tell('act', {
      login: 'ada',
      method: 'POST',
      path: '/repos/ada/shop/pulls',
      body: { title: 'Topic', head: 'topic', base: 'main' },
    });
    await github.tell('pull', { name: 'ada/shop#1', head, commits: [head] });
    const shown = { ...pull, head: { ...pull.head, sha: head } };
    const event = join(box.path, 'event.json');
    writeFileSync(event, JSON.stringify({ action: 'synchronize', number: 1, pull_request: shown, repository: { full_name: 'ada/shop' } }));
    const env = {
      ...box.env,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: web,
      GITHUB_API_URL: api,
      GITHUB_REPOSITORY: 'ada/shop',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: 'refs/pull/1/merge',
      GITHUB_RUN_ID: '1',
      GITHUB_JOB: 'comment',
      GITHUB_TOKEN: TOKEN,
    };
    const runner = join(box.path, 'runner');
    box.run('mkdir', [runner]);
    const record = (events) => {
      const input = JSON.stringify({ pr: 1, events });
      box.run(process.execPath, [PROGRAM, 'ingest', '-'], { cwd: work, input });
      box.trace(work, 'push', '1');
    };
    const comment = () => box.run(process.execPath, [PROGRAM, 'ci', 'comment', '--strict'], { cwd: runner, env });
    record(makeEvents(300, 'bench'));
    comment(); // makes the comment
    let requests = 0;
    let rounds = 0;
    const update = async () => {
      record([
        { type: 'annotation', ts: new Date(Date.UTC(2026, 10, 20) + rounds * 1000).toISOString(), payload: { text: `note ${rounds}` } },
      ]);
      await github.tell('forget');
      const took = await time(comment);
      const log = await github.tell('log');
      const last = log.requests.at(-1);
      if (last?.method !== 'PATCH' || log.violations.length > 0) throw new Error(`no update: ${JSON.stringify(log)}`);
      requests = Math.max(requests, log.requests.length);
      rounds++;
      return took;
    };
    const result = await paired(5, update, () => time(() => box.run(process.execPath, ['-e', '0'])));
    return [
      { id: 'c', what: '`ci comment` that updates its comment, 300 events, no checkout ÷ `node -e 0`', unit: 'ms', ...result },
      { id: 'c', what: 'requests of the API for that', unit: 'requests', target: 3, subject: requests, baseline: 1, ratio: requests },
    ];
  } finally {
    github.stop();
    box.remove();
  }
}
