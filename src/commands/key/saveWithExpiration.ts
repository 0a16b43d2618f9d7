import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { expirationChange } from '../../core/change/expirationChange.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { keyOf } from '../../fs/kvUri.ts';
import { documentBytes, openDocument, shownUris } from '../../fs/openDocuments.ts';
import { valueScheme } from '../../ids.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import { expirationArg, fileArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import type { KeyTarget } from '../invocation/targets.ts';

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
    if (document?.isDirty) {
      await services.values.saveDocument(document, chosen);
      return target;
    }
    const { namespace, key } = target;
    const where = fullName(await services.sources.describe(namespace));
    const { metadata } = services.values.lastSeen(uri);
    const isShown = document !== undefined || shownUris().some((shown) => shown.toString() === uri.toString());
    const value = document ? documentBytes(document) : new Uint8Array();
    await services.changes.one(
      { kind: 'save', namespace, label: vscode.l10n.t('Saved “{0}” in {1}', shortText(key), where) },
      {
        key,
        decide(now) {
          if (now) return expirationChange(key, chosen.expiration).decide(now, new Map());
          // For a tab that only says that its key is missing: what its “Create File” button writes.
          if (!isShown) throw noValue(key);
          return {
            entry: {
              ...{ key, value },
              ...(metadata !== undefined && { metadata }),
              ...(chosen.expiration !== undefined && { expiration: chosen.expiration }),
            },
          };
        },
      },
      { signal },
    );
    return target;
  },
});

const noValue = (key: string): KvError =>
  new KvError(
    'notFound',
    vscode.l10n.t('“{0}” was not saved: it does not exist, and no editor has a value for it.', key),
  );
