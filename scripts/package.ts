import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { run } from './run.ts';

const target = 'cloudflare-kv.vsix';
const largest = 1_000_000;

run('build.ts');
// Nobody reads the translations in the package; in the sources each text has its line.
const bundles = globSync('l10n/bundle.l10n.*.json').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
try {
  for (const { path, text } of bundles) writeFileSync(path, JSON.stringify(JSON.parse(text)));
  run('node_modules/@vscode/vsce/vsce', [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    target,
  ]);
} finally {
  for (const { path, text } of bundles) writeFileSync(path, text);
}
const { size } = statSync(target);
if (size > largest) {
  throw new Error(`${target} has ${size} bytes, ${largest} are allowed`);
}
