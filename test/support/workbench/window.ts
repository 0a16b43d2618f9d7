import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { copySample } from '../../sample/copy.ts';
import { launchBrowser } from '../../vscodeHost/browser.ts';
import { exitOnSignals } from '../../vscodeHost/exitOnSignals.ts';
import { installExtension } from '../../vscodeHost/installExtension.ts';
import { generated, root, vsixFile } from '../../vscodeHost/paths.ts';
import { startServer, type VscodeServer } from '../../vscodeHost/server.ts';
import { standStill, still } from '../../vscodeHost/standStill.ts';
import { patience } from './effect.ts';
import { takesPictures } from './picture.ts';
import { withToolCaller } from './toolCaller.ts';

export interface WorkbenchOptions {
  /** Folder or .code-workspace file to open; by default a fresh copy of the sample project. */
  readonly workspace?: string;
  /** Settings of this window, in addition to the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the workspace is trusted without asking; true by default. */
  readonly trust?: boolean;
  /** Environment variables of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to install the extension that calls tools for language models, see `toolCaller.ts`. */
  readonly toolCaller?: boolean;
  /** Size of the window; 1400 × 900 by default. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** The real workbench with the packaged extension installed, in its own browser window. */
export interface Workbench {
  readonly page: Page;
  /** The open folder. */
  readonly workspace: string;
  /** The extension's global storage folder. */
  readonly globalStorage: string;
  /** Writes `.test/screenshots/<name>.png` if requested, see `picture.ts`; done automatically for a failed test. */
  screenshot(name: string): Promise<void>;
  /** Closes the window; its server is reused by the next test with the same settings. */
  close(): Promise<void>;
}

/** Typed text stays unchanged, and nothing is saved automatically. */
const plainTyping = {
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoSurround': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
};

/**
 * Key bindings for clean-up before each test, because running commands from the palette would have to render it each
 * time.
 */
export const tidyKeys = { closeEditors: 'Control+Alt+Shift+W', clearNotifications: 'Control+Alt+Shift+N' };

/** Nothing in a picture but its subject. */
const plainLooks = {
  'editor.minimap.enabled': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.layoutControl.enabled': false,
};

const { publisher, name }: { publisher: string; name: string } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const extensionId = `${publisher}.${name}`.toLowerCase();

exitOnSignals();
const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

function temporaryFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `cloudflare-kv-${name}-`)));
  folders.add(folder);
  return folder;
}

let browser: Promise<Browser> | undefined;
const servers = new Map<string, Promise<VscodeServer>>();
const open = new Set<Page>();

const screenshot = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: join(generated, 'screenshots', `${name}.png`) });

/** One server for all windows with the same server options. */
function serverFor({ settings, trust, env, toolCaller = false }: WorkbenchOptions): Promise<VscodeServer> {
  const key = JSON.stringify([settings, trust, env, toolCaller]);
  let server = servers.get(key);
  if (!server) {
    const extensions = installExtension(vsixFile);
    server = startServer({
      extensions: toolCaller ? withToolCaller(extensions, temporaryFolder('extensions')) : extensions,
      keys: {
        [vscodeKey(tidyKeys.closeEditors)]: 'workbench.action.closeAllEditors',
        [vscodeKey(tidyKeys.clearNotifications)]: 'notifications.clearAll',
      },
      settings: { ...plainTyping, ...plainLooks, ...still, ...settings },
      ...(trust === undefined ? {} : { trust }),
      ...(env === undefined ? {} : { env }),
    });
    servers.set(key, server);
  }
  return server;
}

/** The keybinding syntax for what the browser presses. */
const vscodeKey = (key: string): string => key.replace('Control', 'ctrl').toLowerCase();

/** Opens the workbench and resolves when it has settled. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = temporaryFolder('ui');
  browser ??= launchBrowser();
  const [workspace, server, chromium] = await Promise.all([
    options.workspace ?? copySample(join(folder, 'shop')),
    serverFor(options),
    browser,
  ]);
  const context = await chromium.newContext({
    viewport: options.size ?? { width: 1400, height: 900 },
    reducedMotion: 'reduce',
    // Copying uses the browser's clipboard.
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await standStill(page);
  await page.goto(server.url(workspace));
  await page
    .locator('.monaco-workbench .statusbar-item')
    .first()
    .waitFor({ timeout: 2 * patience });
  open.add(page);
  return {
    page,
    workspace,
    globalStorage: join(server.dataFolder, 'data', 'User', 'globalStorage', extensionId),
    screenshot: async (name) => {
      if (takesPictures) await screenshot(page, name);
    },
    close: async () => {
      open.delete(page);
      await context.close();
      folders.delete(folder);
      // The extension host of the window ends a moment later, and may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

afterEach(async function () {
  const { currentTest } = this;
  if (currentTest?.state === 'failed') {
    const name = `failed ${currentTest.fullTitle()}`.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 120);
    await Promise.all([...open].map((page, index) => screenshot(page, `${name}${index || ''}`)));
  }
});

after(async () => {
  await (await browser)?.close();
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});
