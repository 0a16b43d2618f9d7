import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyToSegment, segmentToKey } from '../../src/core/keys/keyPath.ts';

describe('key path', () => {
  const fixed: [key: string, segment: string][] = [
    ['user:123', 'user:123'],
    ['a/b.json', 'a%2Fb.json'],
    ['a//b', 'a%2F%2Fb'],
    ['.', '%2E'],
    ['..', '%2E%2E'],
    ['...', '%2E%2E%2E'],
    ['.x', '.x'],
    ['a/../b', 'a%2F..%2Fb'],
    ['C:/x', 'C:%2Fx'],
    ['100%', '100%25'],
    ['a%2Fb', 'a%252Fb'],
    ['x?y#z', 'x?y#z'],
    ['back\\slash', 'back%5Cslash'],
    ['nul\u0000', 'nul%00'],
    ['del\u007f', 'del%7F'],
    ['🦊 ünï', '🦊 ünï'],
  ];
  for (const [key, segment] of fixed) {
    it(`writes ${JSON.stringify(key)} as ${segment} and reads it back`, () => {
      assert.equal(keyToSegment(key), segment);
      assert.equal(segmentToKey(segment), key);
    });
  }

  const anyKey = fc.string({ unit: 'binary', minLength: 1, maxLength: 512 });

  it('is reversible for every well-formed text, in one segment that a path normaliser leaves alone', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const segment = keyToSegment(key);
        assert.equal(segmentToKey(segment), key);
        assert.doesNotMatch(segment, /[/\\\u0000-\u001f\u007f]/);
        assert.doesNotMatch(segment, /^\.+$/);
      }),
    );
  });

  it('refuses segments that it never makes', () => {
    for (const segment of ['', 'a%2fb', '%41', '.', '..', 'a%', 'a/b']) assert.equal(segmentToKey(segment), undefined);
  });
});
