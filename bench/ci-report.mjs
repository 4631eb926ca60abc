/** (r) `ci report` of a job with 10,000 JUnit cases, delivered to a bare repository, against starting node. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM, paired, sandbox, time } from './measure.mjs';

const CASES = 10_000;

export async function bench() {
  const box = sandbox('ci-report');
  try {
    box.git('init', '-q', '--bare', 'remote.git');
    box.git('init', '-q', 'author');
    box.git('-C', 'author', 'commit', '-q', '--allow-empty', '-m', 'first');
    box.git('-C', 'author', 'push', '-q', join(box.path, 'remote.git'), 'HEAD:main');
    box.git('clone', '-q', '--depth=1', '--branch=main', `file://${join(box.path, 'remote.git')}`, 'job');
    const job = join(box.path, 'job');
    mkdirSync(join(job, 'reports'));
    writeFileSync(join(job, 'reports/junit.xml'), junit());
    let run = 0;
    const env = { ...box.env, CI: 'true', GITTRACE_CI_PULL_REQUEST: '42', GITTRACE_CI_JOB: 'test' };
    const report = () =>
      time(() =>
        box.run(
          process.execPath,
          [PROGRAM, 'ci', 'report', '--strict', '--pr', '42', '--report', 'reports/*.xml', '--conclusion', 'failure'],
          {
            cwd: job,
            env: { ...env, GITTRACE_CI_RUN_ID: String(++run) },
          },
        ),
      );
    const result = await paired(5, report, () => time(() => box.run(process.execPath, ['-e', '0'])));
    if (box.git('-C', 'remote.git', 'for-each-ref', 'refs/traces/42') === '') throw new Error('nothing was delivered');
    const what = `\`ci report\` with ${CASES.toLocaleString('en')} JUnit cases, delivered ÷ \`node -e 0\``;
    return [{ id: 'r', what, unit: 'ms', ...result }];
  } finally {
    box.remove();
  }
}

/** One report as a runner writes it: a hundred suites, a case in a hundred fails. */
function junit() {
  const suites = Array.from({ length: 100 }, (_, suite) => {
    const cases = Array.from({ length: CASES / 100 }, (_, i) => {
      const name = `handles case ${i} of suite ${suite}`;
      const failure =
        i === 50 ? '<failure message="expected 3, received 4">Error: expected 3\n    at src/suite.test.js:12:5</failure>' : '';
      return `    <testcase classname="suite ${suite}" name="${name}" time="0.0012">${failure}</testcase>`;
    });
    return `  <testsuite name="suite ${suite}" tests="${CASES / 100}" failures="1" time="0.12">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${CASES}" failures="100">\n${suites.join('\n')}\n</testsuites>\n`;
}
