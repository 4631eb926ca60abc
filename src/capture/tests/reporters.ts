/**
 * Stage 1, capture: what `git trace test` adds to a test command so that the runner leaves a report without showing
 * anything else: an option of node's own, or a reporter module for vitest and jest, whose own file reporters print a
 * line each. Pure: it says which files are wanted and how the command reads then. Runners whose reporters cannot be
 * added unseen (pytest names the file it wrote, `go test -json` changes all it prints) are read by their output instead.
 */
import type { Recognised } from './recognise.ts';

export interface ReporterRequest {
  readonly words: readonly string[];
  readonly recognised: Recognised;
  /** Absolute path of a folder of ours. */
  readonly folder: string;
  /** Whether a word leads to the node that we run in, of which it is known what options it has. */
  isOurNode(word: string): boolean;
  /** Files of the folder in which the command runs that may configure a runner, by name; `undefined` where there is none. */
  config(name: string): string | undefined;
}

export interface ReporterPlan {
  readonly words: readonly string[];
  /** Files that must stand in the folder, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** The report's name in the folder. */
  readonly report: string;
}

/**
 * Adds a reporter; `undefined` where none can be added unseen. It is meant for a command whose output goes to a
 * terminal: elsewhere a runner may choose other reporters than its default ones, which must not be replaced.
 */
export function planReporter(request: ReporterRequest): ReporterPlan | undefined {
  const { words, recognised } = request;
  if (recognised.argumentsAt === undefined) return undefined;
  // npm reads options for itself until it is told not to
  if (/^(?:npm|bun)$/.test(words[0] ?? '') && !words.slice(0, recognised.argumentsAt).includes('--')) return undefined;
  const own = words.slice(recognised.argumentsAt);
  switch (recognised.runner) {
    case 'node:test':
      return nodePlan(request, own);
    case 'vitest':
      return scriptPlan(request, own, {
        name: 'reporter.mjs',
        source: VITEST,
        option: '--reporter',
        stays: VITEST_STAYS,
        configs: VITEST_CONFIGS,
      });
    case 'jest':
      return scriptPlan(request, own, {
        name: 'reporter.cjs',
        source: JEST,
        option: '--reporters',
        stays: JEST_STAYS,
        configs: JEST_CONFIGS,
      });
    default:
      return undefined;
  }
}

function nodePlan({ words, folder, recognised, isOurNode }: ReporterRequest, own: readonly string[]): ReporterPlan | undefined {
  // an older one ends with an error if it is asked for JUnit
  if (!isOurNode(words[(recognised.argumentsAt ?? 0) - 1] ?? '')) return undefined;
  if (own.some((word) => word.startsWith('--test-reporter') || word === '--watch')) return undefined;
  const at = words.indexOf('--test') + 1;
  const added = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=junit',
    `--test-reporter-destination=${folder}/report.xml`,
  ];
  return { words: [...words.slice(0, at), ...added, ...words.slice(at)], files: {}, report: 'report.xml' };
}

interface Script {
  readonly name: string;
  readonly source: string;
  readonly option: string;
  /** Arguments with which reporters are better left alone. */
  readonly stays: RegExp;
  readonly configs: readonly string[];
}

/** A reporter beside the default one. Where a configuration names reporters they would be replaced, so nothing is added. */
function scriptPlan({ words, folder, config }: ReporterRequest, own: readonly string[], script: Script): ReporterPlan | undefined {
  if (own.some((word) => script.stays.test(word))) return undefined;
  if (script.configs.some((name) => /\breporters?\b/.test(config(name) ?? ''))) return undefined;
  const end = own.indexOf('--');
  const at = end < 0 ? words.length : words.length - own.length + end;
  const added = [`${script.option}=default`, `${script.option}=${folder}/${script.name}`];
  const source = script.source.replace('"REPORT"', JSON.stringify(`${folder}/report.json`));
  return { words: [...words.slice(0, at), ...added, ...words.slice(at)], files: { [script.name]: source }, report: 'report.json' };
}

const endings = (stem: string, all: readonly string[]): string[] => all.map((ending) => `${stem}.${ending}`);
const SCRIPTS = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'];
const VITEST_CONFIGS = [...endings('vitest.config', SCRIPTS), ...endings('vite.config', SCRIPTS)];
const JEST_CONFIGS = [...endings('jest.config', [...SCRIPTS, 'json']), 'package.json'];
const VITEST_STAYS = /^(?:--(?:reporter|outputFile|config|root|silent|watch|ui|standalone|mergeReports|version|help)\b|-[a-zA-Z]*[crwhv])/;
const JEST_STAYS =
  /^(?:--(?:reporters|json|outputFile|config|rootDir|silent|watch|watchAll|showConfig|listTests|version|help|init|notify)\b|-[a-zA-Z]*[chv]$)/;

/** For vitest 1 and later; the shape is that of its own `json` reporter. Throws nothing: a run must not fail for it. */
const VITEST = `import { writeFileSync } from 'node:fs';
const began = Date.now();
const write = (files) => {
  try {
    const assertions = files.flatMap((file) => file.assertionResults);
    writeFileSync("REPORT", JSON.stringify({ numTotalTests: assertions.length, testResults: files }));
  } catch {}
};
const state = { passed: 'passed', failed: 'failed', pass: 'passed', fail: 'failed' };
const messages = (errors) => (errors ?? []).map((error) => String(error?.stack ?? error?.message ?? error));
const file = (name, failed, errors, tests) => ({
  name, status: failed ? 'failed' : 'passed', message: messages(errors).join('\\n'), startTime: began, endTime: Date.now(), assertionResults: tests,
});
const test = (titles, verdict, errors) => ({
  title: titles.at(-1), ancestorTitles: titles.slice(0, -1), status: state[verdict] ?? 'skipped', failureMessages: messages(errors),
});
const walk = (tasks, path) => tasks.flatMap((task) => {
  const titles = [...path, task.name];
  return task.tasks ? walk(task.tasks, titles) : [test(titles, task.result?.state, task.result?.errors)];
});
const titlesOf = (one) => {
  const titles = [one.name];
  for (let at = one.parent; at && at.type === 'suite'; at = at.parent) titles.unshift(at.name);
  return titles;
};
export default class {
  onTestRunEnd(modules, errors) {
    try {
      const files = modules.map((one) => file(one.moduleId, one.state() === 'failed', one.errors(),
        [...one.children.allTests()].map((t) => test(titlesOf(t), t.result().state, t.result().errors))));
      if (errors?.length > 0) files.push(file('unhandled errors', true, errors, []));
      write(files);
    } catch {}
  }
  onFinished(files = []) {
    try {
      write(files.map((one) => file(one.filepath, one.result?.state === 'fail', one.result?.errors, walk(one.tasks, []))));
    } catch {}
  }
}
`;

/** For jest 24 and later. */
const JEST = `const { writeFileSync } = require('node:fs');
module.exports = class {
  onRunComplete(_contexts, results) {
    try {
      const testResults = results.testResults.map((file) => ({
        name: file.testFilePath,
        status: file.numFailingTests > 0 || file.testExecError != null || file.failureMessage ? 'failed' : 'passed',
        message: file.failureMessage ?? '',
        startTime: file.perfStats?.start,
        endTime: file.perfStats?.end,
        assertionResults: file.testResults.map(({ title, ancestorTitles, status, failureMessages }) => ({ title, ancestorTitles, status, failureMessages })),
      }));
      writeFileSync("REPORT", JSON.stringify({ numTotalTests: results.numTotalTests, wasInterrupted: results.wasInterrupted === true, testResults }));
    } catch {}
  }
};
`;
