import { valueUri } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { showValue } from '../../ui/openCommand.ts';
import { logError } from '../../ui/reportError.ts';
import type { KeyTarget } from '../invocation/call.ts';

/** Selects the row of a key that was just made, and opens its value. That it has no row is no failure of the making. */
export async function showNewKey({ namespace, key }: KeyTarget, { tree, log }: Services): Promise<void> {
  await tree.showNew(namespace, key).catch((error: unknown) => logError(log, 'show the row of a new key', error));
  await showValue(valueUri(namespace, key));
}
