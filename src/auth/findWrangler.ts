import { readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { isWithin, realOrSame } from '../core/base/paths.ts';
import type { Program } from './runProgram.ts';

export interface WranglerPlaces {
  /** Absolute paths of folders with wrangler configs, and of the workspace folders. */
  readonly projectFolders: readonly string[];
  /** If false, nothing inside one of the folders is run. */
  readonly isTrusted: boolean;
  /** The value of the environment variable. */
  readonly path: string;
  readonly platform?: NodeJS.Platform;
}

/** Every wrangler that may be run, without duplicates, those of the projects before the one on the PATH. */
export async function findWranglers({
  projectFolders,
  isTrusted,
  path,
  platform = process.platform,
}: WranglerPlaces): Promise<readonly Program[]> {
  const own = isTrusted ? await Promise.all(projectFolders.map(wranglerAbove)) : [];
  const folders = await Promise.all(projectFolders.map(realOrSame));
  const installed = await Promise.all(
    path
      .split(delimiter)
      // A relative entry depends on the current folder, which may not be trustworthy.
      .filter(isAbsolute)
      .map((folder) => (platform === 'win32' ? wranglerOnWindowsPath(folder) : wranglerOnPath(folder))),
  );
  const real = await Promise.all(installed.map((program) => program && realOrSame(pathOf(program))));
  const allowed = installed.filter(
    (_, at) => isTrusted || !folders.some((folder) => isWithin(real[at] ?? folder, folder)),
  );
  const programs = [...own, ...allowed].flatMap((program) => program ?? []);
  return [...new Map(programs.map((program) => [pathOf(program), program])).values()];
}

/** The wrangler that scripts in a folder would run: Node looks in every `node_modules` folder on the way up. */
async function wranglerAbove(folder: string): Promise<Program | undefined> {
  const script = await scriptIn(join(folder, 'node_modules', 'wrangler'));
  if (script !== undefined) return script;
  const parent = dirname(folder);
  return parent === folder ? undefined : wranglerAbove(parent);
}

/** The script that a package defines as its program `wrangler`. */
async function scriptIn(packageFolder: string): Promise<Program | undefined> {
  try {
    const { bin }: { bin?: unknown } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
    const name = typeof bin === 'object' && bin !== null ? Reflect.get(bin, 'wrangler') : bin;
    if (typeof name !== 'string') return undefined;
    return nodeProgram(await realpath(join(packageFolder, name)));
  } catch {
    return undefined;
  }
}

/**
 * On Windows the command is a shell script, either next to the package, as installed by npm, or the shim of a version
 * manager.
 */
async function wranglerOnWindowsPath(folder: string): Promise<Program | undefined> {
  const script = await scriptIn(join(folder, 'node_modules', 'wrangler'));
  if (script !== undefined) return script;
  const file = join(folder, 'wrangler.exe');
  const isThere = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  return isThere ? { file, args: [] } : undefined;
}

async function wranglerOnPath(folder: string): Promise<Program | undefined> {
  try {
    const file = join(folder, 'wrangler');
    const found = await stat(file);
    if (!found.isFile() || (found.mode & 0o111) === 0) return undefined;
    const real = await realpath(file);
    // A version manager's shim is one program with many names, which decides by its name what to run.
    return real.endsWith('.js') ? nodeProgram(real) : { file, args: [] };
  } catch {
    return undefined;
  }
}

/** Runs a script with the Node that runs this extension, which is Electron on a desktop. */
const nodeProgram = (script: string): Program => ({
  file: process.execPath,
  args: [script],
  ...(process.versions.electron !== undefined && { env: { ELECTRON_RUN_AS_NODE: '1' } }),
});

const pathOf = ({ file, args }: Program): string => args[0] ?? file;
