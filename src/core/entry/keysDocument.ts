import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import { isBase64 } from '../base/base64.ts';
import { KvError } from '../base/errors.ts';
import { withoutMark } from '../text/withoutMark.ts';
import { type JsonValue, type KvEntry, presentMetadata } from './entry.ts';
import { entryDigest } from './entryDigest.ts';
import { formatIso, parseExpiration, parseInstant } from './expiration.ts';
import { checkEntry, keyProblem } from './limits.ts';
import { isJsonObject } from './metadataJson.ts';
import { parseStrictJson } from './strictJson.ts';
import { withoutSeparators } from './withoutSeparators.ts';

/** With more keys, the document would be unreadable and saving it would take long. */
export const MOST_EDITED_KEYS = 500;
/** The limit for all values in such a document together. */
const MOST_EDITED_BYTES = 20_000_000;

const FIELDS: readonly string[] = ['value', 'base64', 'metadata', 'expiration', 'expirationTtl'];

/** The digests of the entries that a document was created from, by key. */
export type OpenedDigests = ReadonlyMap<string, string>;

/**
 * What saving a document would do: the keys that differ from the entries it was created from, or were removed from it.
 */
export interface KeysPlan {
  readonly changes: readonly KvEntry[];
  readonly additions: readonly KvEntry[];
  readonly removals: readonly string[];
}

/** The content of a parsed document. */
export interface ReadKeys extends KeysPlan {
  /** A key has a TTL, which counts from now, so the same text means something else later. */
  readonly hasLifetimes: boolean;
}

/** Throws `tooLarge` if it is more than a document may hold. */
export function checkEditable(keys: number, bytes: number): void {
  if (keys > MOST_EDITED_KEYS) {
    throw new KvError(
      'tooLarge',
      l10n.t('One document holds {0} keys at most. Choose fewer keys, or a smaller group.', MOST_EDITED_KEYS),
    );
  }
  if (bytes > MOST_EDITED_BYTES) {
    throw new KvError('tooLarge', l10n.t('These values are too large for one document: it holds 20 MB. Choose fewer.'));
  }
}

/** The JSON document for editing many entries, in their order. Values that are not UTF-8 are written as base64. */
export function formatKeysDocument(entries: readonly KvEntry[]): string {
  // Not built as a single object, which would move keys that look like numbers to the front.
  const items = entries.map((entry) => {
    const fields = JSON.stringify(fieldsOf(entry), undefined, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(entry.key)}: ${fields}`;
  });
  return withoutSeparators(items.length === 0 ? '{}\n' : `{\n${items.join(',\n')}\n}\n`);
}

function fieldsOf({ value, metadata, expiration }: KvEntry): { readonly [name: string]: JsonValue } {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  return {
    ...(isUtf8(bytes) ? { value: bytes.toString('utf8') } : { base64: bytes.toString('base64') }),
    ...(metadata !== undefined && { metadata }),
    ...(expiration !== undefined && { expiration: formatIso(expiration) ?? expiration }),
  };
}

/**
 * Parses such a document; `now` is in Unix seconds. Throws a KvError of kind `invalidInput` or `tooLarge` whose message
 * names the key and the field. Limits apply only to what was changed: a key with less than 60 s to live may stay as it
 * is.
 */
export function parseKeysDocument(text: string, opened: OpenedDigests, now: number): ReadKeys {
  const parsed = parseStrictJson(withoutMark(text));
  if ('problem' in parsed) {
    const { line, column, message } = parsed.problem;
    throw invalid(l10n.t('Nothing was written: this is not JSON at line {0}, column {1}: {2}.', line, column, message));
  }
  if (!isJsonObject(parsed.value)) {
    throw invalid(l10n.t('Nothing was written: this must be an object of keys, { "key": { "value": … } }.'));
  }
  const changes: KvEntry[] = [];
  const additions: KvEntry[] = [];
  const named = new Set<string>();
  let hasLifetimes = false;
  for (const [key, fields] of Object.entries(parsed.value)) {
    named.add(key);
    const entry = parseEntry(key, fields, now);
    hasLifetimes ||= isJsonObject(fields) && fields.expirationTtl !== undefined;
    const before = opened.get(key);
    if (before === entryDigest(entry)) continue;
    checkEntry(entry, now);
    (before === undefined ? additions : changes).push(entry);
  }
  checkEditable(named.size, 0);
  return { changes, additions, removals: [...opened.keys()].filter((key) => !named.has(key)), hasLifetimes };
}

function parseEntry(key: string, fields: JsonValue, now: number): KvEntry {
  const problem = keyProblem(key);
  if (problem !== undefined) throw invalid(l10n.t('Nothing was written, because of the key “{0}”: {1}', key, problem));
  if (!isJsonObject(fields)) throw wrong(key, l10n.t('it must be an object with “value” or “base64”.'));
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw wrong(key, l10n.t('there is no field “{0}”.', unknown));
  const metadata = presentMetadata(fields.metadata);
  const expiration = expirationOf(key, fields, now);
  return {
    key,
    value: bytesOf(key, fields),
    ...(metadata !== undefined && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
}

function bytesOf(key: string, { value, base64 }: { readonly [name: string]: JsonValue }): Uint8Array {
  if ((value === undefined) === (base64 === undefined)) {
    throw wrong(key, l10n.t('it needs either “value” or “base64”.'));
  }
  if (base64 === undefined) {
    if (typeof value !== 'string') throw wrong(key, l10n.t('“value” must be text.'));
    if (!value.isWellFormed()) throw wrong(key, l10n.t('“value” must be valid Unicode text.'));
    return new Uint8Array(Buffer.from(value, 'utf8'));
  }
  if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !isBase64(base64)) {
    throw wrong(key, l10n.t('“base64” must be bytes in base64.'));
  }
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function expirationOf(
  key: string,
  { expiration, expirationTtl: ttl }: { readonly [name: string]: JsonValue },
  now: number,
): number | undefined {
  if (ttl !== undefined) {
    return parseExpiration(key, { ...(expiration !== null && { expiration }), expirationTtl: ttl }, now) ?? undefined;
  }
  // Whether the time is far enough ahead matters only for entries that are written.
  return expiration === undefined || expiration === null ? undefined : parseInstant(key, expiration);
}

const invalid = (message: string): KvError => new KvError('invalidInput', message);

const wrong = (key: string, problem: string): KvError =>
  invalid(l10n.t('Nothing was written, because of “{0}”: {1}', key, problem));
