import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { noticesOf } from './scripts/notices.ts';
import { uploadedModules } from './scripts/uploadedModules.ts';

const { values: options } = parseArgs({
  options: { dev: { type: 'boolean', default: false }, watch: { type: 'boolean', default: false } },
});
const dev = options.dev || options.watch;
/** What the first row does not need lies in other bundles, see `background.lazy.ts`. */
const largestExtension = 150_000;

/** `src/wrangler/parsers.lazy.ts` becomes `dist/parsers.cjs`. */
function bundleName(lazyFile: string): string {
  return basename(lazyFile, '.lazy.ts');
}

/**
 * Leaves every `import('./x.lazy.ts')`, and `require`, as a load of the bundle of its own, so that nothing is read
 * before it is used.
 */
const lazyBundles: esbuild.Plugin = {
  name: 'lazy-bundles',
  setup(build) {
    build.onResolve({ filter: /\.lazy\.ts$/ }, ({ kind, path }) => {
      if (kind === 'entry-point') {
        return undefined;
      }
      if (kind !== 'dynamic-import' && kind !== 'require-call') {
        return { errors: [{ text: `${path} must be loaded with import() or require(), it is a bundle of its own` }] };
      }
      return { path: `./${bundleName(path)}.cjs`, external: true };
    });
  },
};

/**
 * Libraries with one bundle for all that use them: the translator, so that a translation reaches what is loaded later
 * too; the parser of code, which is large; and those that several bundles need.
 */
const SHARED: Readonly<Record<string, string>> = {
  '@vscode/l10n': 'l10n',
  '@lezer/javascript': 'codeParser',
  'jsonc-parser': 'jsonParser',
  picomatch: 'picomatch',
};

const sharedLibraries: esbuild.Plugin = {
  name: 'shared-libraries',
  setup(build) {
    build.onResolve({ filter: /^[@\w]/ }, ({ kind, path }) => {
      const name = kind === 'entry-point' ? undefined : SHARED[path];
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/**
 * Makes a plain require of `import * as vscode`: esbuild would copy the hundreds of names of that namespace for every
 * file that imports it, which was more than half of the time that the extension took to load.
 */
const plainVscode: esbuild.Plugin = {
  name: 'plain-vscode',
  setup(build) {
    const statement = /^import \* as vscode from 'vscode';$/m;
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(statement, "const vscode = require('vscode');"),
      loader: 'ts',
    }));
  },
};

/** What runs in an account is text here, made for people to read: comments stay, types go. */
const uploadedTexts: esbuild.Plugin = {
  name: 'uploaded-texts',
  setup(build) {
    build.onLoad({ filter: /[\\/]inside[\\/]moduleTexts\.ts$/ }, () => ({
      contents: `export const moduleTexts = ${JSON.stringify(uploadedModules())};`,
      loader: 'ts',
    }));
  },
};

function entryPoints(): Record<string, string> {
  const entries: Record<string, string> = {
    extension: 'src/extension.ts',
    sqliteWorker: 'src/local/sqlite/worker.ts',
    spaceWorker: 'src/local/space/spaceWorker.ts',
    searchWorker: 'src/core/search/searchWorker.ts',
    configSearchWorker: 'src/wrangler/configSearchWorker.ts',
    ...Object.fromEntries(Object.entries(SHARED).map(([library, name]) => [name, library])),
  };
  for (const file of globSync('src/**/*.lazy.ts')) {
    const name = bundleName(file);
    if (name in entries) {
      throw new Error(`Two bundles are called ${name}: ${entries[name]} and ${file}`);
    }
    entries[name] = file;
  }
  return entries;
}

function checkSize(metafile: esbuild.Metafile): void {
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    if (file.endsWith('.cjs')) {
      console.log(`${file}  ${(bytes / 1000).toFixed(1)} kB`);
    }
  }
  const size = metafile.outputs['dist/extension.cjs']?.bytes ?? 0;
  if (!dev && size > largestExtension) {
    throw new Error(`dist/extension.cjs has ${size} bytes, ${largestExtension} are allowed`);
  }
}

const settings = {
  entryPoints: entryPoints(),
  entryNames: '[name]',
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  // A bundle of a library is loaded with require, so that the extension host's own module cache holds it.
  supported: { 'dynamic-import': false },
  // When each bundle was loaded and how long that took, for the bench. The directive must stay first in the file.
  banner: { js: '"use strict";performance.mark("cloudflareKv.load "+__filename);' },
  footer: { js: 'performance.measure("cloudflareKv.load",{start:"cloudflareKv.load "+__filename,detail:__filename});' },
  external: ['vscode'],
  define: { __BUNDLED__: 'true' },
  minify: !dev,
  charset: 'utf8',
  sourcemap: dev,
  // "module" first: the UMD builds of some parsers hide their requires from a bundler.
  mainFields: ['module', 'main'],
  metafile: true,
  plugins: [lazyBundles, sharedLibraries, uploadedTexts, plainVscode],
  // Files that also run from source ask for import.meta there, in a branch that a bundle never takes.
  logOverride: { 'empty-import-meta': 'silent' },
  logLevel: 'info',
} satisfies esbuild.BuildOptions;

/**
 * What runs in pages: one script and one style sheet for all of them, loaded when the first one is opened. VS Code
 * shows nothing of a page before its script has come, so what draws pictures, which is large, is apart and comes after
 * it.
 */
const pageSettings = {
  entryPoints: ['src/pages/webview/page.ts', 'src/pages/webview/page.css'],
  outdir: 'dist/media',
  bundle: true,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]',
  platform: 'browser',
  // As in the oldest VS Code that is supported.
  target: 'chrome138',
  minify: !dev,
  charset: 'utf8',
  sourcemap: dev && 'inline',
  metafile: true,
  logLevel: 'info',
} satisfies esbuild.BuildOptions;

/** In the sources each text has its line, which nobody needs in the package. */
async function writeTranslations(): Promise<void> {
  await mkdir('dist/l10n', { recursive: true });
  for (const path of globSync('l10n/bundle.l10n.*.json')) {
    await writeFile(join('dist/l10n', basename(path)), JSON.stringify(JSON.parse(await readFile(path, 'utf8'))));
  }
}

await writeTranslations();
if (options.watch) {
  await (await esbuild.context(settings)).watch();
  await (await esbuild.context(pageSettings)).watch();
} else {
  const [{ metafile }, pages] = await Promise.all([esbuild.build(settings), esbuild.build(pageSettings)]);
  checkSize(metafile);
  const inputs = [metafile, pages.metafile].flatMap((one) => Object.keys(one.inputs));
  await writeFile('dist/ThirdPartyNotices.txt', noticesOf(inputs));
}
