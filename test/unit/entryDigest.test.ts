import assert from 'node:assert/strict';
import { type EntryState, entryDigest } from '../../src/core/entry/entryDigest.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

describe('entry digest', () => {
  const value = bytes('v');

  it('tells states apart, and no state from any', () => {
    const states: (EntryState | undefined)[] = [
      undefined,
      { value },
      { value: bytes('') },
      { value: bytes('w') },
      { value, metadata: 0 },
      { value, metadata: '' },
      { value, metadata: {} },
      { value, metadata: [] },
      { value, metadata: { a: 1 } },
      { value, metadata: [['a', 1]] },
      { value, metadata: ['{', ['a', 1]] },
      { value, expiration: 1 },
      { value, metadata: 1, expiration: 1 },
    ];
    assert.equal(new Set(states.map(entryDigest)).size, states.length);
  });

  it('does not see the order of names or a null at the top', () => {
    const a = { value, metadata: { b: { y: 1, x: 2 }, 10: 1, 9: 2 } };
    const b = { value, metadata: { 9: 2, 10: 1, b: { x: 2, y: 1 } } };
    assert.equal(entryDigest(a), entryDigest(b));
    assert.equal(entryDigest({ value, metadata: null }), entryDigest({ value }));
  });
});
