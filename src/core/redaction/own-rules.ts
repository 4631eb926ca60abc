/**
 * Rules that a team or a person adds: checked before they are believed. An expression must compile, must not match the
 * empty text, and its work must be bounded, for it will meet whatever a command prints. Pure.
 */
import { fail } from '../errors.ts';
import { ExpressionFault, parseExpression } from './expression.ts';
import { FACT, type RedactionRule } from './rule.ts';
import { canBeEmpty, workOf } from './work.ts';

/** Steps that an expression may take from one place in a text. */
export const WORK_LIMIT = 20_000;

/** A rule as it is written down. */
export interface WrittenRule {
  readonly kind: string;
  readonly pattern: string;
}

/**
 * Makes a rule of a person's or a team's expression. All that it matches is taken out. `(?i)` at its beginning makes
 * capitals and small letters alike.
 *
 * @throws bad-policy with the rule and what is wrong with it
 * @example
 * ownRule({ kind: 'acme-key', pattern: 'ACME-[0-9]{8}' }).kind // 'acme-key'
 */
export function ownRule({ kind, pattern }: WrittenRule): RedactionRule {
  return { kind, probes: [], pattern: compiled(pattern, 'g', `redaction rule "${kind}"`), source: 'own', licence: FACT };
}

/**
 * Makes the expression of a text that looks like a secret and is none.
 *
 * @throws bad-policy
 */
export function ownAllowance(pattern: string): RegExp {
  return compiled(pattern, '', `what redaction allows, ${JSON.stringify(pattern)}`);
}

/**
 * Makes an expression whose work is bounded whatever text it meets. `(?i)` at its beginning makes capitals and small
 * letters alike.
 *
 * @throws ExpressionFault with what is wrong with it; SyntaxError where it is no expression
 */
export function boundedExpression(written: string, flags: string): RegExp {
  const ignoreCase = written.startsWith('(?i)');
  const source = ignoreCase ? written.slice(4) : written;
  const part = parseExpression(source, ignoreCase);
  if (/(?<!\\)\(\?<[A-Za-z_]/.test(source)) throw new ExpressionFault('it has a named group; all that it matches is taken out');
  if (canBeEmpty(part)) throw new ExpressionFault('it may match nothing at all');
  const work = workOf(part);
  if (work > WORK_LIMIT)
    throw new ExpressionFault(`it may take ${work > 1e9 ? 'endless' : work} steps at one place, ${WORK_LIMIT} are allowed`);
  return new RegExp(source, ignoreCase ? `${flags}i` : flags);
}

/** What is wrong with an expression, in words, by what {@link boundedExpression} threw. */
export function faultOf(error: unknown): string {
  return error instanceof ExpressionFault ? error.message : 'it is no regular expression';
}

function compiled(written: string, flags: string, what: string): RegExp {
  try {
    return boundedExpression(written, flags);
  } catch (error) {
    throw fail(
      'bad-policy',
      `cannot use ${what}: ${faultOf(error)}`,
      ["what was recorded waits in the spool until the rule is mended; 'git trace redact --test' tries rules"],
      { cause: error },
    );
  }
}
