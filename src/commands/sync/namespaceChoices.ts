import * as vscode from 'vscode';
import { errorText } from '../../core/base/errors.ts';
import { fullName, sideLabel } from '../../core/store/names.ts';
import type { SourceRegistry, Unlisted } from '../../core/store/sourceRegistry.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import { labelText } from '../../core/text/labelText.ts';

/** A namespace in a quick pick, with all that distinguishes it from others of the same name. */
export interface NamespaceChoice extends vscode.QuickPickItem {
  readonly one: KvNamespace;
}

/** Something that could not be read, in a list to which it may belong. */
export interface TroubleChoice extends vscode.QuickPickItem {
  readonly trouble: unknown;
}

/** Title, project or account, and id of each namespace. */
export const namespaceChoices = (
  namespaces: readonly KvNamespace[],
  sources: Pick<SourceRegistry, 'describe'>,
): Promise<NamespaceChoice[]> =>
  Promise.all(namespaces.map(async (one) => ({ label: fullName(await sources.describe(one)), detail: one.id, one })));

export const troubleChoice = (name: string, trouble: unknown): TroubleChoice => ({
  label: labelText(name),
  detail: errorText(trouble),
  iconPath: new vscode.ThemeIcon('warning'),
  trouble,
});

export const unlistedChoices = (unlisted: readonly Unlisted[]): TroubleChoice[] =>
  unlisted.map(({ source, error }) => troubleChoice(sideLabel(source), error));

/** `undefined` when dismissed. If the user picks something that could not be read, throws its error. */
export async function pickChoice(
  choices: readonly NamespaceChoice[],
  troubles: readonly TroubleChoice[],
  question: vscode.QuickPickOptions,
): Promise<KvNamespace | undefined> {
  const picked = await vscode.window.showQuickPick<NamespaceChoice | TroubleChoice>(
    [...choices, ...troubles],
    question,
  );
  if (picked && 'trouble' in picked) throw picked.trouble;
  return picked?.one;
}
