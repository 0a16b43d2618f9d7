import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package that a file belongs to; `undefined` for a file of our own. */
const packageOf = (file: string): string | undefined => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

/** The licences of every package from which one of these files comes, as they ask to be passed on. */
export function noticesOf(files: readonly string[]): string {
  const folders = [...new Set(files.flatMap((file) => packageOf(file.replaceAll('\\', '/')) ?? []))];
  const notices = folders.map((folder) => {
    const { name, version, license, homepage }: Record<string, string> = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const [file] = globSync(join(folder, '{LICENSE,LICENCE}*'));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(file, 'utf8').trim();
    return `${name} ${version}\n${homepage ?? ''}\n\n${text}\n`;
  });
  return `This extension contains these packages.\n\n${notices.sort().join(`\n${'-'.repeat(80)}\n\n`)}`;
}
