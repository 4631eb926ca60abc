/**
 * Cuts what we ask of GitHub out of its published API description, for the stand-in of test/helpers/github/:
 * `node scripts/github-api.mjs <api.github.com.json>` writes test/fixtures/github/api.github.com.json anew, and the
 * README.md beside it tells where the description is from. What only people read (prose, examples) is left out; what a
 * validator reads stays as it was published.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS = {
  '/rate_limit': ['get'],
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/commits/{commit_sha}/pulls': ['get'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['get', 'patch', 'delete'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews': ['get', 'post'],
  '/user': ['get'],
};

const [source] = process.argv.slice(2);
if (source === undefined) {
  process.stderr.write('usage: node scripts/github-api.mjs <api.github.com.json>\n');
  process.exit(129);
}
const whole = JSON.parse(readFileSync(source, 'utf8'));

/** Members that say nothing to a validator. A schema's own property may bear such a name, and stays. */
const PROSE = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'title']);

function bare(value, isNames = false) {
  if (Array.isArray(value)) return value.map((one) => bare(one));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([name]) => isNames || !(PROSE.has(name) || name.startsWith('x-')));
  return Object.fromEntries(members.map(([name, one]) => [name, bare(one, !isNames && (name === 'properties' || name === 'responses'))]));
}

const components = {};

/** Takes over what is referred to, and what that refers to. */
function follow(value) {
  if (value === null || typeof value !== 'object') return;
  const reference = value.$ref;
  if (typeof reference === 'string') {
    const [, , kind, name] = reference.split('/');
    components[kind] ??= {};
    if (!(name in components[kind])) {
      components[kind][name] = bare(whole.components[kind][name]);
      follow(components[kind][name]);
    }
  }
  for (const one of Object.values(value)) follow(one);
}

const paths = {};
for (const [path, methods] of Object.entries(OPERATIONS)) {
  paths[path] = {};
  for (const method of methods) {
    const operation = bare(whole.paths[path][method]);
    // the description of an answer is the one piece of prose that OpenAPI requires
    for (const answer of Object.values(operation.responses)) if (!('$ref' in answer)) answer.description = '';
    paths[path][method] = operation;
  }
}
follow(paths);
for (const answer of Object.values(components.responses ?? {})) answer.description = '';

const { title, version, license } = whole.info;
const slice = { openapi: whole.openapi, info: { title, version, license }, servers: whole.servers, paths, components: sorted(components) };
writeFileSync(new URL('../test/fixtures/github/api.github.com.json', import.meta.url), `${JSON.stringify(slice)}\n`);

function sorted(kinds) {
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, named]) => [kind, Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)))]),
  );
}
