import { compareUtf8 } from '../../core/keys/utf8Order.ts';

/** How far a listing is known: up to a key, `''` for nothing yet, or `END`. */
export type Horizon = string | typeof END;
export const END = null;

export const isWithin = (key: string, horizon: Horizon): boolean => horizon === END || compareUtf8(key, horizon) <= 0;
export const nearer = (a: Horizon, b: Horizon): Horizon => (a !== END && isWithin(a, b) ? a : b);

interface Named {
  readonly name: string;
}

/** Keys after a given key, up to a horizon. */
export const between = <T extends Named>(keys: readonly T[], after: string, horizon: Horizon): T[] =>
  keys.filter(({ name }) => compareUtf8(name, after) > 0 && isWithin(name, horizon));

/** Merges two listings in the order of their UTF-8 bytes. A key that only one of them has stands alone. */
export function* sideBySide<T extends Named>(
  source: readonly T[],
  target: readonly T[],
): Generator<{ readonly name: string; readonly source?: T; readonly target?: T }> {
  let [s, t] = [0, 0];
  for (;;) {
    const [left, right] = [source[s], target[t]];
    const first = left ?? right;
    if (first === undefined) return;
    const order = left === undefined ? 1 : right === undefined ? -1 : compareUtf8(left.name, right.name);
    if (order <= 0) s++;
    if (order >= 0) t++;
    yield {
      name: (order > 0 && right ? right : first).name,
      ...(order <= 0 && left && { source: left }),
      ...(order >= 0 && right && { target: right }),
    };
  }
}
