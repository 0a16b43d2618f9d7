/** Longer runs are copied as a whole. */
const SHORT = 32;

/** Copies the bytes from `start` to `end` to a place in `target`, and gives where they end there. */
export function copyRun(bytes: Uint8Array, start: number, end: number, target: Uint8Array, to: number): number {
  if (end - start > SHORT) {
    target.set(bytes.subarray(start, end), to);
    return to + end - start;
  }
  let written = to;
  for (let at = start; at < end; at++) target[written++] = bytes[at] ?? 0;
  return written;
}
