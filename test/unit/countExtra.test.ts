import assert from 'node:assert/strict';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type { KvReader, ListQuery } from '../../src/core/store/store.ts';
import { countExtra, isEmpty } from '../../src/core/transfer/countExtra.ts';

/** A listing of these keys, a few on each page and none on some. */
function storeOf(keys: readonly string[]): KvReader & { pages: number } {
  const sorted = keys.toSorted(compareUtf8);
  const store = {
    pages: 0,
    async list({ prefix = '', cursor = '0' }: ListQuery) {
      store.pages++;
      const all = sorted.filter((key) => key.startsWith(prefix)).map((name) => ({ name }));
      const at = Number(cursor);
      const isHole = at % 1 !== 0;
      const end = isHole ? Math.floor(at) : Math.min(all.length, at + 1000);
      const next = isHole ? Math.floor(at) : end < all.length ? end + 0.5 : undefined;
      return { keys: isHole ? [] : all.slice(at, end), ...(next !== undefined && { cursor: String(next) }) };
    },
  };
  return store as unknown as KvReader & { pages: number };
}
const numbered = (count: number, start = 'k'): string[] =>
  Array.from({ length: count }, (_, i) => `${start}${String(i).padStart(6, '0')}`);

describe('the keys that only a target has', () => {
  it('are counted from both listings', async () => {
    const source = storeOf(['a', 'b', '\ufffd', 'z']);
    const target = storeOf(['a', 'aa', 'b', '\ufffd', '😀', 'z']);
    assert.deepEqual(await countExtra(source, target, undefined), { extra: 2, target: 6, isAll: true });
    assert.deepEqual(await countExtra(source, target, 'a'), { extra: 1, target: 2, isAll: true });
    assert.deepEqual(await countExtra(storeOf([]), target, ''), { extra: 6, target: 6, isAll: true });
    assert.deepEqual(await countExtra(source, storeOf([]), ''), { extra: 0, target: 0, isAll: true });
  });

  it('are counted no further than anybody waits for', async () => {
    const [few, many] = [storeOf(numbered(5)), storeOf(numbered(50_000))];
    assert.deepEqual(await countExtra(few, many, ''), { extra: 19_995, target: 20_000, isAll: false });
    assert.ok(many.pages < 50);
    assert.equal((await countExtra(many, storeOf([...numbered(3), 'z']), '')).isAll, false);
  });

  it('are all there are where the source has none', async () => {
    assert.deepEqual([await isEmpty(storeOf([]), ''), await isEmpty(storeOf(['b']), 'a')], [true, true]);
    assert.equal(await isEmpty(storeOf(numbered(3000)), 'k'), false);
  });
});
