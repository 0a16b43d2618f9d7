import type { KvKeyInfo } from '../entry/entry.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';

/** A key that is in one listing or in both. */
export interface KeyPair {
  readonly key: string;
  readonly left?: KvKeyInfo;
  readonly right?: KvKeyInfo;
}

/** Merges two paged listings, both in UTF-8 byte order, into lists of pairs in the same order. */
export async function* mergeKeys(
  left: AsyncIterable<readonly KvKeyInfo[]>,
  right: AsyncIterable<readonly KvKeyInfo[]>,
): AsyncGenerator<readonly KeyPair[]> {
  const a = new Pages(left);
  const b = new Pages(right);
  try {
    await Promise.all([a.fill(), b.fill()]);
    while (a.head !== undefined || b.head !== undefined) {
      yield [...pairsUntilOneEnds(a, b)];
      await Promise.all([a.fill(), b.fill()]);
    }
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}

/** Yields pairs without waiting, as long as both current pages have keys, or only one listing is left. */
function* pairsUntilOneEnds(a: Pages, b: Pages): Generator<KeyPair> {
  for (;;) {
    const { head: left } = a;
    const { head: right } = b;
    if ((left === undefined && !a.ended) || (right === undefined && !b.ended)) return;
    if (left === undefined && right === undefined) return;
    const order = left === undefined ? 1 : right === undefined ? -1 : compareUtf8(left.name, right.name);
    if (order <= 0) a.advance();
    if (order >= 0) b.advance();
    yield {
      key: (order <= 0 ? left?.name : right?.name) ?? '',
      ...(left !== undefined && order <= 0 && { left }),
      ...(right !== undefined && order >= 0 && { right }),
    };
  }
}

/** A listing, read key by key. */
class Pages {
  readonly #pages: AsyncIterator<readonly KvKeyInfo[]>;
  #page: readonly KvKeyInfo[] = [];
  #at = 0;
  ended = false;

  constructor(pages: AsyncIterable<readonly KvKeyInfo[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  get head(): KvKeyInfo | undefined {
    return this.#page[this.#at];
  }

  advance(): void {
    this.#at++;
  }

  /** Makes sure that there is a head, unless the listing has ended. */
  async fill(): Promise<void> {
    while (!this.ended && this.head === undefined) {
      const next = await this.#pages.next();
      this.ended = next.done === true;
      this.#page = next.done ? [] : next.value;
      this.#at = 0;
    }
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }
}
