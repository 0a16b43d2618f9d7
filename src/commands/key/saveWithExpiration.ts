import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { expirationChange } from '../../core/change/expirationChange.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { shortText } from '../../core/store/names.ts';
import { keyOf } from '../../fs/kvUri.ts';
import { documentBytes, openDocument, shownUris } from '../../fs/openDocuments.ts';
import { valueScheme } from '../../ids.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import {
  documentField,
  type ExpirationAt,
  expirationFields,
  expirationOf,
  fields,
  flagField,
  optional,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { checkWritable, ownTarget, whereOf } from '../invocation/targets.ts';

interface SaveWithExpiration {
  readonly uri: vscode.Uri;
  readonly expirationAt: ExpirationAt;
}

const keyOfValue = (uri: vscode.Uri): KeyTarget => {
  const location = uri.scheme === valueScheme ? keyOf(uri) : undefined;
  if (!location)
    throw new KvError('invalidInput', vscode.l10n.t('This is not the document of a KV value. Open a value first.'));
  return location;
};

const activeValue = ownTarget('document', async (call) => {
  const uri = call.from === 'document' ? call.uri : vscode.window.activeTextEditor?.document.uri;
  if (uri) return uri;
  throw new KvError('invalidInput', vscode.l10n.t('Open a value first: this saves the active one.'));
});

export const saveWithExpiration = defineCommand<SaveWithExpiration, KeyTarget>('saveWithExpiration', {
  progress: vscode.l10n.t('Saving the value'),
  args: fields({ uri: documentField, ...expirationFields, confirm: optional(flagField) }, (given) => ({
    uri: given.uri,
    expirationAt: expirationOf(given, keyOfValue(given.uri).key),
  })),
  asked: about(activeValue, async (uri, services) => {
    const { namespace, key } = keyOfValue(uri);
    await checkWritable(services, namespace);
    const where = await whereOf(namespace, services);
    const title = vscode.l10n.t('Save “{0}” in {1} with an Expiration', shortText(key), where);
    const answer = await pickExpiration(key, title, clockOf(await services.sources.store(namespace)));
    return answer && { uri, expirationAt: () => answer.expiration };
  }),
  writes({ uri }) {
    const { namespace, key } = keyOfValue(uri);
    return { namespace, keys: [key] };
  },
  async run({ uri, expirationAt }, { services, signal }) {
    const target = keyOfValue(uri);
    const { namespace, key } = target;
    const document = openDocument(uri);
    const clock = await services.changes.clockOf(namespace);
    const chosen = { expiration: expirationAt(clock.now()) ?? undefined };
    if (document?.isDirty) {
      await services.values.saveDocument(document, chosen);
      return target;
    }
    const where = await whereOf(namespace, services);
    const { metadata } = services.values.lastSeen(uri);
    const isShown = document !== undefined || shownUris().some((shown) => shown.toString() === uri.toString());
    const value = document ? documentBytes(document) : new Uint8Array();
    await services.changes.one(
      { kind: 'save', namespace, label: vscode.l10n.t('Saved “{0}” in {1}', shortText(key), where) },
      {
        key,
        decide(now) {
          if (now) return expirationChange(key, chosen.expiration).decide(now, new Map());
          // For a tab that only says that its key is missing: writes what its “Create File” button would write.
          if (!isShown) throw noValue(key);
          return {
            entry: {
              key,
              value,
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
