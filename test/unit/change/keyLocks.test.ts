import assert from 'node:assert/strict';
import { isKvError } from '../../../src/core/base/errors.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import { settle } from '../../support/manualTiming.ts';

const namespace = { source: 's', id: 'n' };

describe('locks of keys', () => {
  let locks: KeyLocks;
  let order: string[];
  beforeEach(() => {
    locks = new KeyLocks();
    order = [];
  });

  const take = async (name: string, keys: readonly string[], signal?: AbortSignal) => {
    const release = await locks.acquire(namespace, keys, signal);
    order.push(name);
    return release;
  };

  it('let one at a time change a key, in the order of asking', async () => {
    const first = await take('first', ['a']);
    const second = take('second', ['a']);
    const third = take('third', ['a']);
    await settle();
    assert.deepEqual(order, ['first']);
    first(true);
    (await second)(false);
    (await third)(false);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('do not mix up keys, namespaces and sources', async () => {
    await locks.acquire(namespace, ['a']);
    await locks.acquire(namespace, ['b']);
    await locks.acquire({ ...namespace, id: 'm' }, ['a']);
    await locks.acquire({ ...namespace, source: 't' }, ['a']);
  });

  it('take many keys at once, so that nobody waits for somebody who waits for them', async () => {
    const first = await take('first', ['a', 'b']);
    const second = take('second', ['b', 'c', 'b']);
    const third = take('third', ['c', 'a']);
    first(false);
    (await second)(false);
    (await third)(false);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('let who is cancelled go, and the next one wait for whom that one waited for', async () => {
    const first = await take('first', ['a']);
    const cancelled = new AbortController();
    const second = take('second', ['a'], cancelled.signal);
    const third = take('third', ['a']);
    cancelled.abort();
    await assert.rejects(second, (error) => isKvError(error, 'cancelled'));
    await settle();
    assert.deepEqual(order, ['first']);
    first(false);
    (await third)(false);
    await assert.rejects(take('late', ['a'], cancelled.signal), (error) => isKvError(error, 'cancelled'));
    await take('last', ['a']);
  });

  it('know what was changed since a read, and nothing of long ago', async () => {
    const before = performance.now();
    (await take('first', ['a']))(true);
    (await take('second', ['b']))(false);
    assert.equal(locks.isChangedSince(namespace, 'a', before), true);
    assert.equal(locks.isChangedSince(namespace, 'b', before), false);
    assert.equal(locks.isChangedSince(namespace, 'a', performance.now() + 1), false);
    assert.equal(locks.isChangedSince(namespace, 'b', before - 10_000), true);
  });
});
