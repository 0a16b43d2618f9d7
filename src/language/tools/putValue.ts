import * as vscode from 'vscode';
import { clockOf } from '../../core/entry/lifetimeClock.ts';
import { checkEntry } from '../../core/entry/limits.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { entryOf } from './entryOf.ts';
import { json, key, lifetime, name, optionalText, readInput, text } from './input.ts';
import { oneToWrite } from './listing.ts';
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
    // Finds what is wrong whatever is stored.
    checkEntry(entryOf(given, undefined, clock.now()), clock.now());
    const before = await store.get(given.key, signal);
    const after = entryOf(given, before, clock.now());
    const label = vscode.l10n.t('Wrote “{0}” to {1}', shortText(given.key), fullName(found));
    return await write(
      found,
      {
        key: given.key,
        before,
        after,
        done: 'written',
        nothingToDo: 'The key is exactly so already.',
        check: () => checkEntry(after, clock.now()),
        operation: { kind: 'put', namespace, label },
        // A lifetime counts from the time of the write: the user may take a while to answer.
        entryNow: () => entryOf(given, before, clock.now()),
      },
      services,
      signal,
    );
  },
};
