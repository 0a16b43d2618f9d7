import * as vscode from 'vscode';
import { batchLimits } from '../core/batches.ts';
import { keyCount } from '../core/names.ts';
import { setExpirations } from '../core/setExpirations.ts';
import type { BulkOutcome } from '../core/store.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { pickExpiration } from '../ui/pickExpiration.ts';
import { expirationArg, keysArg, namespaceArg } from './arguments.ts';
import { defineCommand } from './invoke.ts';
import { askKey, keysOfCall, storeOf } from './targets.ts';

interface SetExpiration {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  readonly expiration: number | null;
}

export const setExpiration = defineCommand<SetExpiration, BulkOutcome>('setExpiration', {
  parse(input) {
    const keys = keysArg(input);
    return { namespace: namespaceArg(input), keys, expiration: expirationArg(input, keys[0] ?? '') };
  },
  async ask(call, services) {
    const chosen = keysOfCall(call);
    const single = chosen ? undefined : await askKey(call, services, vscode.l10n.t('Which key should expire?'));
    const target = chosen ?? (single && { namespace: single.namespace, keys: [single.key] });
    const [key] = target?.keys ?? [];
    if (!target || key === undefined) return undefined;
    const title = target.keys.length === 1 ? key : keyCount(target.keys.length);
    const answer = await pickExpiration(key, vscode.l10n.t('Set Expiration: {0}', title));
    return answer && { ...target, ...answer };
  },
  writes: ({ namespace, keys }) => ({ namespace, keys }),
  async run({ namespace, keys, expiration }, { services, signal, report }) {
    const store = await storeOf(services, namespace);
    const { kind } = await services.sources.source(namespace.source);
    return setExpirations(store, keys, expiration ?? undefined, {
      ...{ signal, limits: batchLimits[kind] },
      report: (done) => report(vscode.l10n.t('Setting the expiration of {0} of {1} keys', done, keys.length)),
    });
  },
  tell: (outcome, { keys }) =>
    tellOutcome(outcome, keys.length, {
      partly: (done, total) => vscode.l10n.t('Set the expiration of {0} of {1} keys.', done, total),
    }),
});
