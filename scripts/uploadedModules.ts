import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type ModuleText, moduleTexts } from '../src/inside/moduleTexts.ts';

const root = join(import.meta.dirname, '..');

/** The modules of the Worker that is uploaded, laid out again where types were taken out of them. */
export const uploadedModules = (): readonly ModuleText[] =>
  moduleTexts.map(({ name, text }) => ({ name, text: laidOut(name, text) }));

function laidOut(name: string, text: string): string {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const args = [biome, 'format', `--stdin-file-path=src/inside/worker/${name}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} could not be laid out: ${stderr}`);
  return stdout;
}
