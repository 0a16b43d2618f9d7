import * as l10n from '@vscode/l10n';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue, KvEntry } from '../../core/entry/entry.ts';
import { survivesDouble } from '../../core/entry/exactNumber.ts';
import { isRawScalar, rawText } from '../../core/entry/metadataJson.ts';
import { keySentence, type WriteDeed } from '../sentences.ts';
import type { NamespaceApi } from './namespaceApi.ts';
import type { Answer } from './reply.ts';

/** What to write for one key. */
export interface Item {
  readonly key: string;
  readonly bytes: number;
}

export interface PutItem extends Item {
  readonly entry: KvEntry;
}

/** How a dev server does one kind of write. */
export interface Work<I extends Item> {
  readonly deed: WriteDeed;
  many(api: NamespaceApi, items: readonly I[]): Promise<Answer>;
  one(api: NamespaceApi, item: I): Promise<Answer>;
  /** Whether a request for a single item also takes the bulk route, whose answer tells what was done. */
  isCounted(item: I): boolean;
  /** Whether a bulk request would damage an item. */
  isSingle(item: I): boolean;
  /** Why an item cannot be written singly, if it cannot. */
  cannot(item: I, hasBulk: boolean): KvError | undefined;
}

export const putting: Work<PutItem> = {
  deed: 'put',
  many: async (api, items) => await api.putBulk(items.map(({ entry }) => entry)),
  // A single put drops an expiration, but accepts a large value.
  one: async (api, { entry }) => (entry.expiration === undefined ? await api.put(entry) : await api.putBulk([entry])),
  isCounted: ({ entry }) => entry.expiration !== undefined,
  isSingle: ({ entry }) => isBulkDamaging(entry.metadata) || lostNumber(entry.metadata) !== undefined,
  cannot: ({ key, entry }, hasBulk) => {
    const lost = lostNumber(entry.metadata);
    if (lost !== undefined) return cannotKeepNumber(key, lost);
    if (entry.expiration === undefined) return undefined;
    if (!hasBulk) return cannotExpire(key);
    return isBulkDamaging(entry.metadata) ? cannotKeepBoth(key) : undefined;
  },
};

export const deleting: Work<Item> = {
  deed: 'delete',
  many: async (api, items) => await api.deleteBulk(items.map(({ key }) => key)),
  one: async (api, { key }) => await api.delete(key),
  isCounted: () => false,
  isSingle: () => false,
  cannot: () => undefined,
};

/** The bulk route silently drops fields with this name (wrangler 4.156, tried); the single put keeps them. */
const isBulkDamaging = (metadata: JsonValue | undefined): boolean =>
  metadata !== undefined && JSON.stringify(metadata).includes('"__proto__":');

/** A number that the server would round: its Explorer is JavaScript, which reads all numbers as doubles. */
function lostNumber(metadata: JsonValue | undefined): string | undefined {
  if (isRawScalar(metadata)) {
    return rawText(metadata) !== undefined || survivesDouble(metadata.rawJSON) ? undefined : metadata.rawJSON;
  }
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  for (const inner of Object.values(metadata)) {
    const lost = lostNumber(inner);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

const cannotKeepNumber = (key: string, number: string): KvError =>
  unsupported(key, l10n.t('a dev server would round the number {0} in its metadata. Stop the server first.', number));

const cannotExpire = (key: string): KvError =>
  unsupported(
    key,
    l10n.t(
      'it has an expiration, which the dev server that is running cannot keep. Stop the server, or update wrangler.',
    ),
  );

const cannotKeepBoth = (key: string): KvError =>
  unsupported(
    key,
    l10n.t(
      'a dev server cannot keep an expiration together with metadata that has a field “__proto__”. Stop the server first.',
    ),
  );

const unsupported = (key: string, reason: string): KvError =>
  new KvError('unsupported', keySentence('put', key, reason));
