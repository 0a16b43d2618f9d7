import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { type JsonValue, type KvEntry, nowSeconds, presentMetadata } from './entry.ts';
import { metadataText } from './metadataJson.ts';

/*
 * The platform's limits, in bytes and seconds (Workers KV documentation, "Limits"). Every check throws a KvError of
 * kind `invalidInput` or `tooLarge` whose message names the key, before anything is sent.
 */
export const MAX_KEY_BYTES = 512;
export const MAX_VALUE_BYTES = 26_214_400;
export const MAX_METADATA_BYTES = 1024;
export const MIN_LIFETIME_SECONDS = 60;
/** The largest expiration that a Worker accepts (a signed 32-bit number of seconds). */
export const MAX_EXPIRATION_SECONDS = 2_147_483_647;
export const MAX_PAGE = 1000;

export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

/** A sentence that says why `key` cannot be a key; `undefined` if it can. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return l10n.t('A key cannot be empty.');
  if (key === '.' || key === '..') return l10n.t('“{0}” cannot be a key.', key);
  if (!key.isWellFormed()) return l10n.t('A key must be valid Unicode text: half of a character is missing.');
  const bytes = byteLength(key);
  if (bytes > MAX_KEY_BYTES) return l10n.t('A key has {0} bytes at most: {1} now.', MAX_KEY_BYTES, bytes);
  return undefined;
}

/** Far more characters than a key can have. Of a longer text, only the beginning is shown. */
const MOST_SHOWN = 1024;

export function checkKey(key: string): void {
  const problem = keyProblem(key);
  if (problem === undefined) return;
  if (problem.includes(key)) throw new KvError('invalidInput', problem, { page: 'key' });
  const shown = key.length > MOST_SHOWN ? `${key.slice(0, MOST_SHOWN)}…` : key;
  throw new KvError('invalidInput', l10n.t('“{0}”: {1}', shown.toWellFormed(), problem), { page: 'key' });
}

export const checkValue = (key: string, value: Uint8Array): void => checkValueSize(key, value.length);

export function checkValueSize(key: string, bytes: number): void {
  if (bytes > MAX_VALUE_BYTES) {
    throw new KvError(
      'tooLarge',
      l10n.t(
        '“{0}” was not written: the value has {1} bytes, and KV takes 25 MiB ({2} bytes) at most.',
        key,
        bytes,
        MAX_VALUE_BYTES,
      ),
      { page: 'value-size' },
    );
  }
}

export function checkMetadata(key: string, metadata: JsonValue | undefined): void {
  const present = presentMetadata(metadata);
  if (present === undefined) return;
  const bytes = byteLength(metadataText(present));
  if (bytes > MAX_METADATA_BYTES) {
    throw new KvError(
      'invalidInput',
      l10n.t(
        '“{0}” was not written: its metadata has {1} bytes, and KV takes {2} at most.',
        key,
        bytes,
        MAX_METADATA_BYTES,
      ),
      { page: 'metadata' },
    );
  }
}

export function checkExpiration(key: string, expiration: number | undefined, now = nowSeconds()): void {
  if (expiration === undefined) return;
  if (!Number.isSafeInteger(expiration) || expiration > MAX_EXPIRATION_SECONDS) {
    throw new KvError(
      'invalidInput',
      l10n.t(
        '“{0}” was not written: its expiration must be a time in Unix seconds, up to {1}.',
        key,
        MAX_EXPIRATION_SECONDS,
      ),
      { page: 'expiration' },
    );
  }
  if (expiration - now < MIN_LIFETIME_SECONDS) {
    throw new KvError(
      'invalidInput',
      expiration <= now
        ? l10n.t(
            '“{0}” was not written: its expiration has passed, and KV needs at least {1} s ahead. Choose a new expiration, or none.',
            key,
            MIN_LIFETIME_SECONDS,
          )
        : l10n.t(
            '“{0}” was not written: it would expire in {1} s, and KV needs at least {2}. Choose a new expiration, or none.',
            key,
            expiration - now,
            MIN_LIFETIME_SECONDS,
          ),
      { page: 'expiration' },
    );
  }
}

/** `now` is in Unix seconds, by the clock that judges the expiration. */
export function checkEntry(entry: KvEntry, now = nowSeconds()): void {
  checkKey(entry.key);
  checkValue(entry.key, entry.value);
  checkMetadata(entry.key, entry.metadata);
  checkExpiration(entry.key, entry.expiration, now);
}
