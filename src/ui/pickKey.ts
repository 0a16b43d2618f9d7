import * as vscode from 'vscode';
import type { KvReader } from '../core/store/store.ts';
import { type KeyItem, searchKeys } from './keySearch.ts';

/** How long the user must pause typing before the store is asked, in milliseconds. */
const REST_MS = 120;
/** The same if asking takes a request to an account. */
const REST_COSTLY_MS = 350;

export interface KeyQuestion {
  /** Says where the keys are. */
  readonly title: string;
  readonly placeHolder: string;
  /** Offers the typed text as a key, even if the store has no such key. */
  readonly acceptTyped?: boolean;
  /** The initial text of the input. */
  readonly value?: string;
}

/** Asks for one key. The store is searched for the typed text as a prefix. `undefined` when dismissed. */
export async function pickKey(store: KvReader, question: KeyQuestion): Promise<string | undefined> {
  const picked = await askKeys(store, question, false);
  return picked?.[0];
}

/** Asks for any number of keys. `undefined` when dismissed. */
export const pickKeys = (store: KvReader, question: KeyQuestion): Promise<string[] | undefined> =>
  askKeys(store, question, true);

async function askKeys(store: KvReader, question: KeyQuestion, many: boolean): Promise<string[] | undefined> {
  const { title, placeHolder, acceptTyped = false, value = '' } = question;
  const pick = vscode.window.createQuickPick<KeyItem>();
  pick.title = title;
  pick.placeholder = placeHolder;
  pick.value = value;
  pick.canSelectMany = many;
  pick.matchOnDescription = false;
  try {
    return await searchKeys(pick, store, {
      acceptTyped,
      restMs: store.staleMs === undefined ? REST_MS : REST_COSTLY_MS,
      hint: {
        label: vscode.l10n.t('Type more of the key to see others'),
        kind: vscode.QuickPickItemKind.Separator,
      },
    });
  } finally {
    pick.dispose();
  }
}
