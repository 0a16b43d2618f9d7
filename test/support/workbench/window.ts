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
  /** Folder or .code-workspace file to open; a fresh copy of the sample project unless given. */
  readonly workspace?: string;
  /** Settings of this window, on top of the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the workspace is trusted without a question; true unless given. */
  readonly trust?: boolean;
  /** Environment variables of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether there is an extension that calls tools for language models, see `toolCaller.ts`. */
  readonly toolCaller?: boolean;
  /** Size of the window; 1400 × 900 unless given. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** The real workbench with the packaged extension installed, in a browser window of its own. */
export interface Workbench {
  readonly page: Page;
  /** The folder that is open. */
  readonly workspace: string;
  /** The extension's own folder for what it keeps for the user. */
  readonly globalStorage: string;
  /**
   * Writes `.test/screenshots/<name>.png` where that is asked for, see `picture.ts`; a failed test does so by itself.
   */
  screenshot(name: string): Promise<void>;
  /** Closes the window; the server serves the next test with the same settings. */
  close(): Promise<void>;
}

/** What is typed is what is there, and nothing is saved by itself. */
const plainTyping = {
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoSurround': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
};

/** Keys for what is done before each test: the palette would draw every command for it. */
export const tidyKeys = { closeEditors: 'Control+Alt+Shift+W', clearNotifications: 'Control+Alt+Shift+N' };

/** Nothing in a picture that is not the subject. */
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

/** One server for all windows that want the same of it. */
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

/** As keybindings name what the browser presses. */
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
    // Copying goes through the browser's clipboard.
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
      rmSync(folder, { recursive: true, force: true });
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
