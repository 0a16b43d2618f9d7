import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { findListed } from '../../src/core/store/findListed.ts';
import { firstPage, listedKey } from '../../src/core/store/firstPage.ts';
import { EmptyPages } from '../support/emptyPages.ts';

describe('a listing that begins with empty pages', () => {
  let store: EmptyPages;
  beforeEach(async () => {
    store = new EmptyPages();
    await store.putMany(['a', 'ab', 'b'].map((key) => ({ key, value: Buffer.from('v') })));
  });

  it('is read on until there are keys, or its end', async () => {
    const names = async (prefix: string) => (await firstPage(store, { prefix, limit: 2 })).keys.map(({ name }) => name);
    assert.deepEqual(await names('a'), ['a', 'ab']);
    assert.deepEqual(await names('x'), []);
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(firstPage(store, {}, controller.signal), (error) => isKvError(error, 'cancelled'));
  });

  it('shows a key that is there, and none that is not', async () => {
    assert.equal((await listedKey(store, 'a'))?.name, 'a');
    assert.equal(await listedKey(store, 'aa'), undefined);
    assert.equal(await listedKey(store, 'abc'), undefined);
    assert.deepEqual([...(await findListed(store, ['a', 'aa', 'b'])).keys()].sort(), ['a', 'b']);
  });
});
