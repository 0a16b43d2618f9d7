import * as vscode from 'vscode';
import { errorText } from '../core/base/errors.ts';
import { type KvKeyInfo, nowSeconds } from '../core/entry/entry.ts';
import { formatRemaining } from '../core/entry/remaining.ts';
import type { KvPage, KvReader } from '../core/store/store.ts';
import { labelText } from '../core/text/labelText.ts';

/** How many keys a search shows at once. */
const MOST_SHOWN = 100;
/** How long typing must rest before the store is asked, in milliseconds. */
const REST_MS = 120;
/** The same where the question is a request to an account. */
const REST_COSTLY_MS = 350;

export interface KeyQuestion {
  /** Where the keys are. */
  readonly title: string;
  readonly placeHolder: string;
  /** Offers what was typed as a key of its own, even when the store has none of that name. */
  readonly acceptTyped?: boolean;
  /** Stands in the input at first. */
  readonly value?: string;
}

interface KeyItem extends vscode.QuickPickItem {
  readonly key?: string;
}

/** Asks for one key; what is typed is a prefix that the store searches. `undefined` when dismissed. */
export async function pickKey(store: KvReader, question: KeyQuestion): Promise<string | undefined> {
  const picked = await askKeys(store, question, false);
  return picked?.[0];
}

/** Asks for any number of keys. `undefined` when dismissed. */
export const pickKeys = (store: KvReader, question: KeyQuestion): Promise<string[] | undefined> =>
  askKeys(store, question, true);

async function askKeys(store: KvReader, question: KeyQuestion, many: boolean): Promise<string[] | undefined> {
  const pick = vscode.window.createQuickPick<KeyItem>();
  pick.title = question.title;
  pick.placeholder = question.placeHolder;
  pick.value = question.value ?? '';
  pick.canSelectMany = many;
  pick.matchOnDescription = false;
  let running = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The last answer of the store. */
  let known: { readonly prefix: string; readonly page: KvPage } | undefined;
  const restMs = store.staleMs === undefined ? REST_MS : REST_COSTLY_MS;

  const search = async (): Promise<void> => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const prefix = pick.value;
    pick.busy = true;
    try {
      // What begins with more than a prefix of which all keys are known needs no question.
      const whole = known?.page.cursor === undefined && prefix.startsWith(known?.prefix ?? '') ? known : undefined;
      const page = whole
        ? { keys: whole.page.keys.filter(({ name }) => name.startsWith(prefix)) }
        : await store.list({ ...(prefix !== '' && { prefix }), limit: MOST_SHOWN }, signal);
      if (signal.aborted) return;
      if (!whole) known = { prefix, page };
      pick.items = itemsOf(page.keys, page.cursor !== undefined, prefix, question, pick.selectedItems);
    } catch (error) {
      if (!signal.aborted) pick.items = [{ label: errorText(error), alwaysShow: true }];
    } finally {
      if (!signal.aborted) pick.busy = false;
    }
  };

  pick.onDidChangeValue(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), restMs);
  });
  void search();
  try {
    return await new Promise<string[] | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const keys = pick.selectedItems.flatMap((item) => item.key ?? []);
        if (keys.length > 0) resolve(keys);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    clearTimeout(timer);
    running.abort();
    pick.dispose();
  }
}

function itemsOf(
  keys: readonly KvKeyInfo[],
  more: boolean,
  typed: string,
  { acceptTyped }: KeyQuestion,
  selected: readonly KeyItem[],
): KeyItem[] {
  const items = keys.map(({ name, expiration }): KeyItem => {
    const known = selected.find((item) => item.key === name);
    return (
      known ?? {
        ...labelOf(name),
        key: name,
        ...(expiration !== undefined && { description: formatRemaining(expiration, nowSeconds()) }),
      }
    );
  });
  const kept = selected.filter((item) => !items.includes(item));
  const own: KeyItem[] =
    acceptTyped && typed !== '' && !keys.some(({ name }) => name === typed)
      ? [{ ...labelOf(typed), key: typed, description: vscode.l10n.t('new key'), alwaysShow: true }]
      : [];
  const hint: KeyItem[] = more
    ? [{ label: vscode.l10n.t('Type more of the key to see others'), kind: vscode.QuickPickItemKind.Separator }]
    : [];
  return [...own, ...kept, ...items, ...hint];
}

/** A key as text: VS Code draws `$(trash)` as an icon, and drops what does not read as it was typed. */
function labelOf(key: string): Pick<KeyItem, 'label' | 'alwaysShow'> {
  const label = labelText(key);
  return { label, ...(label !== key && { alwaysShow: true }) };
}
