import assert from 'node:assert/strict';
import { KeySet } from '../../src/core/keys/keySet.ts';
import { distinct } from '../../src/core/store/selection.ts';

describe('a set of very many keys', () => {
  it('holds what was added and nothing else', () => {
    const keys = new KeySet();
    for (let i = 0; i < 20_000; i++) assert.ok(keys.add(`key ${i}`));
    assert.equal(keys.size, 20_000);
    for (let i = 0; i < 20_000; i++) {
      assert.ok(keys.has(`key ${i}`) && !keys.add(`key ${i}`));
      assert.ok(!keys.has(`other ${i}`));
    }
    assert.equal(keys.size, 20_000);
  });
});

describe('a selection', () => {
  it('has every key once, whatever was selected besides', () => {
    const selection = { keys: ['b', 'a:1', 'b', 'x'], prefixes: ['a:', 'a:b:', 'a:', 'x:'] };
    assert.deepEqual(distinct(selection), { keys: ['b', 'x'], prefixes: ['a:', 'x:'] });
    assert.deepEqual(distinct({ keys: ['a'], prefixes: ['b', ''] }), { keys: [], prefixes: [''] });
  });
});
