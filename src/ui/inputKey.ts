import * as vscode from 'vscode';
import { byteLength, keyProblem, MAX_KEY_BYTES } from '../core/entry/limits.ts';
import type { KvReader } from '../core/store/store.ts';

/** From here on the input box counts the bytes left. */
const NEARLY_FULL_BYTES = 64;

export interface NewKeyQuestion {
  readonly title: string;
  readonly value?: string;
  /** Where the key must not exist yet. */
  readonly store: KvReader;
}

/** Asks for the name of a key that does not exist yet, checking it while it is typed. `undefined` when dismissed. */
export const inputNewKey = ({ title, value, store }: NewKeyQuestion): Promise<string | undefined> =>
  Promise.resolve(
    vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t('Key, up to {0} bytes', MAX_KEY_BYTES),
      ...(value !== undefined && { value, valueSelection: [value.length, value.length] as [number, number] }),
      validateInput: async (key) => {
        if (key === '') return undefined;
        const problem = keyProblem(key);
        if (problem !== undefined) return problem;
        if (key !== value && (await exists(store, key))) {
          return vscode.l10n.t('“{0}” exists already. Choose another name.', key);
        }
        const left = MAX_KEY_BYTES - byteLength(key);
        return left < NEARLY_FULL_BYTES
          ? { message: vscode.l10n.t('{0} bytes left', left), severity: vscode.InputBoxValidationSeverity.Info }
          : undefined;
      },
    }),
  );

/** Only a hint while typing: the command itself refuses an existing key, so an error here says nothing. */
async function exists(store: KvReader, key: string): Promise<boolean> {
  try {
    const page = await store.list({ prefix: key, limit: 1 });
    return page.keys[0]?.name === key;
  } catch {
    return false;
  }
}
