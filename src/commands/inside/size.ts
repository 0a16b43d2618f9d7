import * as l10n from '@vscode/l10n';
import { accountOf } from '../../auth/account.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isEverything, type Selection } from '../../core/store/selection.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import { countKeys } from '../../core/transfer/countKeys.ts';
import { usageOf } from '../../core/usage/usage.ts';
import type { Run } from '../invocation/command.ts';
import { storeOf } from '../invocation/targets.ts';
import { type KnownSize, sizeBetween } from './knownSize.ts';

/** The period for which the account's numbers are requested, in days: the newest may be some days old. */
const DAYS = 7;

/**
 * How many keys a namespace has according to the account: a number of the last days that needs no listing. `undefined`
 * if the account does not report it.
 */
export async function reportedSize(
  { source, id }: NamespaceRef,
  { services, signal }: Pick<Run, 'services' | 'signal'>,
): Promise<number | undefined> {
  if (!isAccount(source)) return undefined;
  const query = { days: DAYS, namespaces: [id] } as const;
  try {
    const readings = await services.accounts.usage(accountOf(source), query, signal);
    return usageOf(readings, query).storage?.findLast(({ keys }) => keys !== undefined)?.keys;
  } catch {
    // The token may lack the permission to read it. Then keys are counted.
    return undefined;
  }
}

/** The account's number for a whole namespace. Otherwise counts keys, up to as many as the user would wait for. */
export async function sizeOf(namespace: NamespaceRef, selection: Selection, run: Run): Promise<KnownSize> {
  if (selection.prefixes.length === 0) return { keys: selection.keys.length, how: 'exactly' };
  const reported = await reportedSize(namespace, run);
  const isWhole = isEverything(selection);
  if (isWhole && reported !== undefined && reported > 0) return { keys: reported, how: 'about' };
  const counted = await countKeys(await storeOf(run.services, namespace), selection, {
    signal: run.signal,
    report: (keys) => run.report(l10n.t('Counting keys: {0} so far', keyCount(keys))),
  });
  return sizeBetween(counted, reported);
}
