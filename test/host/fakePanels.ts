import * as vscode from 'vscode';
import type { PageModel } from '../../src/pages/shared/model.ts';
import { stub } from './stub.ts';

/** A page as the extension sees it, without the page: its messages are sent by the test. */
export interface FakePanel extends vscode.WebviewPanel {
  /** What the page was told to show, in order. */
  readonly shown: PageModel[];
  /** A message from the page. */
  say(message: unknown): void;
  /** Its tab comes to the front, or goes behind another one. */
  show(visible: boolean): void;
  readonly revealed: number;
  readonly isClosed: boolean;
}

/** Takes the place of every page that is opened. */
export class FakePanels {
  readonly panels: FakePanel[] = [];
  readonly #stub: vscode.Disposable;

  constructor() {
    this.#stub = stub(vscode.window, 'createWebviewPanel', (viewType: string, title: string) => {
      const panel = fakePanel(viewType, title);
      this.panels.push(panel);
      return panel;
    });
  }

  restore(): void {
    this.#stub.dispose();
  }
}

function fakePanel(viewType: string, title: string): FakePanel {
  const messages = new vscode.EventEmitter<unknown>();
  const closed = new vscode.EventEmitter<void>();
  const viewStates = new vscode.EventEmitter<void>();
  const shown: PageModel[] = [];
  const panel = {
    viewType,
    title,
    shown,
    revealed: 0,
    isClosed: false,
    active: true,
    visible: true,
    webview: {
      html: '',
      options: {},
      cspSource: 'https://of.this.page',
      asWebviewUri: (uri: vscode.Uri) => uri.with({ scheme: 'https', authority: 'of.this.page' }),
      onDidReceiveMessage: messages.event,
      postMessage: async ({ model }: { readonly model: PageModel }) => {
        shown.push(model);
        return true;
      },
    },
    onDidDispose: closed.event,
    onDidChangeViewState: viewStates.event,
    show: (visible: boolean) => {
      panel.visible = visible;
      viewStates.fire();
    },
    say: (message: unknown) => messages.fire(message),
    reveal: () => {
      panel.revealed++;
    },
    dispose: () => {
      if (panel.isClosed) return;
      panel.isClosed = true;
      closed.fire();
    },
  };
  return panel as unknown as FakePanel;
}
