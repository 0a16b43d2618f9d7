import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { prefixOf } from '../../tree/nodes.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import { pickContent } from '../../ui/pickContent.ts';
import { keyArg, namespaceArg, optionalBytes, optionalExpiration, optionalMetadata } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace, type KeyTarget, storeOf } from '../invocation/targets.ts';
import { showNewKey } from './showNewKey.ts';

interface NewKey extends KeyTarget {
  readonly value: Uint8Array;
  readonly metadata?: JsonValue | undefined;
  readonly expiration?: number | null | undefined;
}

export const newKey = defineCommand<NewKey, KeyTarget>('newKey', {
  parse(input) {
    const key = keyArg(input);
    return {
      namespace: namespaceArg(input),
      key,
      value: optionalBytes(input) ?? new Uint8Array(),
      metadata: optionalMetadata(input, key),
      expiration: optionalExpiration(input, key),
    };
  },
  async ask(call, services) {
    const namespace = await askNamespace(call, services, vscode.l10n.t('Choose the namespace for the new key'));
    if (!namespace) return undefined;
    const [row] = call.nodes;
    const parent = row?.kind === 'key' ? row.parent : row;
    const key = await inputNewKey({
      title: vscode.l10n.t('New Key'),
      value: parent?.kind === 'namespace' || parent?.kind === 'group' ? prefixOf(parent) : '',
      store: await storeOf(services, namespace),
    });
    if (key === undefined) return undefined;
    const value = await pickContent(vscode.l10n.t('New Key: {0}', key));
    return value && { namespace, key, value };
  },
  writes: ({ namespace, key }) => ({ namespace, keys: [key] }),
  async run({ namespace, key, value, metadata, expiration }, { services, signal }) {
    const label = vscode.l10n.t(
      'Created “{0}” in {1}',
      shortText(key),
      fullName(await services.sources.describe(namespace)),
    );
    const entry = {
      ...{ key, value },
      ...(metadata !== undefined && metadata !== null && { metadata }),
      ...(typeof expiration === 'number' && { expiration }),
    };
    await services.changes.one(
      { kind: 'put', namespace, label },
      {
        key,
        decide(now) {
          if (!now) return { entry };
          throw new KvError('conflict', vscode.l10n.t('“{0}” exists already. Open it, or choose another name.', key));
        },
      },
      { signal },
    );
    return { namespace, key };
  },
  async tell(created, _, services) {
    await showNewKey(created, services);
  },
});
