/** A binary heap in an array: the least of many runs is found again after each step in a few comparisons. Pure. */

/** Moves the element at `i` down to its place; all below it are in theirs. */
export function sink<T>(heap: T[], i: number, isBefore: (a: T, b: T) => boolean): void {
  const moved = heap[i];
  if (moved === undefined) return;
  for (let at = i; ; ) {
    let child = 2 * at + 1;
    let least = heap[child];
    const right = heap[child + 1];
    if (least !== undefined && right !== undefined && isBefore(right, least)) {
      least = right;
      child++;
    }
    if (least === undefined || !isBefore(least, moved)) {
      heap[at] = moved;
      return;
    }
    heap[at] = least;
    at = child;
  }
}
