/** `git trace redact --test`: tells what redaction takes out of a text. Changes nothing. */
import { readInputFile } from '../../adapters/fs/input-file.ts';
import { fail, isTraceError } from '../../core/errors.ts';
import type { Policy } from '../../core/policy.ts';
import { ownRule } from '../../core/redaction/own-rules.ts';
import { RULES } from '../../core/redaction/rules.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { counted } from '../output.ts';

export const redact: Command = {
  name: 'redact',
  summary: 'try the rules that take secrets out',
  usage: ['redact --test [--json] [--] [<text>]'],
  description:
    "Prints a text, or standard input, as a trace would hold it: without secrets, by this program's rules, those of\n" +
    "'.gittrace.json' and your own (trace.redact), and the secret-looking variables of the environment. Records nothing.\n" +
    'Ends with 0 if nothing was found, with 1 if something was.',
  options: {
    test: { type: 'boolean', summary: 'try it on a text; without one, on standard input' },
    json: { type: 'boolean', summary: 'print text, count and kinds as JSON' },
  },
  arguments: { min: 0, max: Number.MAX_SAFE_INTEGER },
  examples: [
    ["git trace redact --test 'psql --password swordfish'", 'what of it would be recorded'],
    ['git trace redact --test < build.log', 'what of a log would be'],
  ],
  async run(context, input) {
    if (!input.flag('test'))
      throw fail('usage', 'what is in a trace cannot be redacted yet, only what comes', [
        'usage: git trace redact --test [--json] [--] [<text>]',
        "'git trace scan' looks for secrets that a trace holds",
      ]);
    const policy = await policyHere(context);
    const redactor = await context.redactor(policy);
    const text = input.positionals.length > 0 ? input.positionals.join(' ') : (await readInputFile('-', context.cwd)).toString('utf8');
    const found = redactor.text(text);
    // of several rules for one kind the first says where it is from
    const sources = new Map(
      [...(policy?.redact.rules.map(ownRule) ?? []), ...RULES].toReversed().map(({ kind, source }) => [kind, source]),
    );
    const kinds = [...new Set(found.kinds)].sort().map((kind) => ({
      kind,
      count: found.kinds.filter((other) => other === kind).length,
      source: sources.get(kind) ?? 'environment',
    }));
    if (input.flag('json')) context.output.out(`${JSON.stringify({ text: found.text, count: found.kinds.length, kinds })}\n`);
    else {
      context.output.out(found.text.endsWith('\n') ? found.text : `${found.text}\n`);
      context.output.say(found.kinds.length === 0 ? 'no secrets found' : `${counted(found.kinds.length, 'secret')} taken out`);
      for (const { kind, count, source } of kinds) context.output.say(`  ${kind}: ${count} (${source})`);
    }
    return found.kinds.length === 0 ? 0 : 1;
  },
};

/** The policy where we stand; there is none outside of a repository. @throws bad-policy */
async function policyHere(context: Context): Promise<Policy | undefined> {
  try {
    return await context.policy();
  } catch (error) {
    if (isTraceError(error) && error.code === 'not-a-repository') return undefined;
    throw error;
  }
}
