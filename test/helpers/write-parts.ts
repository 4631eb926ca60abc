/** Journals of made sessions in a real repository, written by plain git: what a clone that has fetched them holds. */
import type { SessionPart } from '../../src/core/order.ts';
import type { TestRepository } from './repository.ts';

const WHO = 'Test <test@example.com> 1795252502 +0000';

/** Writes sessions as the journal of a trace, all of each in one segment. */
export function writeParts(repository: TestRepository, trace: string, parts: readonly SessionPart[]): void {
  const files = [
    ['format', '1'],
    ...parts.map(({ writer, session, firstSeq, lines }) => [
      `${writer}/${session}/${String(firstSeq).padStart(10, '0')}.ndjson`,
      `${lines.join('\n')}\n`,
    ]),
  ];
  const commands = [
    `commit refs/traces/${trace}/journal\nauthor ${WHO}\ncommitter ${WHO}\ndata 5\ntrace\n`,
    ...files.map(([path = '', text = '']) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`),
    'done\n',
  ];
  repository.gitWith({ input: commands.join('') }, 'fast-import', '--quiet', '--done', '--force');
}
