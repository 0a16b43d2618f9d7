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

/** Days for which the numbers of an account are asked: the newest may be some days old. */
const DAYS = 7;

/**
 * How many keys the account says that a namespace has: a number of the last days, which takes no listing. `undefined`
 * where it is not told.
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
    // A token need not be allowed to read it; then keys are counted.
    return undefined;
  }
}

/** As the account tells it for a whole namespace, else counted, up to as many as anybody waits for. */
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
