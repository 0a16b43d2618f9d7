import { statSync } from 'node:fs';
import { run } from './run.ts';

const target = 'cloudflare-kv.vsix';
const largest = 1_000_000;

run('build.ts');
run('node_modules/@vscode/vsce/vsce', [
  'package',
  '--no-dependencies',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--out',
  target,
]);
const { size } = statSync(target);
if (size > largest) {
  throw new Error(`${target} has ${size} bytes, ${largest} are allowed`);
}
