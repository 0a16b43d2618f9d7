import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { byteSize, keyCount, someKeys } from '../../src/core/store/names.ts';
import { countText, dollarsText } from '../../src/core/text/countText.ts';
import { price, roughTime } from '../../src/ui/aboutAmounts.ts';
import { readTranslation, root } from '../support/texts.ts';

describe('a number in a text', () => {
  afterEach(() => l10n.config({ contents: {} }));

  const speak = (language: string): void =>
    l10n.config({ contents: readTranslation(join('l10n', `bundle.l10n.${language}.json`)) });

  it('is written as English writes it where there is no translation', () => {
    assert.deepEqual([countText(1000), dollarsText(1234.5)], ['1,000', '$1,234.50']);
    assert.deepEqual([1, 2, 9.96, 0.004].map(price), ['$1.00', '$2.00', '$9.96', 'under $0.01']);
  });

  it('is written as the language of the translation writes it', () => {
    speak('de');
    assert.equal(keyCount(1000), '1.000 Schlüssel');
    assert.match(someKeys(['a', 'b', 'c'], 1003), /\b1\.000\b/);
    assert.deepEqual([1000, 1536, 20_480].map(byteSize), ['1.000 Bytes', '1,5 KB', '20 KB']);
    assert.deepEqual([price(5.54), price(0.004)], ['5,54\u00a0$', 'unter 0,01\u00a0$']);
    assert.equal(roughTime(5400), '1,5 h');
  });

  it('follows the translation of the moment', () => {
    assert.equal(countText(1000), '1,000');
    speak('de');
    assert.equal(countText(1000), '1.000');
    speak('ja');
    assert.equal(countText(1000), '1,000');
  });

  it('is nowhere written as the system of the extension host would write it', () => {
    const ofSystem = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
      /\.toLocale\w*String\(\s*(?:undefined\b|\))|\bIntl\.\w+Format\(\s*(?:undefined\b|\))/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    assert.deepEqual(ofSystem, []);
  });
});
