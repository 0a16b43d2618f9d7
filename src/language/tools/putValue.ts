import * as vscode from 'vscode';
import { type KvEntry, nowSeconds } from '../../core/entry/entry.ts';
import { entryDigest } from '../../core/entry/entryDigest.ts';
import { ttlEnd } from '../../core/entry/expiration.ts';
import { checkEntry } from '../../core/entry/limits.ts';
import { fullName, shortText } from '../../core/store/names.ts';
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
      ...{ namespace: name, source: optionalText, key, value: text },
      ...{ expiration_ttl: lifetime, metadata: json },
    });
    const found = await oneToWrite(given, services, signal);
    const namespace = { source: found.source.id, id: found.namespace.id };
    const before = await (await services.sources.store(namespace)).get(given.key, signal);
    const after = entryOf(given, before);
    checkEntry(after);
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
        ...{ key: given.key, before, after, done: 'written' },
        operation: { kind: 'put', namespace, label },
        // A lifetime counts from the writing: somebody may take their time with the answer.
        entryNow: () => entryOf(given, before),
      },
      services,
      signal,
    );
  },
};

interface Given extends Pick<KvEntry, 'key'> {
  readonly value: string;
  readonly metadata: KvEntry['metadata'] | undefined;
  readonly expiration_ttl: number | null | undefined;
}

/** Metadata and expiration that were not given stay as they are. */
export function entryOf({ key, value, ...given }: Given, before: KvEntry | undefined, now = nowSeconds()): KvEntry {
  const metadata = given.metadata === undefined ? before?.metadata : given.metadata;
  const { expiration_ttl: ttl } = given;
  const expiration = ttl === undefined ? before?.expiration : ttl === null ? undefined : ttlEnd(ttl, now);
  return {
    ...{ key, value: Buffer.from(value, 'utf8') },
    ...(metadata !== undefined && metadata !== null && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
}
