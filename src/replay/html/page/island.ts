/** Gets the trace out of the page: what stands there as it is, or what has to be unpacked first. Asks no network. */
import { PACKED_ISLAND, PLAIN_ISLAND } from '../data.ts';
import { PageTrace } from './trace.ts';

/** The trace that this page holds. Throws, in words for the reader, where this browser cannot unpack it. */
export async function readIsland(): Promise<PageTrace> {
  const plain = document.getElementById(PLAIN_ISLAND);
  if (plain !== null) {
    const bytes = new TextEncoder().encode(plain.textContent ?? '');
    plain.remove();
    return new PageTrace(bytes);
  }
  const packed = document.getElementById(PACKED_ISLAND);
  if (packed === null) throw new Error('this page holds no trace: it was cut short');
  if (typeof DecompressionStream === 'undefined')
    throw new Error('this browser cannot unpack the trace: it has no DecompressionStream, which browsers have since the spring of 2023');
  const stream = new Blob([fromBase64(packed.textContent ?? '')]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  packed.remove();
  return new PageTrace(bytes);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
