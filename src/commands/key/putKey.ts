import * as vscode from 'vscode';
import type { JsonValue } from '../../core/entry/entry.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { readSource } from '../../ui/files.ts';
import { pickContent } from '../../ui/pickContent.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import {
  bytesField,
  checkEither,
  extraFields,
  extrasOf,
  fields,
  fileField,
  flagField,
  keyField,
  namespaceField,
  optional,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';

interface PutKey extends KeyTarget {
  readonly content: { readonly value: Uint8Array } | { readonly from: vscode.Uri };
  readonly metadata?: JsonValue | undefined;
  readonly expiration?: number | null | undefined;
}

export const putKey = defineCommand<PutKey, KeyTarget>('putKey', {
  args: fields(
    {
      ...{ namespace: namespaceField, key: keyField, value: optional(bytesField), from: optional(fileField) },
      ...{ ...extraFields, confirm: optional(flagField) },
    },
    (given) => {
      checkEither(given, 'value', 'from');
      const { namespace, key, value = new Uint8Array(), from } = given;
      return { namespace, key, content: from ? { from } : { value }, ...extrasOf(given, key) };
    },
  ),
  asked: about(
    aKey({
      question: vscode.l10n.t('Which key? Type a new one or choose one to replace its value'),
      ...{ writes: true, acceptTyped: true },
    }),
    async ({ namespace, key, where }) => {
      const value = await pickContent(vscode.l10n.t('Put Value of “{0}” in {1}', shortText(key), where), false);
      return value && { namespace, key, content: { value } };
    },
  ),
  writes: ({ namespace, key }) => ({ namespace, keys: [key] }),
  async run({ namespace, key, content, metadata, expiration }, { services, signal }) {
    const value = 'value' in content ? content.value : await readSource(content.from);
    const label = vscode.l10n.t(
      'Wrote “{0}” to {1}',
      shortText(key),
      fullName(await services.sources.describe(namespace)),
    );
    await services.changes.one(
      { kind: 'put', namespace, label },
      {
        key,
        decide(now) {
          const nextMetadata = metadata === undefined ? now?.metadata : metadata;
          const nextExpiration = expiration === undefined ? now?.expiration : expiration;
          return {
            entry: {
              ...{ key, value },
              ...(nextMetadata !== undefined && nextMetadata !== null && { metadata: nextMetadata }),
              ...(typeof nextExpiration === 'number' && { expiration: nextExpiration }),
            },
          };
        },
      },
      { signal },
    );
    return { namespace, key };
  },
});
