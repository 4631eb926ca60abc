/** OpenTelemetry's requests as records, whichever way they are encoded. */

import { isSaid } from '../capture/agents/said.ts';
import { logRecords, type OtlpOptions, type OtlpRecords, spanRecords } from '../capture/otlp/records.ts';
import { fail } from '../core/errors.ts';
import type { SpoolRecord } from '../spool/record.ts';

/** Reads one request: `application/json`, or `application/x-protobuf`. @throws bad-batch, bad-json */
export async function readOtlp(kind: 'logs' | 'traces', bytes: Buffer, isJson: boolean, options: OtlpOptions): Promise<OtlpRecords> {
  const translate = kind === 'logs' ? logRecords : spanRecords;
  if (!isJson) return translate((await import('../adapters/otlp/protobuf.ts')).readProtobuf(kind, bytes), options);
  let request: unknown;
  try {
    request = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw fail('bad-json', 'the request is no JSON', ['send OTLP as protobuf or JSON'], { cause });
  }
  if (!isSaid(request)) throw fail('bad-batch', `the request is no OTLP ${kind} request`, ['send OTLP as protobuf or JSON']);
  return translate(request, options);
}

/** Records of a file: requests as JSON, one a line (as a collector writes them) or one alone, or one as protobuf. */
export async function otlpFile(kind: 'logs' | 'traces', bytes: Buffer, options: OtlpOptions): Promise<readonly SpoolRecord[]> {
  const isJson = /^\s*\{/.test(bytes.toString('latin1', 0, 64));
  if (!isJson) return (await readOtlp(kind, bytes, false, options)).records;
  const text = bytes.toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const requests = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.trimEnd().endsWith('}')) ? lines : [text];
  const records: SpoolRecord[] = [];
  for (const request of requests) records.push(...(await readOtlp(kind, Buffer.from(request), true, options)).records);
  return records;
}
