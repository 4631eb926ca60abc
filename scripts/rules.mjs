/**
 * `npm run rules`: checks the layers. Reads the summary of dependency-cruiser itself, because its exit code is 0 for
 * JSON, and counts the modules, because with a TypeScript that it does not know it checks none and is content.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import rules, { startUp } from '../dependency-rules.mjs';

/**
 * Checks `src` below `folder`. Answers with how many modules of ours were seen and every violation.
 *
 * @returns {Promise<{ modules: number, violations: { rule: string, from: string, to: string, comment: string }[] }>}
 */
export async function checkRules(folder) {
  const { output } = await cruise(
    ['src'],
    { ...rules.options, baseDir: folder, validate: true, ruleSet: { forbidden: rules.forbidden } },
    rules.options.enhancedResolveOptions,
  );
  const comments = new Map(rules.forbidden.map(({ name, comment }) => [name, comment]));
  const violations = output.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    from,
    to,
    comment: comments.get(rule.name),
  }));
  return {
    modules: output.modules.filter(({ source }) => source.startsWith('src/')).length,
    violations: [...violations, ...startUpViolations(output.modules)],
  };
}

/** What is loaded at every start although it should not be. */
function startUpViolations(modules) {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  const seen = new Set([startUp.from]);
  const violations = [];
  for (const source of seen) {
    for (const { resolved, dynamic, dependencyTypes } of bySource.get(source)?.dependencies ?? []) {
      if (dynamic || dependencyTypes.some((type) => type === 'type-only')) continue;
      if (startUp.to.test(resolved)) violations.push({ rule: startUp.name, from: source, to: resolved, comment: startUp.comment });
      seen.add(resolved);
    }
  }
  return violations;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(fileURLToPath(import.meta.url), '../..');
  const { modules, violations } = await checkRules(root);
  const files = readdirSync(resolve(root, 'src'), { recursive: true }).filter((path) => path.endsWith('.ts')).length;
  for (const { rule, from, to, comment } of violations) process.stderr.write(`error: ${rule}: ${from} → ${to}\nhint: ${comment}\n`);
  if (modules < files)
    process.stderr.write(`error: only ${modules} of ${files} modules were checked; does dependency-cruiser know this TypeScript?\n`);
  else process.stderr.write(`${modules} modules checked, ${violations.length} imports are forbidden\n`);
  process.exitCode = violations.length > 0 || modules < files ? 1 : 0;
}
