import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { withoutMark } from '../text/withoutMark.ts';
import { type JsonValue, type KvEntry, presentMetadata } from './entry.ts';
import { sameMetadata } from './entryDigest.ts';
import { formatIso, parseExpiration } from './expiration.ts';
import { checkMetadata } from './limits.ts';
import { isJsonObject } from './metadataJson.ts';
import { parseStrictJson } from './strictJson.ts';
import { withoutSeparators } from './withoutSeparators.ts';

/** Everything of an entry except its key and value. */
export type EntryExtras = Pick<KvEntry, 'metadata' | 'expiration'>;

const FIELDS: readonly string[] = ['metadata', 'expiration', 'expirationTtl'];

/**
 * The document for editing metadata and expiration: JSON, two spaces, a final newline. Both fields are always present,
 * with `null` for none, to show what can be filled in.
 */
export function formatEntryDocument({ metadata, expiration }: EntryExtras): string {
  const fields = {
    metadata: metadata ?? null,
    // A time that cannot be written in ISO format stays a number, so that saving does not change it.
    expiration: expiration === undefined ? null : (formatIso(expiration) ?? expiration),
  };
  return `${withoutSeparators(JSON.stringify(fields, undefined, 2))}\n`;
}

/**
 * Parses such a document; `now` is in Unix seconds. A missing field means none, like `null`. Metadata that means the
 * same as `before` is returned as `before`, which keeps the text that the backend returned. Throws a KvError of kind
 * `invalidInput` whose message names the key and the position or field. This includes an expiration that was not edited
 * but has less than 60 s left, because KV refuses it.
 */
export function parseEntryDocument(key: string, text: string, now: number, before?: JsonValue): EntryExtras {
  const parsed = parseStrictJson(withoutMark(text));
  if ('problem' in parsed) {
    const { line, column, message } = parsed.problem;
    throw invalid(
      l10n.t('“{0}” was not written: this is not JSON at line {1}, column {2}: {3}.', key, line, column, message),
    );
  }
  const fields = parsed.value;
  if (!isJsonObject(fields)) {
    throw invalid(l10n.t('“{0}” was not written: this must be an object with “metadata” and “expiration”.', key));
  }
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      l10n.t('“{0}” was not written: there is no field “{1}”. Use “metadata” and “expiration”.', key, unknown),
    );
  }
  const written = presentMetadata(fields.metadata);
  const metadata = sameMetadata(written, before) ? presentMetadata(before) : written;
  checkMetadata(key, metadata);
  // The document shows `"expiration": null`; a user who adds `expirationTtl` below it need not remove that line.
  const { expiration: at = null, expirationTtl: ttl } = fields;
  const expiration = parseExpiration(key, at === null && ttl !== undefined ? { expirationTtl: ttl } : fields, now);
  return {
    ...(metadata !== undefined && { metadata }),
    ...(typeof expiration === 'number' && { expiration }),
  };
}

const invalid = (message: string): KvError => new KvError('invalidInput', message);
