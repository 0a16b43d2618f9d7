import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { damageReason, type TextDamage, textBytes, textDamage } from '../../src/core/entry/textFidelity.ts';

describe('text fidelity', () => {
  const cases: [name: string, bytes: string | Uint8Array, damage: TextDamage | undefined][] = [
    ['empty', '', undefined],
    ['plain', 'a\nb\n', undefined],
    ['no line ending', 'a', undefined],
    ['CRLF', 'a\r\nb\r\n', undefined],
    ['any UTF-8', 'ünï 🦊 \u2028 \ufeff', undefined],
    ['a byte order mark', '\ufeffa', undefined],
    ['LF, then CRLF', 'a\nb\r\n', 'mixedLineEndings'],
    ['CRLF, then LF', 'a\r\nb\n', 'mixedLineEndings'],
    ['CR alone', 'a\rb', 'loneCr'],
    ['CR at the end', 'a\r', 'loneCr'],
    ['CR before CRLF', 'a\r\r\n', 'loneCr'],
    ['a byte that is no UTF-8', Uint8Array.of(0x61, 0xff), 'notUtf8'],
    ['half a character', Uint8Array.of(0xf0, 0x9f), 'notUtf8'],
    ['half a surrogate pair', Uint8Array.of(0xed, 0xa0, 0x80), 'notUtf8'],
    ['a zero byte early', `${'a'.repeat(511)}\0`, 'binary'],
    ['a zero byte late', `${'a'.repeat(512)}\0`, undefined],
    ['UTF-16', Buffer.from('abc', 'utf16le'), 'binary'],
  ];
  for (const [name, content, damage] of cases) {
    it(`${name}: ${damage ?? 'unharmed'}`, () => {
      assert.equal(textDamage(typeof content === 'string' ? Buffer.from(content) : content), damage);
    });
  }

  it('takes the largest value in no time', () => {
    const bytes = Buffer.alloc(26_214_400, 'a\r\n');
    const start = performance.now();
    textDamage(bytes);
    assert.ok(performance.now() - start < 1000);
  });

  it('makes no other character of half of one', () => {
    assert.equal(Buffer.from(textBytes('\ufeffa\ud83e\udd8a\r')).toString(), '\ufeffa🦊\r');
    for (const half of ['a\ud83e', '\udd8ab', '\udd8a\ud83e']) {
      assert.throws(
        () => textBytes(half),
        (error) => isKvError(error, 'invalidInput'),
      );
    }
  });

  it('has a reason for every kind', () => {
    for (const kind of ['binary', 'notUtf8', 'mixedLineEndings', 'loneCr'] as const) {
      assert.match(damageReason(kind), /an editor would/);
    }
  });
});
