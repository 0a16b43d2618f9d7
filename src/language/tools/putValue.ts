import * as vscode from 'vscode';
import { entryDigest } from '../../core/entry/entryDigest.ts';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { checkEntry } from '../../core/entry/limits.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { entryOf } from './entryOf.ts';
import { placeOf } from './findNamespace.ts';
import { json, key, lifetime, name, optionalText, readInput, text } from './input.ts';
import { oneToWrite } from './listing.ts';
import { jsonResult } from './result.ts';
import type { Tool } from './tool.ts';
import { write } from './write.ts';

export const putValue: Tool = {
  doing: () => vscode.l10n.t('Asking to write a value to Cloudflare KV'),

  async invoke(input, services, signal) {
    const given = readInput(input, {
      namespace: name,
      source: optionalText,
      key,
      value: text,
      expiration_ttl: lifetime,
      metadata: json,
    });
    const found = await oneToWrite(given, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const store = await services.sources.store(namespace);
    const clock = clockOf(store);
    const before = await store.get(given.key, signal);
    const after = entryOf(given, before, clock.now());
    checkEntry(after, clock.now());
    if (entryDigest(before) === entryDigest(after)) {
      return jsonResult({
        ...placeOf(found),
        key: given.key,
        written: false,
        reason: 'The key is exactly so already.',
      });
    }
    const label = vscode.l10n.t('Wrote “{0}” to {1}', shortText(given.key), fullName(found));
    return await write(
      found,
      {
        key: given.key,
        before,
        after,
        done: 'written',
        operation: { kind: 'put', namespace, label },
        // A lifetime counts from the time of the write: the user may take a while to answer.
        entryNow: () => entryOf(given, before, clock.now()),
      },
      services,
      signal,
    );
  },
};
