import * as vscode from 'vscode';
import { byteLength, keyProblem, MAX_KEY_BYTES } from '../core/entry/limits.ts';
import { listedKey } from '../core/store/firstPage.ts';
import type { KvReader } from '../core/store/store.ts';
import { inputText } from './inputText.ts';

/** When fewer bytes than this are left, the input box counts them. */
const NEARLY_FULL_BYTES = 64;

export interface NewKeyQuestion {
  readonly title: string;
  readonly value?: string;
  /** The store in which the key must not exist yet. */
  readonly store: KvReader;
}

/**
 * Asks for the name of a key that does not exist yet and checks it while the user types. If requests to the store cost
 * something, asks it only for the complete name, and asks the user again if that exists. `undefined` when dismissed.
 */
export async function inputNewKey({ title, value, store }: NewKeyQuestion): Promise<string | undefined> {
  const isCostly = store.staleMs !== undefined;
  const taken = new Set<string>();
  for (let shown = value; ; ) {
    const key = await inputText({
      title,
      prompt: vscode.l10n.t('Key, up to {0} bytes', MAX_KEY_BYTES),
      ...(shown !== undefined && { value: shown, valueSelection: [shown.length, shown.length] as [number, number] }),
      validateInput: async (typed) => {
        if (typed === '') return undefined;
        const problem = keyProblem(typed);
        if (problem !== undefined) return problem;
        if (taken.has(typed) || (!isCostly && typed !== value && (await exists(store, typed)))) {
          return vscode.l10n.t('“{0}” exists already. Choose another name.', typed);
        }
        const left = MAX_KEY_BYTES - byteLength(typed);
        return left < NEARLY_FULL_BYTES
          ? { message: vscode.l10n.t('{0} bytes left', left), severity: vscode.InputBoxValidationSeverity.Info }
          : undefined;
      },
    });
    const isToBeAsked = isCostly && key !== undefined && key !== value && keyProblem(key) === undefined;
    if (!isToBeAsked || !(await exists(store, key))) return key;
    // The user entered the same name again: the command itself will say that it exists.
    if (taken.has(key)) return key;
    taken.add(key);
    shown = key;
  }
}

/** Only a hint: the command itself refuses an existing key, so errors here are ignored. */
async function exists(store: KvReader, key: string): Promise<boolean> {
  try {
    return (await listedKey(store, key)) !== undefined;
  } catch {
    return false;
  }
}
