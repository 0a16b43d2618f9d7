import type { KnownText } from './constants.ts';

/** The keys that a place in code may name: one, or those that begin so. */
export interface NamedKeys {
  readonly start: string;
  /** How long one is at least, in bytes of UTF-8; absent where {@link start} is the one key. */
  readonly leastBytes?: number;
}

/** The keys that a key or a prefix in a call may name. */
export function namedKeys({ start, isWhole, leastBytes }: KnownText, kind: 'key' | 'prefix'): NamedKeys {
  if (!isWhole) {
    // An expression in a template is there to give something: `user:1${n}` is another key than `user:1`.
    return { start, leastBytes: leastBytes + 1 };
  }
  return kind === 'prefix' ? { start, leastBytes } : { start };
}

/** True where both may name the same key. What begins with nothing that is known may be any key, and names none. */
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
