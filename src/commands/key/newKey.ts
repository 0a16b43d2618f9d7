import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import { pickContent } from '../../ui/pickContent.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import {
  bytesField,
  type Extras,
  extraFields,
  extrasOf,
  fields,
  flagField,
  keyField,
  namespaceField,
  optional,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace, targetStoreOf } from '../invocation/targets.ts';
import { showNewKey } from './showNewKey.ts';

interface NewKey extends KeyTarget {
  readonly value: Uint8Array;
  readonly metadata?: JsonValue | undefined;
  readonly expirationAt?: Extras['expirationAt'];
}

export const newKey = defineCommand<NewKey, KeyTarget>('newKey', {
  progress: vscode.l10n.t('Creating the key'),
  args: fields(
    {
      namespace: namespaceField,
      key: keyField,
      value: optional(bytesField),
      ...extraFields,
      confirm: optional(flagField),
    },
    (given) => {
      const { namespace, key, value = new Uint8Array() } = given;
      return { namespace, key, value, ...extrasOf(given, key) };
    },
  ),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Choose the namespace for the new key'), writes: true }),
    async ({ namespace, prefix, where }, services) => {
      const title = vscode.l10n.t('New Key in {0}', where);
      const key = await inputNewKey({ title, value: prefix, store: await targetStoreOf(services, namespace) });
      if (key === undefined) return undefined;
      const value = await pickContent(vscode.l10n.t('New Key “{0}” in {1}', shortText(key), where));
      return value && { namespace, key, value };
    },
  ),
  writes: ({ namespace, key }) => ({ namespace, keys: [key] }),
  async run({ namespace, key, value, metadata, expirationAt }, { services, signal }) {
    const label = vscode.l10n.t(
      'Created “{0}” in {1}',
      shortText(key),
      fullName(await services.sources.describe(namespace)),
    );
    const expiration = expirationAt?.((await services.changes.clockOf(namespace)).now());
    const entry = {
      key,
      value,
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
