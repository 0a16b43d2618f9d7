import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';

describe('UTF-8 order', () => {
  it('sorts U+FFFF before U+10000, unlike UTF-16', () => {
    assert.ok(compareUtf8('\uffff', '\u{10000}') < 0);
    assert.ok(compareUtf8('\ue000', '\u{10000}') < 0);
    assert.ok(compareUtf8('\ud7ff', '\ue000') < 0);
    assert.ok(compareUtf8('a', 'ab') < 0);
    assert.equal(compareUtf8('ü', 'ü'), 0);
  });

  it('is the order of the bytes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}') }),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
