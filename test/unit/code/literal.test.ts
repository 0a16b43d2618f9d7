import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapedFor, typedText } from '../../../src/language/code/literal.ts';

describe('A literal while it is typed', () => {
  it('has the text that its source means so far', () => {
    for (const [source, text] of [
      ["it\\'s:", "it's:"],
      ['a\\\\', 'a\\'],
      ['a\\\\\\n', 'a\\\n'],
      ['\\u0041b', 'Ab'],
      ['\\u{1f98a}', '\u{1f98a}'],
      ['plain:', 'plain:'],
      ['', ''],
    ] as const) {
      assert.equal(typedText(source), text, source);
    }
  });

  it('leaves out an escape that is not finished', () => {
    for (const open of ['\\', '\\u', '\\u00', '\\u004', '\\u{', '\\u{1f9', '\\x', '\\x4']) {
      assert.equal(typedText(`a:${open}`), 'a:', open);
      assert.equal(typedText(`a\\\\${open}`), 'a\\', open);
    }
  });

  it('has every key again that is written between quotes', () => {
    fc.assert(
      fc.property(fc.constantFrom('"', "'", '`'), fc.string({ unit: 'binary', maxLength: 40 }), (quote, key) => {
        assert.equal(typedText(escapedFor(quote, key)), key);
      }),
    );
  });
});
