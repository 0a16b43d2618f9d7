import * as l10n from '@vscode/l10n';
import { type JsonValue, presentMetadata } from '../../entry/entry.ts';
import { parseInstant, ttlEnd } from '../../entry/expiration.ts';
import {
  checkKey,
  checkMetadata,
  checkValue,
  MAX_EXPIRATION_SECONDS,
  MIN_LIFETIME_SECONDS,
} from '../../entry/limits.ts';
import { asPlain, isJsonObject } from '../../entry/metadataJson.ts';
import type { SourceEntry } from '../../store/entrySource.ts';
import { atItem, itemError, keyItemError } from './fileErrors.ts';
import { LongText } from './longText.ts';
import type { RawItem } from './rawItem.ts';
import { base64Bytes, utf8Bytes } from './valueBytes.ts';

/** An item that was read: an entry, or a key with the reason why there is nothing to write. */
export type BulkItem =
  | { readonly position: number; readonly key: string; readonly entry: SourceEntry }
  | {
      readonly position: number;
      readonly key: string;
      readonly entry?: undefined;
      readonly why: 'expired' | 'missing';
    };

/** All in Unix seconds. */
export interface ItemTimes {
  /** When lifetimes start to count. */
  readonly since: number;
  /** When lifetimes started to count in the first run of the same work, if that may be earlier. */
  readonly firstSince?: number | undefined;
  /** Entries that have expired by then are left out. */
  readonly now: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** `error` is added by a file of failed entries, see `failedItemText`. */
const FIELDS = new Set(['key', 'value', 'base64', 'metadata', 'expiration', 'expiration_ttl', 'error']);

/**
 * Parses an item by the rules of KV and of wrangler's bulk files. An expiration less than a minute ahead is accepted
 * here: it concerns only this item, and the store refuses it. Anything else that is wrong throws with position and key.
 */
export function parseItem({ position, name, content }: RawItem, { since, firstSince, now }: ItemTimes): BulkItem {
  const fields = fieldsOf(content, name, position);
  const key = keyOf(fields, position);
  for (const field of Object.keys(fields)) {
    if (!FIELDS.has(field)) throw keyItemError(position, key, l10n.t('there is no field “{0}”.', field));
  }
  if (name !== undefined && fields.value === null) return { position, key, why: 'missing' };
  const value = bytesOf(fields, key, position);
  const metadata = metadataOf(fields);
  const expiration = expirationOf(fields, key, position, since);
  const ends = firstSince === undefined ? undefined : endsOf(fields, firstSince, now);
  atItem(position, () => {
    checkValue(key, value);
    checkMetadata(key, metadata);
  });
  if (expiration !== undefined && expiration <= now) return { position, key, why: 'expired' };
  return {
    position,
    key,
    entry: {
      key,
      value,
      ...(metadata !== undefined && { metadata }),
      ...(expiration !== undefined && { expiration }),
      ...ends,
    },
  };
}

/** The key of an item in a list of keys: a string, `{ "name": … }`, or a whole entry. */
export function parseKeyItem({ position, name, content }: RawItem): string {
  if (name !== undefined) return keyOf(fieldsOf(content, name, position), position);
  const key = isJsonObject(content) ? (content.key ?? content.name) : content;
  if (typeof key === 'string') return checked(key, position);
  throw itemError(position, l10n.t('it must be a key, as text, or an object with “name”.'));
}

/** Converts `{ "key": "value" }` and `{ "key": { "value": … } }` to the form of array items. */
function fieldsOf(content: unknown, name: string | undefined, position: number): Fields {
  if (name === undefined) {
    if (isJsonObject(content)) return content;
    throw itemError(position, l10n.t('it must be an object with “key” and “value”.'));
  }
  if (isJsonObject(content)) {
    if (!('key' in content)) return { ...content, key: name };
  } else if (typeof content === 'string' || content === null) {
    return { key: name, value: content };
  }
  throw keyItemError(position, name, l10n.t('its value must be text, null, or an object with “value”.'));
}

function keyOf({ key }: Fields, position: number): string {
  if (typeof key !== 'string') throw itemError(position, l10n.t('it has no “key” that is text.'));
  return checked(key, position);
}

function checked(key: string, position: number): string {
  atItem(position, () => checkKey(key));
  return key;
}

function bytesOf({ value, base64 }: Fields, key: string, position: number): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string' && !(value instanceof LongText)) {
    throw keyItemError(position, key, l10n.t('it has no “value” that is text.'));
  }
  if (base64 !== undefined && typeof base64 !== 'boolean') {
    throw keyItemError(position, key, l10n.t('“base64” must be true or false.'));
  }
  const bytes = asJson(position, () => (base64 === true ? base64Bytes(value) : utf8Bytes(value)));
  if (bytes !== undefined) return bytes;
  throw keyItemError(
    position,
    key,
    base64 === true
      ? l10n.t('its value is not valid base64.')
      : l10n.t('its value is not valid Unicode text: half of a character is missing.'),
  );
}

/** Adds the position to JSON errors, because a long string is parsed only when it is read. */
function asJson<T>(position: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SyntaxError ? itemError(position, l10n.t('this is not valid JSON.')) : error;
  }
}

/** The cast is safe because the value comes from a JSON parser. */
const metadataOf = ({ metadata }: Fields) => presentMetadata(metadata as JsonValue | undefined);

function expirationOf(fields: Fields, key: string, position: number, since: number): number | undefined {
  const { expiration } = fields;
  const ttl = asPlain(fields.expiration_ttl);
  const isGiven = expiration !== undefined && expiration !== null;
  if (ttl === undefined || ttl === null) {
    return isGiven ? atItem(position, () => parseInstant(key, expiration)) : undefined;
  }
  if (isGiven) {
    throw keyItemError(
      position,
      key,
      l10n.t('“expiration” and “expiration_ttl” exclude each other. Give one of them.'),
    );
  }
  const isWhole = typeof ttl === 'number' && Number.isSafeInteger(ttl);
  if (!isWhole || ttl < MIN_LIFETIME_SECONDS || since + ttl > MAX_EXPIRATION_SECONDS) {
    throw keyItemError(
      position,
      key,
      l10n.t('“expiration_ttl” must be a number of whole seconds, at least {0}.', MIN_LIFETIME_SECONDS),
    );
  }
  return ttlEnd(ttl, since);
}

/**
 * The earliest and latest expiration of a valid item with a TTL, by the first and the last start. An absolute
 * expiration is always the same.
 */
function endsOf(
  fields: Fields,
  first: number,
  last: number,
): Pick<SourceEntry, 'endsBetween' | 'lastsFrom'> | undefined {
  const ttl = asPlain(fields.expiration_ttl);
  if (typeof ttl !== 'number') return undefined;
  // Keeping half of the lifetime is close enough to what was asked for.
  const least = Math.max(MIN_LIFETIME_SECONDS, Math.ceil(ttl / 2));
  return { endsBetween: [ttlEnd(ttl, first), ttlEnd(ttl, last)], lastsFrom: last + least };
}
