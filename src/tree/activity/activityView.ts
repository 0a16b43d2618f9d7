import * as vscode from 'vscode';
import { WriteRates } from '../../core/check/writeRates.ts';
import type { Activity } from '../../core/store/activity.ts';
import { ActivityLog, type ActivityRow } from '../../core/store/activityLog.ts';
import { distinctNames, shortText, sourceLabel } from '../../core/store/names.ts';
import type { KvSource } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { activityViewId, contextKeys, openActivityCommand } from '../../ids.ts';
import { ContextKey } from '../../ui/contextKey.ts';
import { activityItem, moreItem } from './activityItems.ts';

/** Rows drawn at first, and added by each "Show More". Limited because every change redraws them all. */
const ROWS_A_STEP = 500;
/** How long changes are gathered before they are drawn, in milliseconds, for each step of rows. */
const GATHER_MS = 400;

type Element = ActivityRow | 'more';

/** What the view follows. `open` opens what a row's change made of its key. */
export interface ActivityHost {
  readonly source: KvSource;
  readonly activity: Activity;
  readonly open: (row: ActivityRow, view: ActivityView) => Promise<void>;
  readonly report: (error: unknown) => void;
}

/** The view of what happens to the keys of one project, newest first. It is shown until it is disposed. */
export class ActivityView implements vscode.TreeDataProvider<Element>, vscode.Disposable {
  readonly source: KvSource;
  readonly activity: Activity;
  readonly log = new ActivityLog();
  /** Rates over everything that happened, whether the list shows it or not. */
  readonly rates = new WriteRates();
  readonly view: vscode.TreeView<Element>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #isThere = new ContextKey<boolean>(contextKeys.activity);
  readonly #isPaused = new ContextKey<boolean>(contextKeys.activityPaused);
  readonly #owned: readonly vscode.Disposable[];
  readonly #report: (error: unknown) => void;
  /** Titles of namespaces by their ids. */
  #titles: ReadonlyMap<string, string> = new Map();
  /** Whether the activity is being recorded. */
  #isStarted = false;
  #steps = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor({ source, activity, open, report }: ActivityHost) {
    this.source = source;
    this.activity = activity;
    this.#report = report;
    this.view = vscode.window.createTreeView<Element>(activityViewId, { treeDataProvider: this });
    this.view.description = sourceLabel(source);
    this.#owned = [
      activity,
      this.view,
      this.#changed,
      activity.onDidHappen((events) => {
        if (events.some(({ namespace }) => !this.#titles.has(namespace))) void this.learnTitles();
        this.rates.add(events);
        if (this.log.add(events)) this.#drawSoon();
        else this.#tell();
      }),
      vscode.commands.registerCommand(openActivityCommand, async (element: Element) => {
        if (element === 'more') this.#showMore();
        else await open(element, this).catch(report);
      }),
    ];
    this.#setContext(true);
    this.#tell();
    activity.started.then(
      () => {
        this.#isStarted = true;
        this.#tell();
      },
      () => {},
    );
  }

  /** "SESSIONS"; the id if the namespace is not listed. */
  titleOf(namespace: string): string {
    return this.#titles.get(namespace) ?? namespace;
  }

  get namespaces(): readonly { readonly id: string; readonly title: string }[] {
    return [...this.#titles].map(([id, title]) => ({ id, title }));
  }

  async learnTitles(): Promise<void> {
    try {
      this.#titles = distinctNames(await this.source.namespaces());
      this.#drawSoon();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Call this after changing the log. */
  redraw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell();
    this.#setContext(true);
    this.#changed.fire(undefined);
  }

  getTreeItem(element: Element): vscode.TreeItem {
    if (element === 'more') return moreItem(this.log.shown().length - this.#most);
    return activityItem(element, this.titleOf(element.event.namespace));
  }

  getChildren(element?: Element): Element[] {
    if (element !== undefined) return [];
    const rows = this.log.shown();
    const most = this.#most;
    return rows.length > most ? [...rows.slice(0, most), 'more'] : [...rows];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#setContext(false);
    for (const owned of this.#owned) owned.dispose();
  }

  get #most(): number {
    return this.#steps * ROWS_A_STEP;
  }

  #showMore(): void {
    this.#steps++;
    this.redraw();
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
      // A hidden view needs no event: VS Code reads the rows when it becomes visible.
      this.#changed.fire(undefined);
    }, GATHER_MS * this.#steps);
  }

  #tell(): void {
    const { log } = this;
    const { text, namespace } = log.filter;
    const filters = [
      ...(namespace === undefined ? [] : [this.titleOf(namespace)]),
      ...(text === '' ? [] : [vscode.l10n.t('keys with “{0}”', shortText(text))]),
    ];
    const filter = filters.length === 0 ? undefined : vscode.l10n.t('Only {0}.', filters.join(', '));
    const paused = log.isPaused ? vscode.l10n.t('Paused: {0} more happened since.', countText(log.waiting)) : undefined;
    const empty =
      this.#isStarted && log.count === 0 && !log.isPaused
        ? vscode.l10n.t('What a Worker or you write from now on to the keys of this project appears here.')
        : undefined;
    const { followed, all } = this.activity.extent;
    const extent =
      followed < all
        ? vscode.l10n.t(
            'Only {0} of {1} namespaces are followed: those that were written last.',
            countText(followed),
            countText(all),
          )
        : undefined;
    this.view.message = [paused, filter, extent, empty].filter((part) => part !== undefined).join(' ');
  }

  #setContext(isShown: boolean): void {
    this.#isThere.set(isShown);
    this.#isPaused.set(isShown && this.log.isPaused);
  }
}
