import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRawScalar, parseJson } from '../../src/core/entry/metadataJson.ts';

/** Names that begin alike as they are, and as they stand in JSON: V8 13 takes one of them for another. */
const ALIKE = ['a\\', 'a"', 'a\n', 'x', '__proto__', '1', ''];

describe('JSON whose names have escapes', () => {
  it('has the names that stand in it, whatever was parsed before', () => {
    for (let round = 0; round < 300; round++) {
      for (const first of ALIKE) {
        for (const second of ALIKE.filter((name) => name !== first)) {
          const text = `{${JSON.stringify(first)}:1,${JSON.stringify(second)}:{${JSON.stringify(first)}:2}}`;
          const value = Object(parseJson(text));
          assert.deepEqual(new Set(Object.keys(value)), new Set([first, second]));
          assert.deepEqual(Object.keys(Object.getOwnPropertyDescriptor(value, second)?.value), [first]);
        }
      }
    }
  });

  it('is else what JSON.parse gives', () => {
    const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\uE000', '\uE0000', 'b'));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.string(), fc.integer(), tie('list'), tie('object')),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        assert.equal(JSON.stringify(parseJson(text), undefined, space), text);
      }),
    );
  });

  it('keeps digits, and of a name that comes twice the last', () => {
    const value = Object(parseJson('{"\\u0061":1.10,"a":2.50,"\\"":[{"\\\\":3.0}]}'));
    assert.deepEqual(Object.keys(value), ['a', '"']);
    assert.ok(isRawScalar(value.a) && value.a.rawJSON === '2.50');
    assert.equal(JSON.stringify(value), '{"a":2.50,"\\"":[{"\\\\":3.0}]}');
  });
});
