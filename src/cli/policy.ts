/** Finds the team's policy, in the work tree or, without one, in HEAD, and joins it with the person's settings. */
import { readPolicyText } from '../adapters/fs/policy-file.ts';
import { fail, messageOf, type TraceError } from '../core/errors.ts';
import { type PolicyFile, readPolicyFile } from '../core/policy.schema.ts';
import { makePolicy, POLICY_FILE, type Policy } from '../core/policy.ts';
import type { Repository } from '../core/ports.ts';

/** Bytes of a policy that are read; nobody writes a longer one by hand. */
const LIMIT = 262_144;

/** The policy of a repository. @throws bad-policy */
export async function loadPolicy(repository: Repository): Promise<Policy> {
  const text =
    repository.workTree === undefined ? await committed(repository) : readPolicyText(`${repository.workTree}/${POLICY_FILE}`, LIMIT);
  return makePolicy(text === undefined ? {} : parsed(text), repository.config);
}

async function committed({ objects }: Repository): Promise<string | undefined> {
  const blob = await objects.read(`HEAD:${POLICY_FILE}`);
  return blob?.type === 'blob' ? blob.data.toString('utf8') : undefined;
}

function parsed(text: string): PolicyFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unusable(`it is not JSON: ${messageOf(error)}`);
  }
  const policy = readPolicyFile(value);
  if (typeof policy === 'string') throw unusable(policy);
  return policy;
}

function unusable(why: string): TraceError {
  return fail('bad-policy', `cannot use '${POLICY_FILE}': ${why}`, [
    "mend it: its settings are 'capture', 'exclude', 'caps', 'redact' and 'tests' (docs/policy.md of git trace)",
    "until then what is recorded waits in the spool; 'git trace status' counts it",
  ]);
}
