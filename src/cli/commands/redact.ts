/** `git trace redact`: erases events of a trace; with `--test` tells what redaction takes out of a text, and changes nothing. */
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
  summary: 'erase events of a trace, or try the rules',
  usage: [
    'redact [--dry-run] [--force] [--remote <remote>] [--json] (--event <id> | --match <regex>)... <pr>',
    'redact --test [--json] [--] [<text>]',
  ],
  description:
    'Erases events of a trace here and on the remote: each leaves a place holder, the refs get a new root without their\n' +
    'history, and no clone brings the events back. Prints which. Takes in and fetches first what waits. An expression is\n' +
    'looked for in every text of an event. Ends with 1 if nothing was found, or if the remote still has it.\n' +
    '\n' +
    "With --test prints a text, or standard input, as a trace would hold it: without secrets, by this program's rules,\n" +
    "those of '.gittrace.json' and your own (trace.redact), and the secret-looking variables of the environment. Records\n" +
    'nothing. Ends with 0 if nothing was found, with 1 if something was.',
  options: {
    event: { type: 'string', value: '<id>', multiple: true, summary: 'erase this event, given by 8 or more digits of its id' },
    match: { type: 'string', value: '<regex>', summary: 'erase events that say this; its work must be bounded' },
    'dry-run': { type: 'boolean', summary: 'show what would be erased' },
    force: { type: 'boolean', summary: 'erase also where --match finds more than half of ten or more events' },
    remote: { type: 'string', value: '<remote>', summary: 'erase on this remote' },
    test: { type: 'boolean', summary: 'try it on a text; without one, on standard input' },
    json: { type: 'boolean', summary: 'print what was found as JSON' },
  },
  arguments: { min: 0, max: Number.MAX_SAFE_INTEGER },
  examples: [
    ["git trace redact --dry-run --match 'ACME-[0-9]{8}' 42", 'what would go'],
    ['git trace redact --event 1f0c9a3e77 42', 'one event, here and on the remote'],
    ["git trace redact --test 'psql --password swordfish'", 'what of it would be recorded'],
    ['git trace redact --test < build.log', 'what of a log would be'],
  ],
  async run(context, input) {
    if (!input.flag('test')) {
      if (input.positionals.length !== 1 || (input.texts('event').length === 0 && input.text('match') === undefined))
        throw fail('usage', "'git trace redact' wants a pull request or a branch, and which of its events", [
          'usage: git trace redact (--event <id> | --match <regex>)... <pr>',
          "'git trace scan' looks for secrets that a trace holds, 'git trace redact --test' tries the rules on a text",
        ]);
      const { eraseFromTrace } = await import('../erase.ts');
      return eraseFromTrace(context, input);
    }
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
