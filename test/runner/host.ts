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
  /** Names its report and its generated files. */
  readonly name: string;
  /** Files with mocha tests, relative to the checkout; they become one bundle. */
  readonly files: readonly string[];
  /** The folder that is opened. */
  readonly workspace: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its output is kept until it ends, since others print meanwhile. */
  readonly isBeside?: boolean;
}

/** Files that find others beside them keep their own place when they are bundled. */
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
    // With what the stack of an error needs, and no more: it is read with the tests.
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [ownFolders],
    // Our sources ask for import.meta, in a branch that a bundle does not take.
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
  // Desktop VS Code is downloaded by test-electron itself. Untested: it needs a display and the network.
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
 * Runs a suite in an extension host of its own, its output on ours: as it comes, or at its end where others print
 * meanwhile.
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

/** So many share the host tests: two lanes run at once. */
export const HOSTS = 2;

/**
 * Runs a part of the host tests in a VS Code of its own that opens a copy of the sample, by its number from 0 on; those
 * of `grep` are all in the first.
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
  // Others look at what is left in theirs.
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
