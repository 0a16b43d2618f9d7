import { hash } from 'node:crypto';

const WORDS = 4;

/**
 * A set of keys for files with millions of them. It stores a 16-byte hash of each key instead of the key, so it takes
 * at most 64 bytes of memory per key. In practice, no two keys are confused (128 bits of SHA-256).
 */
export class KeySet {
  #slots = new Uint32Array(1024 * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    const digest = digestOf(key);
    return this.#slots[find(this.#slots, digest)] !== 0;
  }

  /** Returns false if the key was there already. */
  add(key: string): boolean {
    const digest = digestOf(key);
    const at = find(this.#slots, digest);
    if (this.#slots[at] !== 0) return false;
    this.#slots.set(digest, at);
    this.#size++;
    if (this.#size * WORDS * 2 > this.#slots.length) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      if (this.#slots[at] === 0) continue;
      const digest = this.#slots.subarray(at, at + WORDS);
      larger.set(digest, find(larger, digest));
    }
    this.#slots = larger;
  }
}

function digestOf(key: string): Uint32Array {
  const bytes = hash('sha256', key, 'buffer');
  const words = Uint32Array.from({ length: WORDS }, (_, word) => bytes.readUInt32LE(word * 4));
  // A first word of zero marks an empty slot.
  words[0] = (words[0] ?? 0) | 1;
  return words;
}

/** The position of the digest, or of the empty slot where it belongs. */
function find(slots: Uint32Array, digest: Uint32Array): number {
  const count = slots.length / WORDS;
  for (let slot = (digest[1] ?? 0) % count; ; slot = (slot + 1) % count) {
    const at = slot * WORDS;
    if (slots[at] === 0 || digest.every((word, offset) => slots[at + offset] === word)) return at;
  }
}
