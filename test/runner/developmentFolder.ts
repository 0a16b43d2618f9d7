import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../vscodeHost/paths.ts';

const FOLDERS = ['dist', 'media'];
const FILES = ['README.md', 'CHANGELOG.md', 'LICENSE', 'api.d.ts'];

/**
 * The extension as VS Code loads it for tests: the checkout's, but activated by the tests. A wrangler config in the
 * workspace would activate it before any test is there to watch; the workbench tests check that with the package.
 */
export function makeDevelopmentFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const manifest: { activationEvents: string[]; [field: string]: unknown } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const activationEvents = manifest.activationEvents.filter((event) => !event.startsWith('workspaceContains:'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, activationEvents }));
  const translations = ['', '.de', '.es', '.ja', '.zh-cn'].map((language) => `package.nls${language}.json`);
  for (const file of [...FILES, ...translations]) copyFileSync(join(root, file), join(folder, file));
  for (const name of FOLDERS) symlinkSync(join(root, name), join(folder, name), 'junction');
  return folder;
}
