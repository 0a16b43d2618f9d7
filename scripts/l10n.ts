// npm run l10n: writes l10n/bundle.l10n.json from the texts of src, and tells what the translations lack or have too
// many.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { languages, nameOf, readTranslation, root, textsOfSources } from '../test/support/texts.ts';

const entries = textsOfSources().map((one) => {
  const { text, comment } = one;
  return [nameOf(one), comment === undefined ? text : { message: text, comment: [comment] }] as const;
});
const bundle = Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(bundle, undefined, 2)}\n`);

for (const language of languages) {
  const translated = readTranslation(`l10n/bundle.l10n.${language}.json`);
  const missing = Object.keys(bundle).filter((text) => !(text in translated));
  const superfluous = Object.keys(translated).filter((text) => !(text in bundle));
  console.log(`${language}: ${missing.length} missing, ${superfluous.length} superfluous`);
  for (const text of missing) console.log(`  + ${JSON.stringify(text)}`);
  for (const text of superfluous) console.log(`  - ${JSON.stringify(text)}`);
}
