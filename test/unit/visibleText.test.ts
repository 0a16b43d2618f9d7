import assert from 'node:assert/strict';
import { visibleText } from '../../src/core/text/visibleText.ts';

describe('visible text', () => {
  it('leaves alone what can be seen', () => {
    for (const text of ['user:1', 'two words', 'مرحبا', '👩‍👩‍👧 ❤️', 'é', '', '‌می‌خواهم'])
      assert.equal(visibleText(text), text);
  });

  it('shows spaces at the ends, control characters, and what hides or turns a text', () => {
    assert.equal(visibleText('  a b '), '␣␣a b␣');
    assert.equal(visibleText('   '), '␣␣␣');
    assert.equal(visibleText('two\nlines\t\u007f'), 'two␊lines␉␡');
    assert.equal(visibleText('x\u202etxt.exe'), 'x[U+202E]txt.exe');
    assert.equal(visibleText('\ufeffa\u200bb\u00a0'), '[U+FEFF]a[U+200B]b[U+00A0]');
  });
});
