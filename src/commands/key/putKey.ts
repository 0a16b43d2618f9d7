import { posix } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import type { Services } from '../../services.ts';
import { readSource } from '../../ui/files.ts';
import { pickContent } from '../../ui/pickContent.ts';
import { pickKey } from '../../ui/pickKey.ts';
import {
  keyArg,
  namespaceArg,
  optionalBytes,
  optionalExpiration,
  optionalFile,
  optionalMetadata,
} from '../invocation/arguments.ts';
import type { Call } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace, checkWritable, type KeyTarget, keysOfCall, storeOf } from '../invocation/targets.ts';
import { dropFiles } from '../transfer/dropping.ts';

interface PutKey extends KeyTarget {
  readonly content: { readonly value: Uint8Array } | { readonly from: vscode.Uri };
  readonly metadata?: JsonValue | undefined;
  readonly expiration?: number | null | undefined;
}

export const putKey = defineCommand<PutKey, KeyTarget>('putKey', {
  parse(input) {
    const key = keyArg(input);
    const value = optionalBytes(input);
    const from = optionalFile(input, 'from');
    if ((value === undefined) === (from === undefined)) {
      throw new KvError('invalidInput', vscode.l10n.t('Give either “value” or “from”.'));
    }
    return {
      namespace: namespaceArg(input),
      key,
      content: value !== undefined ? { value } : { from: from as vscode.Uri },
      metadata: optionalMetadata(input, key),
      expiration: optionalExpiration(input, key),
    };
  },
  async ask(call, services) {
    if (call.files) return askForFiles(call.files, call, services);
    const chosen = keysOfCall(call);
    const namespace = chosen?.namespace ?? (await askNamespace(call, services));
    if (!namespace) return undefined;
    const key =
      chosen?.keys[0] ??
      (await pickKey(await storeOf(services, namespace), {
        placeHolder: vscode.l10n.t('Which key? Type a new one or choose one to replace its value'),
        acceptTyped: true,
      }));
    if (key === undefined) return undefined;
    const value = await pickContent(vscode.l10n.t('Put Value: {0}', key), false);
    return value && { namespace, key, content: { value } };
  },
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

/** Files of the Explorer: one becomes the value of a key that is asked for, several those of the keys of their names. */
async function askForFiles(files: readonly vscode.Uri[], call: Call, services: Services): Promise<PutKey | undefined> {
  const namespace = await askNamespace(call, services, vscode.l10n.t('Put into which namespace?'));
  if (!namespace) return undefined;
  checkWritable(services, namespace);
  const [file, ...more] = files;
  if (!file) return undefined;
  if (more.length > 0) {
    await dropFiles(files, namespace, services);
    return undefined;
  }
  const key = await pickKey(await storeOf(services, namespace), {
    placeHolder: vscode.l10n.t('Which key? Type a new one or choose one to replace its value'),
    acceptTyped: true,
    value: posix.basename(file.path),
  });
  return key === undefined ? undefined : { namespace, key, content: { from: file } };
}
