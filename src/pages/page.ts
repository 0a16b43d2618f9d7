import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { reportError } from '../ui/reportError.ts';
import { pageHtml } from './pageHtml.ts';
import { savePageFile } from './savePageFile.ts';
import { isOffered, readFromPage, type ToPage } from './shared/messages.ts';
import type { PageModel } from './shared/model.ts';

/**
 * How a page handles what the user does in it. Only ids that the page was given get here. Errors are shown to the user.
 */
export interface PageParts {
  choose(choice: string, option: string): unknown;
  act(action: string): unknown;
}

/**
 * A page in an editor. It draws what {@link show} gives it, has no network access and no rights, and shows the same
 * again after it was hidden.
 */
export class Page implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #log: vscode.LogOutputChannel;
  readonly #parts: PageParts;
  readonly #gone = new AbortController();
  /** In Unix milliseconds. */
  readonly #openedAt = Date.now();
  readonly #disposed = new vscode.EventEmitter<void>();
  #model: PageModel | undefined;
  #isReady = false;
  /** Fires when the page was closed. */
  readonly onDidDispose = this.#disposed.event;

  /** `panel` is empty, or restored after a reload. */
  constructor(
    panel: vscode.WebviewPanel,
    { log, extensionUri }: Pick<Services, 'log' | 'extensionUri'>,
    parts: PageParts,
  ) {
    this.#panel = panel;
    this.#log = log;
    this.#parts = parts;
    const files = vscode.Uri.joinPath(extensionUri, 'dist', 'media');
    const { webview } = panel;
    webview.options = {
      enableScripts: true,
      enableCommandUris: false,
      enableForms: false,
      localResourceRoots: [files],
    };
    webview.onDidReceiveMessage((message: unknown) => {
      // The user clicked, so the user learns of the error.
      this.#receive(message).catch((error: unknown) => reportError(log, 'page', error));
    });
    // Two icons, because a tab draws them in their own colours.
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'page-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'page-dark.svg'),
    };
    panel.onDidDispose(() => this.#close());
    webview.html = pageHtml(webview, files, panel.title);
  }

  /** Aborted when the page is closed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether the user may see it: its tab is in front. */
  get isVisible(): boolean {
    return !this.#gone.signal.aborted && this.#panel.visible;
  }

  /** Fires when {@link isVisible} may have changed. */
  get onDidChangeVisibility(): vscode.Event<unknown> {
    return this.#panel.onDidChangeViewState;
  }

  /** What was last shown. */
  get model(): PageModel | undefined {
    return this.#model;
  }

  show(model: PageModel): void {
    if (this.#gone.signal.aborted) return;
    this.#model = model;
    this.#panel.title = model.title;
    if (this.#isReady) this.#send();
  }

  /** Brings the page to the front. */
  reveal(): void {
    this.#panel.reveal();
  }

  /** Closes the page. */
  dispose(): void {
    this.#panel.dispose();
  }

  #close(): void {
    this.#gone.abort();
    this.#disposed.fire();
    this.#disposed.dispose();
  }

  #send(): void {
    if (!this.#model) return;
    const message: ToPage = { type: 'show', model: this.#model };
    void this.#panel.webview.postMessage(message);
  }

  async #receive(value: unknown): Promise<void> {
    const message = readFromPage(value);
    if (!message || (message.type !== 'ready' && !(this.#model && isOffered(message, this.#model)))) {
      this.#log.warn('A page sent a message that was not asked of it; it was not followed.');
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#send();
        return;
      case 'painted':
        this.#log.debug(
          `Of a page ${message.what} was seen ${Math.round(message.at - this.#openedAt)} ms after it was opened.`,
        );
        return;
      case 'choose':
        await this.#parts.choose(message.choice, message.option);
        return;
      case 'act':
        await this.#parts.act(message.action);
        return;
      case 'copyPicture':
        await vscode.env.clipboard.writeText(message.text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('The picture was copied as SVG.'), 5000);
        return;
      case 'save':
        await savePageFile(`${message.picture}.${message.form}`, message.text);
    }
  }
}
