import assert from 'node:assert/strict';
import { decodePlace, encodePlace, nextPage, type PagePlace, START } from '../../src/cloudflare/pageCursor.ts';

describe('places in a listing', () => {
  /** How many pages are read of a listing whose cursors come in this order. */
  function pagesOf(cursors: Iterable<string>): number {
    let place: PagePlace | undefined = START;
    let pages = 0;
    for (const cursor of cursors) {
      place = nextPage(place, cursor);
      pages++;
      if (place === undefined) return pages;
      assert.deepEqual(decodePlace(encodePlace(place)), place);
    }
    return Number.POSITIVE_INFINITY;
  }

  function* circle(before: number, length: number): Generator<string> {
    for (let i = 0; i < before; i++) yield `before ${i}`;
    for (let i = 0; i < 100_000; i++) yield `again ${i % length}`;
  }

  it('come to an end in circles of any length', () => {
    for (const [before, length] of [
      [0, 1],
      [0, 2],
      [1, 2],
      [7, 3],
      [100, 17],
    ] as const) {
      const pages = pagesOf(circle(before, length));
      assert.ok(pages <= 4 * (before + length), `${before} and ${length}: ${pages}`);
    }
  });

  it('go on through any number of pages that are other ones', () => {
    assert.equal(pagesOf(Array.from({ length: 5000 }, (_, i) => `${i}:x`)), Number.POSITIVE_INFINITY);
  });

  it('are no text of anybody else', () => {
    for (const text of ['', 'x', '0:abc', '1:2:zz:c']) assert.equal(decodePlace(text), undefined);
  });
});
