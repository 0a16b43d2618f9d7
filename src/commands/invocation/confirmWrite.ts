import * as vscode from 'vscode';
import { fullName, keyCount, someKeys } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import type { Writes } from './command.ts';

/**
 * Asks before a command writes to a real account, depending on the setting: for many keys (`bulk`), for each write
 * (`always`) or never. Returns whether to write.
 */
export async function confirmWrite({ namespace, keys }: Writes, services: Services): Promise<boolean> {
  const described = await services.sources.describe(namespace);
  if (described.source.kind === 'local') return true;
  const rule = services.settings.confirmWrites;
  if (rule === 'never' || (rule === 'bulk' && keys.length < 2)) return true;
  // Many keys are read and written in bulk. For a single key, the read needs no estimate.
  const operations = { ...(keys.length > 1 && { reads: keys.length }), writes: keys.length };
  return confirm({
    question: vscode.l10n.t('Write {0} to {1}?', keyCount(keys.length), fullName(described)),
    detail: `${someKeys(keys)}.\n${costText(operations)}`,
    button: keys.length === 1 ? vscode.l10n.t('Write 1 Key') : vscode.l10n.t('Write {0} Keys', countText(keys.length)),
  });
}
