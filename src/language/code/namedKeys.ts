import type { KnownText } from './constants.ts';

/** The keys that a place in code may name: a single key, or all with a beginning. */
export interface NamedKeys {
  readonly start: string;
  /** Their minimum length in UTF-8 bytes; absent if {@link start} is the single key. */
  readonly leastBytes?: number;
}

/** The keys that a key or a prefix in a call may name. */
export function namedKeys({ start, isWhole, leastBytes }: KnownText, kind: 'key' | 'prefix'): NamedKeys {
  if (!isWhole) {
    // An expression in a template is expected to give some text: `user:1${n}` is another key than `user:1`.
    return { start, leastBytes: leastBytes + 1 };
  }
  return kind === 'prefix' ? { start, leastBytes } : { start };
}

/** True if both may name the same key. Without a known beginning it could be any key, so it counts as naming none. */
export function mayMeet(one: NamedKeys, other: NamedKeys): boolean {
  if (one.leastBytes === undefined) return holds(other, one.start);
  if (other.leastBytes === undefined) return holds(one, other.start);
  if (one.start === '' || other.start === '') return false;
  return one.start.startsWith(other.start) || other.start.startsWith(one.start);
}

function holds({ start, leastBytes }: NamedKeys, key: string): boolean {
  if (leastBytes === undefined) return start === key;
  return start !== '' && key.startsWith(start) && Buffer.byteLength(key) >= leastBytes;
}
