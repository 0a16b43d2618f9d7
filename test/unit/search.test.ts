import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError } from '../../src/core/errors.ts';
import { type Found, finder, type Pattern, searchKeys, searchValues } from '../../src/core/search.ts';
import { MemoryStore } from '../support/memoryStore.ts';

async function all<T>(steps: AsyncIterable<Found<T>>): Promise<{ searched: number; matches: T[] }> {
  const matches: T[] = [];
  let searched = 0;
  for await (const step of steps) {
    matches.push(...step.matches);
    searched += step.searched;
  }
  return { searched, matches };
}

describe('searching', () => {
  let store: MemoryStore;
  beforeEach(() => {
    store = new MemoryStore();
  });
  const values = (pattern: Pattern, prefix?: string) => all(searchValues(store, prefix, finder(pattern)));

  it('finds keys by a part of their name, over pages', async () => {
    for (let at = 0; at < 1500; at++) await store.put({ key: `user:${at}`, value: Buffer.from('') });
    const found = await all(searchKeys(store, finder({ text: ':149' })));
    assert.equal(found.searched, 1500);
    assert.deepEqual(found.matches, [
      'user:149',
      ...Array.from({ length: 10 }, (_, at) => `user:149${at}`).slice(0, 10),
    ]);
    assert.deepEqual((await all(searchKeys(store, finder({ regex: '^user:.$' })))).matches.length, 10);
    assert.deepEqual((await all(searchKeys(store, finder({ text: 'USER' })))).matches, []);
  });

  it('finds lines of values, and metadata', async () => {
    await store.put({ key: 'a', value: Buffer.from('one\r\ntwo two\nthree\rtwo'), metadata: { is: 'two' } });
    await store.put({ key: 'b', value: Buffer.from('two') });
    await store.put({ key: 'c', value: Uint8Array.of(0x74, 0x77, 0x6f, 0xff), metadata: 'two' });
    const ofA = [
      { key: 'a', text: '{"is":"two"}' },
      { key: 'a', line: 2, column: 1, text: 'two two' },
      { key: 'a', line: 4, column: 1, text: 'two' },
    ];
    const found = await values({ text: 'two' });
    assert.deepEqual(found.matches, [
      ...ofA,
      { key: 'b', line: 1, column: 1, text: 'two' },
      { key: 'c', text: '"two"' },
    ]);
    assert.equal(found.searched, 3);
    assert.deepEqual((await values({ text: 'two' }, 'a')).matches, ofA);
    assert.deepEqual((await values({ regex: 'o\\stwo$' })).matches, [
      { key: 'a', line: 2, column: 3, text: 'two two' },
    ]);
  });

  it('tells of a long line what surrounds the match, whole characters only', () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 400 }).filter((text) => !/[\r\nx]/.test(text)),
        fc.string({ unit: 'binary', maxLength: 400 }).filter((text) => !/[\r\nx]/.test(text)),
        async (before, after) => {
          await store.put({ key: 'a', value: Buffer.from(`${before}x${after}`) });
          const [match] = (await values({ text: 'x' })).matches;
          assert.ok(match);
          assert.ok(match.text.includes('x'));
          assert.ok(match.text.isWellFormed());
          assert.ok(match.text.length <= 202);
          assert.ok(`${before}x${after}`.includes(match.text.replace(/^…|…$/g, '')));
          assert.equal(match.column, before.length + 1);
        },
      ),
    ));

  it('takes expressions with and without the rules of `u`, and refuses what is none', () => {
    assert.deepEqual(finder({ regex: '\\p{Lu}' })('aÄ'), { index: 1, length: 1 });
    assert.deepEqual(finder({ regex: 'a\\-b' })('a-b'), { index: 0, length: 3 });
    assert.deepEqual(finder({ regex: '^$' })(''), { index: 0, length: 0 });
    assert.throws(
      () => finder({ regex: '(' }),
      (error) => isKvError(error, 'invalidInput'),
    );
  });

  it('can be cancelled', async () => {
    await store.put({ key: 'a', value: Buffer.from('') });
    const find = finder({ text: 'a' });
    await assert.rejects(all(searchKeys(store, find, AbortSignal.abort())), (error) => isKvError(error, 'cancelled'));
  });
});
