import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { setExpirations } from '../../core/transfer/setExpirations.ts';
import { keyOf } from '../../fs/kvUri.ts';
import { documentBytes, openDocument, shownUris } from '../../fs/openDocuments.ts';
import { valueScheme } from '../../ids.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import { expirationArg, fileArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { type KeyTarget, storeOf } from '../invocation/targets.ts';

interface SaveWithExpiration {
  readonly uri: vscode.Uri;
  readonly expiration: number | null;
}

const keyOfValue = (uri: vscode.Uri): KeyTarget => {
  const location = uri.scheme === valueScheme ? keyOf(uri) : undefined;
  if (!location)
    throw new KvError('invalidInput', vscode.l10n.t('This is not the document of a KV value. Open a value first.'));
  return location;
};

export const saveWithExpiration = defineCommand<SaveWithExpiration, KeyTarget>('saveWithExpiration', {
  parse(input) {
    const uri = fileArg(input, 'uri');
    return { uri, expiration: expirationArg(input, keyOfValue(uri).key) };
  },
  async ask(call) {
    const uri = call.uri ?? vscode.window.activeTextEditor?.document.uri;
    if (!uri) throw new KvError('invalidInput', vscode.l10n.t('Open a value first: this saves the active one.'));
    const { key } = keyOfValue(uri);
    const answer = await pickExpiration(key, vscode.l10n.t('Save “{0}” with an Expiration', key));
    return answer && { uri, ...answer };
  },
  writes({ uri }) {
    const { namespace, key } = keyOfValue(uri);
    return { namespace, keys: [key] };
  },
  async run({ uri, expiration }, { services, signal }) {
    const target = keyOfValue(uri);
    const document = openDocument(uri);
    const chosen = { expiration: expiration ?? undefined };
    const store = await storeOf(services, target.namespace);
    if (document?.isDirty) await services.values.saveDocument(document, chosen);
    else if (await store.get(target.key, signal)) {
      const { failed } = await setExpirations(store, [target.key], chosen.expiration, { signal });
      if (failed[0]) throw failed[0].error;
    } else {
      const value = document ? documentBytes(document) : emptyValue(uri, target.key);
      const { metadata } = services.values.lastSeen(uri);
      await store.put({ key: target.key, value, ...(metadata !== undefined && { metadata }), ...chosen }, signal);
    }
    return target;
  },
});

/** For a tab that only says that its key is missing: what its “Create File” button writes. */
function emptyValue(uri: vscode.Uri, key: string): Uint8Array {
  if (shownUris().some((shown) => shown.toString() === uri.toString())) return new Uint8Array();
  throw new KvError(
    'notFound',
    vscode.l10n.t('“{0}” was not saved: it does not exist, and no editor has a value for it.', key),
  );
}
