/**
 * Sees every layer rule fire: into a copy of src each forbidden import is injected, in a file of its own, and exactly
 * its rule must object; imports that are allowed stand beside them. One run of the checker for all.
 */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import rules, { startUp } from '../../dependency-rules.mjs';
import { checkRules } from '../../scripts/rules.mjs';

const LAYERS = [
  'core',
  'spool',
  'capture',
  'journal',
  'sync',
  'replay',
  'replay/html/page',
  'report',
  'timeline',
  'serve',
  'client',
  'adapters/one',
  'adapters/two',
  'cli',
];

/** [folder, what the injected file holds, the rule that fires or null]. `stub.ts` stands in every folder. */
const CASES: readonly (readonly [string, string, string | null])[] = [
  ['core', "import '../spool/stub.ts';", 'core-imports-nothing'],
  ['core', "import '../adapters/one/stub.ts';", 'core-imports-nothing'],
  ['core', "import '../cli/stub.ts';", 'nobody-imports-cli'],
  ['core', "import 'node:fs';", 'core-is-pure'],
  ['core', "import 'node:path';", 'core-is-pure'],
  ['core', "import 'node:crypto';", 'core-is-pure'],
  ['core', "import 'isomorphic-git';", 'core-is-pure'],
  ['core', "import 'zod/mini';", 'zod-only-in-schemas'],
  ['adapters/one', "import 'zod/mini';", 'zod-only-in-schemas'],
  ['core', "import './stub.ts';", null],
  ['spool', "import '../journal/stub.ts';", 'spool-imports'],
  ['spool', "import '../core/stub.ts';", null],
  ['capture', "import '../journal/stub.ts';", 'capture-imports'],
  ['capture', "import '../adapters/one/stub.ts';", 'capture-imports'],
  ['capture', "import '../spool/stub.ts'; import '../core/stub.ts'; import 'node:path';", null],
  ['journal', "import '../capture/stub.ts';", 'journal-imports'],
  ['journal', "import '../sync/stub.ts';", 'journal-imports'],
  ['journal', "import type {} from '../sync/stub.ts';", 'journal-imports'],
  ['journal', "import '../spool/stub.ts';", null],
  ['sync', "import '../replay/stub.ts';", 'sync-imports'],
  ['sync', "import '../report/stub.ts';", 'sync-imports'],
  ['sync', "import '../spool/stub.ts';", 'sync-imports'],
  ['sync', "import '../journal/stub.ts';", null],
  ['replay', "import '../sync/stub.ts';", 'replay-imports'],
  ['replay', "import '../report/stub.ts';", 'replay-imports'],
  ['replay', "import('../sync/stub.ts');", 'replay-imports'],
  ['replay/html/page', "import 'node:zlib';", 'page-runs-in-browsers'],
  ['replay/html/page', "import '../../../timeline/stub.ts';", null],
  ['replay/html', "import './page/stub.ts';", 'nobody-imports-the-page'],
  ['replay', "import '../journal/stub.ts';", null],
  ['replay', "import '../timeline/stub.ts';", null],
  ['timeline', "import '../replay/stub.ts';", 'timeline-imports'],
  ['timeline', "import '../journal/stub.ts';", null],
  ['report', "import '../replay/stub.ts';", 'report-imports'],
  ['report', "import '../timeline/stub.ts';", null],
  ['report', "import '../adapters/one/stub.ts';", 'report-imports'],
  ['report', "import '../journal/stub.ts';", null],
  ['serve', "import '../cli/stub.ts';", 'nobody-imports-cli'],
  ['serve', "import '../../test/stub.ts';", 'src-does-not-import-test'],
  ['serve', "import '../replay/stub.ts'; import '../sync/stub.ts';", null],
  ['client', "import '../core/stub.ts';", 'client-stands-alone'],
  ['client', "import 'isomorphic-git';", 'packages-only-in-adapters'],
  ['client', "import 'node:fs'; import 'node:http';", null],
  ['adapters/one', "import '../../journal/stub.ts';", 'adapters-import-core-only'],
  ['adapters/one', "import '../two/stub.ts';", 'adapters-import-core-only'],
  ['adapters', "import './two/stub.ts';", 'adapters-import-core-only'],
  ['adapters/one', "import '../../cli/stub.ts';", 'nobody-imports-cli'],
  ['adapters/one', "import './stub.ts'; import '../../core/stub.ts'; import 'node:child_process'; import 'isomorphic-git';", null],
  ...['fs', 'fs/promises', 'child_process', 'net', 'http', 'tty', 'crypto', 'process'].map(
    (name) => ['journal', `import 'node:${name}';`, 'io-only-in-adapters'] as const,
  ),
  ['journal', "import 'fs';", 'io-only-in-adapters'],
  ['cli', "import 'node:fs';", 'io-only-in-adapters'],
  ['replay', "import 'isomorphic-git';", 'packages-only-in-adapters'],
  ['capture', "import('@lydell/node-pty');", 'packages-only-in-adapters'],
  ['capture', "import 'saxes';", 'saxes-in-one-place'],
  ['adapters/one', "import 'saxes';", 'saxes-in-one-place'],
  ['capture', "import { parseArgs } from 'node:util'; void parseArgs;", 'arguments-only-in-cli'],
  ['adapters/two', "import 'node:util'; import 'node:os';", null],
  ['journal', "import 'node:os';", 'machine-in-context'],
  ['cli', "import 'node:os';", 'machine-in-context'],
  ['cli', "import 'node:util'; import '../sync/stub.ts'; import '../adapters/one/stub.ts';", null],
  ['replay', "import '../../test/stub.ts';", 'src-does-not-import-test'],
  ['sync', "import 'left-pad-nope';", 'not-to-unresolvable'],
  ['sync', "import './nowhere.ts';", 'not-to-unresolvable'],
];

/** Files that do not fit the pattern above: name, text, the rule. */
const FILES: readonly (readonly [string, string, string | null])[] = [
  ['src/core/one.schema.ts', "import * as z from 'zod/mini'; void z;", null],
  ['src/core/two.schema.ts', "import * as z from 'zod'; void z;", 'zod-mini'],
  ['src/sync/round-1.ts', "import './round-2.ts';", 'no-circular'],
  // a cycle is told once
  ['src/sync/round-2.ts', "import './round-1.ts';", null],
  ['src/sync/orphan.ts', 'export const orphan = 1;', 'no-dead-module'],
  ['src/adapters/eager/http.ts', "import 'node:https';", 'start-up-loads-no-network'],
  ['src/adapters/eager/package.ts', "import 'isomorphic-git';", 'start-up-loads-no-network'],
  ['src/adapters/eager/lazy.ts', "import('node:http');", null],
];

const files = [...CASES.map(([folder, text, rule], i) => [`src/${folder}/case-${i}.ts`, text, rule] as const), ...FILES];
let result: Awaited<ReturnType<typeof checkRules>>;

beforeAll(async () => {
  const folder = mkdtempSync(join(inject('temporaryFolder'), 'rules-'));
  cpSync('src', join(folder, 'src'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json']) cpSync(name, join(folder, name));
  symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\nexport {};\n`);
  };
  for (const layer of LAYERS) write(`src/${layer}/stub.ts`, '');
  write('test/stub.ts', '');
  for (const [path, text] of files) write(path, text);
  // everything but the orphan and the other entry hangs on main.ts: lazily, and what is called eager at once
  const main = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/orphan|cli.(main|action)[.]ts|html.page/.test(path))
    .map((path) => (path.includes('eager') ? `import '../${path}';` : `import('../${path}');`));
  writeFileSync(join(folder, 'src/cli/main.ts'), main.join('\n'));
  // the page is a program of its own
  const page = readdirSync(join(folder, 'src/replay/html/page')).filter((name) => /^(?:case-.*|stub)[.]ts$/.test(name));
  appendFileSync(join(folder, 'src/replay/html/page/main.ts'), page.map((name) => `import('./${name}');`).join('\n'));
  result = await checkRules(folder);
});

test('the checker saw every module', () => {
  expect(result.modules).toBeGreaterThan(files.length + 10);
});

describe('exactly the right rule fires', () => {
  test.each(files)('%s: %s → %s', (path, _, rule) => {
    const fired = result.violations.filter(({ from }) => from === path).map((violation) => violation.rule);
    expect([...new Set(fired)]).toEqual(rule === null ? [] : [rule]);
  });
});

test('nothing fires elsewhere', () => {
  const injected = new Set<string>(files.map(([path]) => path));
  expect(result.violations.filter(({ from }) => !injected.has(from))).toEqual([]);
});

test('every rule is seen to fire', () => {
  const seen = new Set(files.map(([, , rule]) => rule));
  expect([...rules.forbidden.map(({ name }) => name), startUp.name].filter((name) => !seen.has(name))).toEqual([]);
});
