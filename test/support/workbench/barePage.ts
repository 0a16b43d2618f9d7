import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { PageModel } from '../../../src/pages/shared/model.ts';
import { launchBrowser } from '../../vscodeHost/browser.ts';
import { root } from '../../vscodeHost/paths.ts';

/** The script of our pages in a browser, without VS Code. */
export interface BarePage {
  readonly page: Page;
  /** Shows a model like the extension does; resolves when the page has received it. */
  show(model: PageModel): Promise<void>;
  /** Opens the page again as after it was hidden or the window reloaded: only its state is left. */
  reopen(): Promise<void>;
  /** The page's messages of this type. */
  said(type: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** The API that VS Code gives to a page's script. */
const HOST = `
  const said = [];
  let state = JSON.parse(sessionStorage.getItem('state') ?? '{}');
  globalThis.said = said;
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => said.push(message),
    getState: () => state,
    setState: (next) => {
      state = next;
      sessionStorage.setItem('state', JSON.stringify(state));
    },
  });`;

const FRAME =
  '<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><link rel="stylesheet" href="page.css"></head>' +
  '<body class="vscode-light"><main id="page"></main>' +
  '<script src="host.js"></script><script type="module" src="page.js"></script></body></html>';

export async function openBarePage(): Promise<BarePage> {
  const built = await build({
    entryPoints: [join(root, 'src', 'pages', 'webview', 'page.ts')],
    outdir: '/',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    logLevel: 'error',
  });
  const files = new Map(built.outputFiles.map(({ path, text }) => [path.split(/[/\\]/).at(-1) ?? '', text]));
  files.set('', FRAME);
  files.set('host.js', HOST);
  files.set('page.css', readFileSync(join(root, 'src', 'pages', 'webview', 'page.css'), 'utf8'));
  const server = createServer(({ url = '' }, answer) => {
    const name = url.slice(1);
    answer.setHeader(
      'Content-Type',
      name === '' ? 'text/html' : name.endsWith('.css') ? 'text/css' : 'text/javascript',
    );
    answer.end(files.get(name) ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await page.goto(address);
  return {
    page,
    show: async (model) => {
      // The page's own listener was added before this one.
      await page.evaluate(`new Promise((resolve) => {
        addEventListener('message', resolve, { once: true });
        postMessage(${JSON.stringify({ type: 'show', model })});
      }).then(() => undefined)`);
    },
    reopen: async () => {
      await page.goto('about:blank');
      await page.goto(address);
    },
    said: (type) => page.evaluate(`said.filter((one) => one.type === ${JSON.stringify(type)})`),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
