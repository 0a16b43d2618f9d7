import * as l10n from '@vscode/l10n';
import type * as vscode from 'vscode';
import { errorText } from '../core/base/errors.ts';
import type { KvKeyInfo } from '../core/entry/entry.ts';
import { clockOf } from '../core/entry/lifetimeClock.ts';
import { formatRemaining } from '../core/entry/remaining.ts';
import { firstPage } from '../core/store/firstPage.ts';
import type { KvPage, KvReader } from '../core/store/store.ts';
import { labelText } from '../core/text/labelText.ts';

/** How many keys a search shows at once. */
const MOST_SHOWN = 100;

/** A key, or a message if `key` is absent. */
export interface KeyItem extends vscode.QuickPickItem {
  readonly key?: string;
  /** The input text for which this item was made. */
  readonly typed?: string;
}

export type KeyPick = Pick<
  vscode.QuickPick<KeyItem>,
  | ('value' | 'busy' | 'items' | 'activeItems' | 'selectedItems' | 'canSelectMany')
  | ('onDidChangeValue' | 'onDidAccept' | 'onDidHide' | 'show')
>;

export interface KeySearchOptions {
  /** Offers the typed text as a key, even if the store has no such key. */
  readonly acceptTyped: boolean;
  /** How long the user must pause typing before the store is asked, in milliseconds. */
  readonly restMs: number;
  /** Shown below the keys if there are more of them. */
  readonly hint: KeyItem;
}

/**
 * Lets the user choose among the keys that begin with the typed text. Items always belong to the current text: an Enter
 * before the store was asked, or before it has answered, never picks a key of an earlier text. `undefined` when
 * dismissed.
 */
export async function searchKeys(
  pick: KeyPick,
  store: Pick<KvReader, 'list' | 'clock'>,
  { acceptTyped, restMs, hint }: KeySearchOptions,
): Promise<string[] | undefined> {
  let running = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The last answer of the store. */
  let known: { readonly prefix: string; readonly page: KvPage } | undefined;

  /** Whether the last answer contains all keys with this prefix. */
  const isWhole = (typed: string): boolean =>
    known !== undefined && known.page.cursor === undefined && typed.startsWith(known.prefix);

  /** Shows what is known for the current text, without asking the store. */
  const show = (problem?: string): void => {
    const typed = pick.value;
    const keys = known?.page.keys.filter(({ name }) => name.startsWith(typed)) ?? [];
    const isAnswer = known?.prefix === typed;
    const now = clockOf(store).now();
    const answer: Shown = { typed, keys, now, isCertain: isAnswer || isWhole(typed), problem };
    // What is checked stays, whatever is typed; what has only the focus keeps it while the text is the same.
    const [active] = pick.activeItems;
    const items = itemsOf(answer, acceptTyped, pick.canSelectMany ? pick.selectedItems : []);
    pick.items = isAnswer && known?.page.cursor !== undefined ? [...items, hint] : items;
    if (pick.canSelectMany || active?.key === undefined || active.typed !== typed) return;
    const same = items.find(({ key }) => key === active.key);
    if (same) pick.activeItems = [same];
  };

  const search = async (): Promise<void> => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const typed = pick.value;
    pick.busy = true;
    try {
      if (!isWhole(typed)) {
        const page = await firstPage(store, { ...(typed !== '' && { prefix: typed }), limit: MOST_SHOWN }, signal);
        if (signal.aborted) return;
        known = { prefix: typed, page };
      }
      show();
    } catch (error) {
      if (!signal.aborted && pick.value === typed) show(errorText(error));
    } finally {
      if (!signal.aborted) pick.busy = false;
    }
  };

  pick.onDidChangeValue(() => {
    clearTimeout(timer);
    if (!pick.canSelectMany) show();
    timer = setTimeout(() => void search(), restMs);
  });
  if (acceptTyped && pick.value !== '') show();
  void search();
  try {
    return await new Promise<string[] | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const keys = pick.canSelectMany
          ? pick.selectedItems.flatMap((item) => item.key ?? [])
          : chosen(pick.selectedItems[0], pick.value, acceptTyped);
        if (keys.length > 0) resolve(keys);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    clearTimeout(timer);
    running.abort();
  }
}

/** The key that Enter picks. VS Code may not have drawn the items of the current text yet. */
function chosen(item: KeyItem | undefined, typed: string, acceptTyped: boolean): string[] {
  if (item?.typed === typed) return item.key === undefined ? [] : [item.key];
  if (acceptTyped) return typed === '' ? [] : [typed];
  return item?.key?.startsWith(typed) ? [item.key] : [];
}

interface Shown {
  readonly typed: string;
  readonly keys: readonly KvKeyInfo[];
  /** Unix seconds, by the clock of the store. */
  readonly now: number;
  /** Whether what was typed is a new key where it is not among them. */
  readonly isCertain: boolean;
  readonly problem: string | undefined;
}

function itemsOf(
  { typed, keys, now, isCertain, problem }: Shown,
  acceptTyped: boolean,
  selected: readonly KeyItem[],
): KeyItem[] {
  const items = keys.map(({ name, expiration }): KeyItem => {
    const known = selected.find((item) => item.key === name);
    return (
      known ?? {
        ...labelOf(name),
        key: name,
        typed,
        ...(expiration !== undefined && { description: formatRemaining(expiration, now) }),
      }
    );
  });
  const kept = selected.filter((item) => !items.includes(item));
  const own: KeyItem[] =
    acceptTyped && typed !== '' && !keys.some(({ name }) => name === typed)
      ? [
          {
            ...labelOf(typed),
            key: typed,
            typed,
            alwaysShow: true,
            ...(isCertain && { description: l10n.t('new key') }),
          },
        ]
      : [];
  const said: KeyItem[] = problem === undefined ? [] : [{ label: problem, typed, alwaysShow: true }];
  return [...own, ...kept, ...items, ...said];
}

/** A key as a label: VS Code draws `$(trash)` as an icon, and hides items whose label differs from the typed text. */
function labelOf(key: string): Pick<KeyItem, 'label' | 'alwaysShow'> {
  const label = labelText(key);
  return { label, ...(label !== key && { alwaysShow: true }) };
}
