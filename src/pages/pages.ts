import * as vscode from 'vscode';
import { type PageName, pageType } from '../ids.ts';
import type { Page } from './page.ts';

/** Identifies a page: opening the same place again shows the existing page. */
export interface PagePlace {
  readonly name: PageName;
  /** Unique among the pages of the same name. */
  readonly id: string;
  readonly title: string;
  /** Ids of the sources it is about. The page is closed when one of them is signed out. */
  readonly sources: readonly string[];
}

/** All open pages, whatever they show: at most one for each place, and none of an account that is signed out. */
export class Pages implements vscode.Disposable {
  readonly #open = new Map<string, { readonly page: Page; readonly place: PagePlace }>();
  readonly #owned: vscode.Disposable[] = [];
  readonly #isSignedOut: (source: string) => boolean;

  constructor(isSignedOut: (source: string) => boolean) {
    this.#isSignedOut = isSignedOut;
  }

  /** Brings the page of this place to the front, or creates it: `make` fills its panel. */
  open<P extends Page>(place: PagePlace, make: (panel: vscode.WebviewPanel) => P): P {
    const known = this.#open.get(keyOf(place));
    if (known) {
      known.page.reveal();
      return known.page as P;
    }
    const panel = vscode.window.createWebviewPanel(pageType(place.name), place.title, vscode.ViewColumn.Active);
    return this.#add(place, make(panel));
  }

  /**
   * Fills a panel from before a reload. VS Code restores it only when its tab is first shown; by then its place may have
   * a page, which is shown instead, or its account may be signed out. In both cases closes the panel.
   */
  restore<P extends Page>(
    place: PagePlace,
    panel: vscode.WebviewPanel,
    make: (panel: vscode.WebviewPanel) => P,
  ): P | undefined {
    const known = this.#open.get(keyOf(place));
    if (!known && !place.sources.some(this.#isSignedOut)) return this.#add(place, make(panel));
    panel.dispose();
    known?.page.reveal();
    return undefined;
  }

  #add<P extends Page>(place: PagePlace, page: P): P {
    const key = keyOf(place);
    this.#open.set(key, { page, place });
    page.onDidDispose(() => this.#open.delete(key));
    return page;
  }

  /** Closes the pages that are about any of these sources. */
  close(sources: readonly string[]): void {
    for (const { page, place } of [...this.#open.values()]) {
      if (place.sources.some((source) => sources.includes(source))) page.dispose();
    }
  }

  /** Disposes something that pages share together with the pages. */
  own<T extends vscode.Disposable>(shared: T): T {
    this.#owned.push(shared);
    return shared;
  }

  dispose(): void {
    for (const shared of this.#owned) shared.dispose();
    for (const { page } of [...this.#open.values()]) page.dispose();
  }
}

const keyOf = ({ name, id }: PagePlace): string => `${name} ${id}`;
