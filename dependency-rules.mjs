/**
 * Which module may know which, for dependency-cruiser (`npm run rules`); docs/architecture.md says the same in a table.
 * Each rule is a sentence, why, and what to do instead. test/integration/dependency-rules.test.ts sees each one fire.
 */

/** What touches nothing outside the process, and so is free to everyone but core. */
const PURE = ['^(node:)?(buffer|events|string_decoder|url|util|zlib)$', '^(node:)?(path|stream|timers)(/|$)'];
const PACKAGE = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** Where programs begin: the command, the action, the client library, the script of a page. */
const ENTRIES = '^src/(cli/(main|action)|client/index|replay/html/page/main)[.]ts$';

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const stage = (name, may) =>
  rule(
    `${name}-imports`,
    `src/${name}/ may import only ${['core', ...may].map((other) => `src/${other}/`).join(', ')} and itself. Data flows capture → spool → journal → sync | timeline → replay | report: pass the thing in from src/cli/ instead.`,
    { path: `^src/${name}/` },
    { path: '^src/', pathNot: [`^src/(core|${[name, ...may].join('|')})/`, '^src/cli/'] },
  );

export default {
  forbidden: [
    rule(
      'not-to-unresolvable',
      'An import that cannot be resolved escapes every other rule. Mend the import.',
      {},
      { couldNotResolve: true },
    ),
    rule('no-circular', 'A cycle means that two modules are one. Join them, or move what they share to src/core/.', {}, { circular: true }),
    rule(
      'core-imports-nothing',
      'src/core/ is the vocabulary and knows no stage. Move the thing to the stage that needs it.',
      { path: '^src/core/' },
      { path: '^src/', pathNot: '^src/(core|cli)/' },
    ),
    rule(
      'core-is-pure',
      'src/core/ must run in a browser: no node module, no package but zod. Take a port of src/core/ports.ts.',
      { path: '^src/core/' },
      { dependencyTypes: ['core', ...PACKAGE], pathNot: 'node_modules/zod/' },
    ),
    rule(
      'zod-only-in-schemas',
      'Values are parsed at the border. Keep zod in a *.schema.ts and import what that exports.',
      { path: '^src/', pathNot: '[.]schema[.]ts$' },
      { path: 'node_modules/zod/' },
    ),
    rule(
      'zod-mini',
      "All of zod costs 454 KB and 40 ms at every start. Import 'zod/mini'.",
      { path: '[.]schema[.]ts$' },
      { path: 'node_modules/zod/', pathNot: 'node_modules/zod/(v4/)?mini/' },
    ),
    stage('spool', []),
    stage('capture', ['spool']),
    stage('journal', ['spool']),
    stage('sync', ['journal']),
    stage('timeline', ['journal']),
    stage('replay', ['journal', 'timeline']),
    stage('report', ['journal', 'timeline']),
    // src/serve/ may import all but src/cli/, which nobody-imports-cli says already
    rule(
      'adapters-import-core-only',
      'An adapter implements a port of src/core/ports.ts; it knows no stage and no other adapter. Join them in src/cli/.',
      { path: '^src/adapters/([^/]+)' },
      { path: '^src/', pathNot: ['^src/core/', '^src/adapters/$1(/|$)', '^src/cli/'] },
    ),
    rule(
      'client-stands-alone',
      'The client library is published by itself and depends on nothing but node. Copy the line, or pass the thing in.',
      { path: '^src/client/' },
      { path: '^src/', pathNot: '^src/(client|cli)/' },
    ),
    rule(
      'io-only-in-adapters',
      'Only src/adapters/, and the client library, touches files, processes, terminals, the network, chance. Take a port instead.',
      { path: '^src/', pathNot: '^src/(core|adapters|client)/' },
      { dependencyTypes: ['core'], pathNot: [...PURE, '^(node:)?os$'] },
    ),
    rule(
      'machine-in-context',
      'What machine this is, src/cli/context.ts tells to whoever needs it; adapters may look for themselves.',
      { path: '^src/', pathNot: ['^src/(core|adapters|client)/', '^src/cli/context[.]ts$'] },
      { path: '^(node:)?os$' },
    ),
    rule(
      'packages-only-in-adapters',
      'What comes from outside is wrapped once, in src/adapters/ (servers: in src/serve/). Take a port instead.',
      { path: '^src/', pathNot: '^src/(core|adapters|serve)/' },
      { dependencyTypes: PACKAGE, pathNot: 'node_modules/(zod|saxes)/' },
    ),
    rule(
      'saxes-in-one-place',
      'XML is read in src/capture/tests/junit.ts, where what it may do is settled. Use what that exports.',
      { path: '^src/', pathNot: '^src/capture/tests/junit[.]ts$' },
      { path: 'node_modules/saxes/' },
    ),
    rule(
      'arguments-only-in-cli',
      'Arguments are parsed in src/cli/ alone, and node:util holds the parser (for adapters the linter looks at the name). Pass typed values down.',
      { path: '^src/', pathNot: '^src/(cli|core|adapters)/' },
      { path: '^(node:)?util$' },
    ),
    rule(
      'nobody-imports-cli',
      'src/cli/ wires the others; nothing below may know it. Pass the thing down.',
      { path: '^src/', pathNot: '^src/cli/' },
      { path: '^src/cli/' },
    ),
    rule(
      'no-dead-module',
      "Nothing that starts at src/cli/main.ts, src/cli/action.ts, src/client/index.ts or the page's main.ts comes here. Wire it or delete it.",
      { path: ENTRIES },
      { path: '^src/', pathNot: [ENTRIES, '[.]d[.]ts$'], reachable: false },
    ),
    rule(
      'page-runs-in-browsers',
      'The script of a page has a document and nothing of node. Take what is pure, or do it when the page is written.',
      { path: '^src/replay/html/page/' },
      { dependencyTypes: ['core', ...PACKAGE] },
    ),
    rule(
      'nobody-imports-the-page',
      'The script of a page is a program of its own: it travels as a text. Share what both need beside it.',
      { path: '^src/', pathNot: '^src/replay/html/page/' },
      { path: '^src/replay/html/page/' },
    ),
    rule(
      'src-does-not-import-test',
      'What is shipped must not depend on what tests it.',
      { path: '^src/' },
      { path: '^(test|bench|scripts)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.d.ts'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};

/**
 * A rule that dependency-cruiser cannot say, since its `reachable` also follows `import()`: scripts/rules.mjs walks
 * the imports that are loaded at every start.
 */
export const startUp = {
  name: 'start-up-loads-no-network',
  comment:
    'Hooks start the command all the time. Load what talks to the network, and every package but zod, by import() where it is needed.',
  from: 'src/cli/main.ts',
  to: /^(node:)?(dgram|dns|dns\/promises|http|http2|https|net|tls)$|node_modules\/(?!zod\/)/,
};
