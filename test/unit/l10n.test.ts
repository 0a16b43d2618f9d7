import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { languages, nameOf, readTranslation, type SourceText, textsIn, textsOfSources } from '../support/texts.ts';

const texts = textsOfSources();
const names = [...new Set(texts.map(nameOf))].sort();
const manifest = readTranslation('package.nls.json');

/** What a translation keeps as it is: placeholders, icons, code, links to commands, line breaks. */
const fixedParts = (text: string): readonly string[] =>
  [...text.matchAll(/\{\d\}|\$\([\w-]+\)|`[^`]+`|\(command:[^)]+\)|\n/g)].map(([part]) => part).sort();

/** The quotation marks of each language around names. */
const quotes: Readonly<Record<(typeof languages)[number], readonly [open: string, close: string]>> = {
  de: ['„', '“'],
  ja: ['「', '」'],
  'zh-cn': ['“', '”'],
  es: ['«', '»'],
};

const count = (text: string, part: string): number => text.split(part).length - 1;

/** Why a text could not be translated as a whole: it is a part of a sentence that the code puts together. */
function pieceOf({ text, before, after }: Pick<SourceText, 'text' | 'before' | 'after'>): string | undefined {
  const left = before.replace(/vscode\.$/, '').replaceAll('\\n', ' ');
  if (/^[\s,;]|\s$/.test(text)) return 'it begins or ends as the middle of a sentence';
  if (/\((?:s|es|n|en)\)/.test(text)) return 'its plural is in brackets';
  if (/\+\s*$/.test(left) || /^\s*\+/.test(after)) return 'it is joined by +';
  if (/\p{L},?\s*\$\{$/u.test(left) || /^\}\s*,?\s*\p{L}/u.test(after)) return 'it stands among words of a template';
  return undefined;
}

describe('texts', () => {
  it('are whole sentences, none put together from pieces', () => {
    assert.ok(texts.length > 500);
    const pieces = texts.flatMap((one) => {
      const why = pieceOf(one);
      return why === undefined ? [] : [`${one.file}:${one.line} “${one.text}”: ${why}`];
    });
    assert.deepEqual(pieces, []);
  });

  it('that are pieces would be found', () => {
    const found = (source: string): readonly (string | undefined)[] => textsIn('example.ts', source).map(pieceOf);
    assert.deepEqual(found("l10n.t('{0} keys', keys(1)) + tail"), ['it is joined by +']);
    assert.deepEqual(found("head + vscode.l10n.t('more')"), ['it is joined by +']);
    assert.deepEqual(found("l10n.t(' and {0} more', n)"), ['it begins or ends as the middle of a sentence']);
    assert.deepEqual(found("l10n.t('{0} key(s)', n)"), ['its plural is in brackets']);
    assert.deepEqual(found(`\`Deleted \${l10n.t('keys')}\``), ['it stands among words of a template']);
    assert.deepEqual(found(`\`\${l10n.t('Deleted')} keys\``), ['it stands among words of a template']);
    assert.deepEqual(found(`\`\${l10n.t('Deleted {0}.', (n))} \${remark}\``), [undefined]);
    assert.throws(() => found('l10n.t(message)'), /one literal/);
    assert.throws(() => found("l10n.t('a' + b)"), /one literal/);
    assert.throws(() => found(`l10n.t(\`a \${b}\`)`), /one literal/);
  });

  it('are all in the bundle, which has no others; “npm run l10n” writes it', () => {
    assert.deepEqual(Object.keys(readTranslation('l10n/bundle.l10n.json')).sort(), names);
  });

  it('are in the languages that there are files for', () => {
    const files = (pattern: string): string[] =>
      globSync(pattern).flatMap((file) => /(?:l10n|nls)\.([\w-]+)\.json$/.exec(file)?.[1] ?? []);
    assert.deepEqual(files('l10n/bundle.l10n.*.json').sort(), [...languages].sort());
    assert.deepEqual(files('package.nls.*.json').sort(), [...languages].sort());
  });

  for (const language of languages) {
    const translated = readTranslation(`l10n/bundle.l10n.${language}.json`);
    const manifestTranslated = readTranslation(`package.nls.${language}.json`);
    const pairs = [
      ...Object.entries(translated),
      ...Object.entries(manifestTranslated).map(([name, text]) => [manifest[name] ?? '', text] as const),
    ];

    describe(`in ${language}`, () => {
      it('are all there, and nothing more', () => {
        assert.deepEqual(Object.keys(translated).sort(), names);
        assert.deepEqual(Object.keys(manifestTranslated).sort(), Object.keys(manifest).sort());
      });

      it('keep placeholders, icons, code, links and line breaks', () => {
        for (const [english, text] of pairs) assert.deepEqual(fixedParts(text), fixedParts(english), english);
      });

      it('say something, and are not left in English', () => {
        const words = (text: string): number => text.match(/[a-z]{2,}/gi)?.length ?? 0;
        for (const [english, text] of pairs) {
          assert.notEqual(text.trim(), '', english);
          if (words(english) > 3) assert.notEqual(text, english);
        }
      });

      it('have the quotation marks of the language, in pairs', () => {
        const [open, close] = quotes[language];
        for (const [english, text] of pairs) {
          assert.equal(count(text, open), count(text, close), text);
          if (open !== '“') assert.equal(count(text, '”'), 0, text);
          if (close !== '“' && open !== '“') assert.equal(count(text, '“'), 0, text);
          assert.ok(count(text, open) >= count(english, '“'), text);
        }
      });
    });
  }
});
