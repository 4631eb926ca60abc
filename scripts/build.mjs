/**
 * Builds the bundle: src/cli/main.ts, the GitHub Action's src/cli/action.ts, and the client library with its types, into
 * dist/, one file per command that is loaded lazily. Ends with removing what an earlier build left, so that a command that runs meanwhile finds its files.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { buildPage } from './page-build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Packages that are CommonJS require what node brings, which an ES module cannot: it is got from the process instead. */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', action: 'src/cli/action.ts', client: 'src/client/index.ts' },
  outdir: 'dist',
  entryNames: '[name]',
  chunkNames: 'chunk/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['@lydell/node-pty'],
  plugins: [builtins],
  // whitespace is most of the size; names stay, so that a cause chain can be read
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

mkdirSync(join(dist, 'page'), { recursive: true });
const page = await buildPage();
for (const [name, text] of Object.entries(page)) writeFileSync(join(dist, 'page', name), text);
writeFileSync(join(dist, 'third-party-licenses.txt'), licenses(Object.keys(metafile.inputs)));
const types = declarations({ 'client.d.ts': 'index.ts', 'client-types.d.ts': 'client-types.ts' });
const built = new Set([
  'third-party-licenses.txt',
  ...types,
  ...Object.keys(page).map((name) => join('page', name)),
  ...Object.keys(metafile.outputs).map((path) => relative('dist', path)),
]);
for (const path of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const full = join(path.parentPath, path.name);
  if (path.isFile() && !built.has(relative(dist, full))) rmSync(full);
}
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stderr.write(`built ${built.size - 1} files, ${Math.ceil(bytes / 1024)} KiB, into dist\n`);

/** Writes the types of the client library; each file is looked at by itself, which takes no time. Gives the names. */
function declarations(files) {
  for (const [name, source] of Object.entries(files)) {
    const path = join(root, 'src/client', source);
    const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
      fileName: path,
      compilerOptions: { isolatedDeclarations: true },
    });
    if (diagnostics.length > 0) throw new Error(`${source}: ${ts.flattenDiagnosticMessageText(diagnostics[0].messageText, ' ')}`);
    writeFileSync(join(dist, name), outputText.replaceAll(".ts'", ".js'").replaceAll('.ts"', '.js"'));
  }
  return Object.keys(files);
}

/** The licences of the packages that went into the bundle, as they ask. */
function licenses(inputs) {
  const packages = new Set(inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      // a package that was published without its licence has it from its repository, kept here
      const path = file === undefined ? join(root, 'scripts/licenses', `${name}.txt`) : join(root, folder, file);
      if (!existsSync(path)) throw new Error(`${name} is bundled, but has no licence file`);
      return `${name} ${version}\n\n${readFileSync(path, 'utf8')}`;
    })
    .join('\n---\n\n');
}
