import assert from 'node:assert/strict';
import { entryOf } from '../../../src/language/tools/entryOf.ts';

describe('what a tool puts', () => {
  const now = 1_900_000_000;
  const before = { key: 'k', value: Buffer.from('old'), metadata: { by: 'anna' }, expiration: now + 5000 };
  const put = (given: { metadata?: null | object; expiration_ttl?: number | null }, there = true) => {
    const { value: _, ...rest } = entryOf(
      { key: 'k', value: 'new', metadata: given.metadata as undefined, expiration_ttl: given.expiration_ttl },
      there ? before : undefined,
      now,
    );
    return rest;
  };

  it('keeps metadata and expiration that were not given', () => {
    assert.deepEqual(put({}), { key: 'k', metadata: { by: 'anna' }, expiration: now + 5000 });
    assert.deepEqual(put({}, false), { key: 'k' });
  });

  it('takes what was given, and null for none', () => {
    assert.deepEqual(put({ metadata: { v: 1 }, expiration_ttl: 3600 }), {
      key: 'k',
      metadata: { v: 1 },
      expiration: now + 3600,
    });
    assert.deepEqual(put({ metadata: null, expiration_ttl: null }), { key: 'k' });
  });
});
