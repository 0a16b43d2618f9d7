import * as vscode from 'vscode';
import { type PageName, pageType } from '../ids.ts';
import type { Page } from './page.ts';

/** What a page is of: opening the same again shows the one that is there. */
export interface PagePlace {
  readonly name: PageName;
  /** Unique among the pages of its name. */
  readonly id: string;
  readonly title: string;
  /** Ids of the sources that it tells of; it is closed when one of them is signed out. */
  readonly sources: readonly string[];
}

/** The pages that are open, whatever they show. */
export class Pages implements vscode.Disposable {
  readonly #open = new Map<string, { readonly page: Page; readonly place: PagePlace }>();
  readonly #owned: vscode.Disposable[] = [];

  /** The page of this place, in front; `make` fills the panel of a new one. */
  open<P extends Page>(place: PagePlace, make: (panel: vscode.WebviewPanel) => P): P {
    const known = this.#open.get(keyOf(place));
    if (known) {
      known.page.reveal();
      return known.page as P;
    }
    const panel = vscode.window.createWebviewPanel(pageType(place.name), place.title, vscode.ViewColumn.Active);
    return this.adopt(place, make(panel));
  }

  /** Counts a page among the open ones until it is closed: one that comes back after a reload, for one. */
  adopt<P extends Page>(place: PagePlace, page: P): P {
    const key = keyOf(place);
    this.#open.set(key, { page, place });
    page.onDidDispose(() => {
      if (this.#open.get(key)?.page === page) this.#open.delete(key);
    });
    return page;
  }

  /** Closes what tells of any of these sources. */
  close(sources: readonly string[]): void {
    for (const { page, place } of [...this.#open.values()]) {
      if (place.sources.some((source) => sources.includes(source))) page.dispose();
    }
  }

  /** What pages share lives as long as they can. */
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
