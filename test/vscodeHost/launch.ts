// The executable that @vscode/test-electron starts in place of desktop VS Code:
//   node launch.ts WORKSPACE --extensionDevelopmentPath=… --extensionTestsPath=… (and flags of the desktop, ignored)
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { exitOnSignals } from './exitOnSignals.ts';
import { startServer } from './server.ts';
import { standStill, still } from './standStill.ts';

const longestRunMilliseconds = 59 * 60_000;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string' },
    extensionTestsPath: { type: 'string' },
  },
});
const [workspace] = positionals;
const { extensionDevelopmentPath, extensionTestsPath } = values;
if (!workspace || typeof extensionDevelopmentPath !== 'string' || typeof extensionTestsPath !== 'string') {
  throw new Error('A workspace, --extensionDevelopmentPath and --extensionTestsPath are needed');
}

exitOnSignals();

// A run of tests that is given up does not take this with it.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 1000).unref();

/** Nobody looks at it, so that it draws as little as it can. */
async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 560 }, reducedMotion: 'reduce' });
  await standStill(page);
  return page;
}

async function runSuite(page: Page, address: string): Promise<number | undefined> {
  const exited = Promise.withResolvers<number>();
  await page.exposeFunction('codeAutomationLog', () => {});
  await page.exposeFunction('codeAutomationExit', (code: number) => exited.resolve(code));
  await page.goto(address);
  return await Promise.race([exited.promise, wait(longestRunMilliseconds, undefined, { ref: false })]);
}

const server = await startServer({ suite: true, settings: { 'files.autoSave': 'off', ...still } });
const remote = (path: string) => `vscode-remote://127.0.0.1:${server.port}${path}`;
const address = server.url(workspace, {
  extensionDevelopmentPath: remote(extensionDevelopmentPath),
  extensionTestsPath: remote(extensionTestsPath),
});
try {
  const browser = await launchBrowser();
  try {
    const code = await runSuite(await openPage(browser), address);
    if (code === undefined) {
      console.error(`No result in ${longestRunMilliseconds / 60_000} minutes\n${server.output().slice(-2000)}`);
    }
    process.exitCode = code ?? 1;
  } finally {
    await browser.close();
  }
} finally {
  await server.stop();
}
