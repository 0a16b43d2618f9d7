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

/** All open pages, whatever they show. */
export class Pages implements vscode.Disposable {
  readonly #open = new Map<string, { readonly page: Page; readonly place: PagePlace }>();
  readonly #owned: vscode.Disposable[] = [];

  /** Brings the page of this place to the front, or creates it: `make` fills its panel. */
  open<P extends Page>(place: PagePlace, make: (panel: vscode.WebviewPanel) => P): P {
    const known = this.#open.get(keyOf(place));
    if (known) {
      known.page.reveal();
      return known.page as P;
    }
    const panel = vscode.window.createWebviewPanel(pageType(place.name), place.title, vscode.ViewColumn.Active);
    return this.adopt(place, make(panel));
  }

  /** Adds a page to the open ones until it is closed, such as one restored after a reload. */
  adopt<P extends Page>(place: PagePlace, page: P): P {
    const key = keyOf(place);
    this.#open.set(key, { page, place });
    page.onDidDispose(() => {
      if (this.#open.get(key)?.page === page) this.#open.delete(key);
    });
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
