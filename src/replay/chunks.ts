/** Gathers many small texts into few large ones: one write to a pipe costs more than making a line. Pure. */

const CHUNK = 65_536;

/** The same text in pieces of at least 64 Ki characters, but for the last. */
export function* chunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
