import * as vscode from 'vscode';
import { shortText } from '../core/store/names.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { keyOf } from '../fs/kvUri.ts';
import { type CommandName, commandId, valueActionsCommand } from '../ids.ts';

interface ActionItem extends vscode.QuickPickItem {
  readonly command: CommandName;
}

/** Offers what can be done with the active value. */
export const registerValueActions = (
  activeUri: () => vscode.Uri | undefined,
  sources: Pick<SourceRegistry, 'nameOf'>,
): vscode.Disposable =>
  vscode.commands.registerCommand(valueActionsCommand, async () => {
    const uri = activeUri();
    const value = uri && keyOf(uri);
    if (!value) return;
    const where = await sources.nameOf(value.namespace);
    const items: ActionItem[] = [
      { label: vscode.l10n.t('$(tag) Edit Metadata and Expiration'), command: 'editEntry' },
      { label: vscode.l10n.t('$(clock) Set Expiration…'), command: 'setExpiration' },
      { label: vscode.l10n.t('$(arrow-swap) Open on Other Side'), command: 'openOtherSide' },
      { label: vscode.l10n.t('$(diff) Compare with Other Side'), command: 'compareKey' },
      { label: vscode.l10n.t('$(lock) Toggle Read-Only of the Namespace'), command: 'toggleReadOnly' },
      { label: vscode.l10n.t('$(cloud-download) Download Value…'), command: 'saveKeyAs' },
      { label: vscode.l10n.t('$(trash) Delete'), command: 'deleteKeys' },
    ];
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('“{0}” in {1}', shortText(value.key), where),
      placeHolder: vscode.l10n.t('What about this value?'),
    });
    if (picked) await vscode.commands.executeCommand(commandId(picked.command), uri);
  });
