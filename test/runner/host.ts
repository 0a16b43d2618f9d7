import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runTests } from '@vscode/test-electron';
import esbuild from 'esbuild';
import { copySample } from '../sample/copy.ts';
import { installHost } from '../vscodeHost/install.ts';
import { root } from '../vscodeHost/paths.ts';
import { makeDevelopmentFolder } from './developmentFolder.ts';
import { testFiles, withReport } from './mocha.ts';
import { type Outcome, single, together } from './outcome.ts';
import { logFileVariable, reportFileVariable } from './reporter.ts';
import { runFolder, temporaryFolder } from './runFolder.ts';

/** Something to run inside the extension host of a real VS Code. */
export interface HostSuite {
  /** The name for its report and generated files. */
  readonly name: string;
  /** Files with mocha tests, relative to the checkout; they are bundled into one. */
  readonly files: readonly string[];
  /** The folder to open. */
  readonly workspace: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Buffers its output until it ends, because others print meanwhile. */
  readonly isBeside?: boolean;
}

/** Files that look for others beside them keep their original location when bundled. */
const ownFolders: esbuild.Plugin = {
  name: 'own-folders',
  setup(build) {
    build.onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
      loader: 'ts',
    }));
  },
};

async function bundle(files: readonly string[], folder: string): Promise<string> {
  const settings = {
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    external: ['vscode'],
    // Only what the stack of an error needs, because the map is loaded together with the tests.
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [ownFolders],
    // Our sources use import.meta, in a branch that a bundle does not take.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  } satisfies esbuild.BuildOptions;
  const contents = files.map((file) => `import ${JSON.stringify(`./${file}`)};`).join('\n');
  await esbuild.build({ ...settings, stdin: { contents, resolveDir: root }, outfile: join(folder, 'tests.cjs') });
  const suite = join(folder, 'suite.cjs');
  await esbuild.build({ ...settings, entryPoints: [join(import.meta.dirname, 'hostSuite.ts')], outfile: suite });
  return suite;
}

/** Prints what is appended to a file until told to stop. */
async function follow(file: string, stopped: AbortSignal): Promise<void> {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  for (;;) {
    const last = stopped.aborted;
    for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer)) {
      process.stdout.write(buffer.subarray(0, size));
    }
    if (last) {
      closeSync(descriptor);
      return;
    }
    await wait(200);
  }
}

async function launch(
  suite: string,
  extension: string,
  workspace: string,
  env: Record<string, string>,
): Promise<boolean> {
  const launcher = join(import.meta.dirname, '..', 'vscodeHost', 'launch.ts');
  // test-electron downloads desktop VS Code itself. Untested: it needs a display and the network.
  const desktop = process.env.VSCODE_TEST_HOST === 'desktop';
  if (!desktop) {
    installHost();
  }
  try {
    await runTests({
      ...(desktop
        ? { launchArgs: [workspace] }
        : { vscodeExecutablePath: process.execPath, launchArgs: [launcher, workspace], reuseMachineInstall: true }),
      extensionDevelopmentPath: extension,
      extensionTestsPath: suite,
      extensionTestsEnv: env,
    });
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

/**
 * Runs a suite in its own extension host. Its output is printed on ours, either as it comes or, if others print
 * meanwhile, at the end.
 */
export async function runHostSuite({ name, files, workspace, env = {}, isBeside }: HostSuite): Promise<Outcome> {
  const folder = join(runFolder, name);
  const suite = await bundle(files, folder);
  const log = join(folder, 'log.txt');
  writeFileSync(log, '');
  const ended = new AbortController();
  const following = isBeside ? undefined : follow(log, ended.signal);
  try {
    return await withReport(name, (reportFile) =>
      launch(suite, makeDevelopmentFolder(join(folder, 'extension')), workspace, {
        ...env,
        [reportFileVariable]: reportFile,
        [logFileVariable]: log,
      }),
    );
  } finally {
    ended.abort();
    await following;
    if (isBeside) process.stdout.write(readFileSync(log));
  }
}

/** How many hosts share the host tests: two lanes run at once. */
export const HOSTS = 2;

/**
 * Runs a part of the host tests, numbered from 0, in its own VS Code on a copy of the sample. Tests that match `grep`
 * are all in the first part.
 */
export async function runHostTests(part: number, grep: string | undefined, isBeside: boolean): Promise<Outcome> {
  const files = testFiles('host');
  if (files.length === 0) {
    return single('host: no test files', false);
  }
  if (grep !== undefined && part > 0) {
    return together([]);
  }
  const name = `host-${part + 1}`;
  const folder = join(temporaryFolder, name);
  // Some tests look at what is left in their temporary folder.
  const env = { TMPDIR: join(folder, 'temporary'), ...(grep !== undefined && { KV_TEST_GREP: grep }) };
  mkdirSync(env.TMPDIR, { recursive: true });
  const size = grep === undefined ? Math.ceil(files.length / HOSTS) : files.length;
  return await runHostSuite({
    name,
    env,
    isBeside,
    files: files.slice(part * size, (part + 1) * size),
    workspace: await copySample(join(folder, 'workspace')),
  });
}
