import * as vscode from 'vscode';
import { sourceIdOf } from '../../auth/account.ts';
import { errorText, isKvError } from '../../core/base/errors.ts';
import { costItem, unknownCost } from '../../core/check/cost.ts';
import { type CheckItem, item } from '../../core/check/item.ts';
import { writeRateItem } from '../../core/check/writeRates.ts';
import { sideLabel } from '../../core/store/names.ts';
import type { KvSource } from '../../core/store/store.ts';
import { usageOf } from '../../core/usage/usage.ts';
import type { Services } from '../../services.ts';

/** The default of the usage page, so that both use the same cached answer. */
const LAST_DAYS = { days: 7 } as const;

/** What the accounts of these namespaces cost, at the pace of the last days. */
export async function costItems(
  ids: readonly string[],
  services: Services,
  signal: AbortSignal,
): Promise<readonly CheckItem[]> {
  if (ids.length === 0) {
    return [unknownCost(vscode.l10n.t('The config names no namespace of an account, so there is no account to ask.'))];
  }
  const { sources, accounts } = services;
  const signedIn = sources.sources.filter(({ kind }) => kind === 'remote');
  const items: CheckItem[] = [];
  const missing = new Set(ids);
  let isAnySilent = false;
  for (const source of signedIn) {
    try {
      const existing = new Set((await source.namespaces(signal)).map(({ id }) => id));
      const own = ids.filter((id) => existing.has(id));
      for (const id of own) missing.delete(id);
      const account = accounts.accounts.find((one) => sourceIdOf(one) === source.id);
      if (own.length === 0 || !account) continue;
      const usage = usageOf(await accounts.usage(account.id, LAST_DAYS, signal), LAST_DAYS, existing);
      items.push(costItem({ account: source.label, usage, namespaces: own }));
    } catch (error) {
      if (isKvError(error, 'cancelled')) throw error;
      isAnySilent = true;
      items.push(unknownCost(vscode.l10n.t('{0}: {1}', source.label, errorText(error))));
    }
  }
  // If some account did not answer, the missing namespaces may be in it.
  if (missing.size > 0 && !isAnySilent) {
    items.push(
      unknownCost(
        signedIn.length === 0
          ? vscode.l10n.t('Nobody is signed in, so no account can be asked for what was used.')
          : vscode.l10n.t(
              'No account that is signed in has the namespaces with these IDs, so their use is not known: {0}.',
              [...missing].join(', '),
            ),
      ),
    );
  }
  return items;
}

/** How often keys of these projects were written, as far as the activity view has seen it. */
export function writeRateItems(local: readonly KvSource[], { activity }: Services): readonly CheckItem[] {
  if (local.length === 0) {
    return [
      item('write-rate', 'unknown', [{ text: vscode.l10n.t('There is no local data whose writes could be watched.') }]),
    ];
  }
  return local.map((source) => {
    const watched = activity.current?.source.id === source.id ? activity.current : undefined;
    const { rates, activity: followed } = watched ?? {};
    return writeRateItem({ source: source.id, where: sideLabel(source), rates, extent: followed?.extent });
  });
}
