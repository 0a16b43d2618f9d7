import { createHash, hash } from 'node:crypto';
import { type JsonValue, type KvEntry, presentMetadata } from './entry.ts';
import { numberText } from './exactNumber.ts';
import { exactNumber, isRawScalar, rawText } from './metadataJson.ts';

const SMALL = 1 << 16;

/** Everything of an entry but its key. */
export type EntryState = Pick<KvEntry, 'value' | 'metadata' | 'expiration'>;

export const stateOf = ({ key: _, ...state }: KvEntry): EntryState => state;

/**
 * SHA-256 in hex of value, metadata and expiration; `undefined` for a missing key. Metadata is compared by meaning,
 * including every digit of its numbers. The order of names does not matter, because a backend may store JSON in its own
 * order.
 */
export function entryDigest(entry: EntryState | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const size = Buffer.from(`${value.length}:`);
  const rest = Buffer.from(aboutText(entry));
  // Hash objects hold memory outside the heap until they are collected, which is too much for many small entries.
  if (value.length <= SMALL) return hash('sha256', Buffer.concat([size, value, rest]));
  return createHash('sha256').update(size).update(value).update(rest).digest('hex');
}

/** Metadata and expiration as a string that is the same whenever they mean the same. */
export const aboutText = ({ metadata, expiration }: Pick<KvEntry, 'metadata' | 'expiration'>): string =>
  JSON.stringify([canonical(presentMetadata(metadata) ?? null), expiration ?? null]);

/** Whether metadata means the same, including every digit of its numbers. No metadata equals `null`. */
export const sameMetadata = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === b || aboutText({ metadata: a ?? null }) === aboutText({ metadata: b ?? null });

/** Objects become lists of pairs, because in an object, names that look like numbers would move to the front again. */
function canonical(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawScalar(value)) return rawText(value) ?? exactNumber(numberText(value.rawJSON));
  if (isList(value)) return ['[', ...value.map(canonical)];
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['{', ...pairs.map(([name, inner]) => [name, canonical(inner)])];
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
