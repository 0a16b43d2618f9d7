import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { KvError } from '../../core/base/errors.ts';
import type { KeyChange } from '../../core/change/keyChange.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { fullName, keyCount, shortText } from '../../core/store/names.ts';
import { confirm } from '../../ui/confirm.ts';
import { readSource } from '../../ui/files.ts';
import { pickContent } from '../../ui/pickContent.ts';
import { pickKey } from '../../ui/pickKey.ts';
import { damagedNote } from '../../ui/undoNote.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import {
  bytesField,
  checkEither,
  type Extras,
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
import { aKey, aNamespace, targetStoreOf } from '../invocation/targets.ts';
import { dropFiles } from '../transfer/dropping.ts';

interface PutKey extends KeyTarget {
  readonly content: { readonly value: Uint8Array } | { readonly from: vscode.Uri };
  readonly metadata?: JsonValue | undefined;
  readonly expirationAt?: Extras['expirationAt'];
  readonly confirm?: boolean | undefined;
}

const whichKey = vscode.l10n.t('Which key? Type a new one or choose one to replace its value');

const askedKey = about(
  aKey({ question: whichKey, writes: true, acceptTyped: true }),
  async ({ namespace, key, where }): Promise<PutKey | undefined> => {
    const value = await pickContent(vscode.l10n.t('Put Value of “{0}” in {1}', shortText(key), where), false);
    return value && { namespace, key, content: { value } };
  },
);

/**
 * Files of the Explorer. A single file becomes the value of a key that the user names; several files go to the keys
 * with their names.
 */
const askedForFiles = about(
  aNamespace({ question: vscode.l10n.t('Put into which namespace?'), writes: true }),
  async ({ namespace, prefix, where }, services, call): Promise<PutKey | undefined> => {
    const [file, ...more] = call.from === 'files' ? call.files : [];
    if (!file) return undefined;
    if (more.length > 0) {
      await dropFiles([file, ...more], { namespace, prefix }, services);
      return undefined;
    }
    const value = posix.basename(file.path);
    const store = await targetStoreOf(services, namespace);
    const key = await pickKey(store, { title: where, placeHolder: whichKey, acceptTyped: true, value });
    return key === undefined ? undefined : { namespace, key, content: { from: file } };
  },
);

export const putKey = defineCommand<PutKey, KeyTarget>('putKey', {
  progress: vscode.l10n.t('Writing the value'),
  args: fields(
    {
      namespace: namespaceField,
      key: keyField,
      value: optional(bytesField),
      from: optional(fileField),
      ...extraFields,
      confirm: optional(flagField),
    },
    (given) => {
      checkEither(given, 'value', 'from');
      const { namespace, key, value = new Uint8Array(), from, confirm } = given;
      return { namespace, key, content: from ? { from } : { value }, confirm, ...extrasOf(given, key) };
    },
  ),
  asked: {
    target: askedKey.target,
    ask: (call, services) => (call.from === 'files' ? askedForFiles : askedKey).ask(call, services),
  },
  writes: ({ namespace, key }) => ({ namespace, keys: [key] }),
  async run({ namespace, key, content, metadata, expirationAt, confirm: confirmed }, { services, signal, waitFor }) {
    const value = 'value' in content ? content.value : await readSource(content.from);
    const where = fullName(await services.sources.describe(namespace));
    const label = vscode.l10n.t('Wrote “{0}” to {1}', shortText(key), where);
    const expiration = expirationAt?.((await services.changes.clockOf(namespace)).now());
    let isAgreed = confirmed === true;
    let damage: KvError | undefined;
    const change: KeyChange = {
      key,
      decide(now) {
        const nextMetadata = metadata === undefined ? now?.metadata : metadata;
        const nextExpiration = expiration === undefined ? now?.expiration : expiration;
        return {
          entry: {
            key,
            value,
            ...(nextMetadata !== undefined && nextMetadata !== null && { metadata: nextMetadata }),
            ...(typeof nextExpiration === 'number' && { expiration: nextExpiration }),
          },
        };
      },
      onDamaged(error) {
        if (isAgreed) return;
        damage = error;
        throw error;
      },
    };
    const put = async () => await services.changes.one({ kind: 'put', namespace, label }, change, { signal });
    try {
      await put();
    } catch (error) {
      if (damage === undefined) throw error;
      isAgreed = await waitFor(askOverDamage(key, where, damage));
      if (!isAgreed) return undefined;
      await put();
    }
    return { namespace, key };
  },
});

const askOverDamage = (key: string, where: string, { message }: KvError): Promise<boolean> =>
  confirm({
    question: vscode.l10n.t('Write {0} to {1}?', keyCount(1), where),
    detail: `${message}\n${damagedNote([key])}`,
    button: vscode.l10n.t('Write 1 Key'),
  });
