import * as vscode from 'vscode';
import { errorText } from '../../core/base/errors.ts';
import { fullName, sideLabel } from '../../core/store/names.ts';
import type { SourceRegistry, Unlisted } from '../../core/store/sourceRegistry.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import { labelText } from '../../core/text/labelText.ts';

/** A namespace in a list to choose from, with all that tells it from others of its name. */
export interface NamespaceChoice extends vscode.QuickPickItem {
  readonly one: KvNamespace;
}

/** What could not be read, in a list that it may belong into. */
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

/** `undefined` when dismissed; throws what is wrong with the choice, if anything is. */
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
