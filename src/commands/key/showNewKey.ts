import { valueUri } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { showValue } from '../../ui/openCommand.ts';
import { logError } from '../../ui/reportError.ts';
import type { KeyTarget } from '../invocation/call.ts';

/**
 * Selects the row of a key that was just created and opens its value. If its row cannot be shown, the key was still
 * created.
 */
export async function showNewKey({ namespace, key }: KeyTarget, { tree, log }: Services): Promise<void> {
  await tree.showNew(namespace, key).catch((error: unknown) => logError(log, 'show the row of a new key', error));
  await showValue(valueUri(namespace, key));
}
