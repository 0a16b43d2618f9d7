import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { MAX_EXPIRATION_SECONDS, MIN_LIFETIME_SECONDS } from './limits.ts';
import { asPlain } from './metadataJson.ts';

export { formatInstant, formatIso, formatRemaining, nextTick, speakRemaining } from './remaining.ts';

/** An expiration as given in commands, entry documents and bulk files. At most one of the two may be set. */
export interface ExpirationInput {
  /** Unix seconds as a number or as digits, an ISO 8601 string, or `null` for none. */
  readonly expiration?: unknown;
  /** Seconds from now. */
  readonly expirationTtl?: unknown;
}

export interface ExpirationOptions {
  /**
   * Whether a person typed it: then a text without a time zone is local time. Otherwise such a text is refused, and a
   * date alone is UTC.
   */
  readonly typed?: boolean;
}

/**
 * The requested expiration in Unix seconds; `null` for none, `undefined` if not specified. Throws a KvError of kind
 * `invalidInput` that names the key and the field, also for a time that KV refuses (less than 60 s ahead).
 */
export function parseExpiration(
  key: string,
  input: ExpirationInput,
  now: number,
  options: ExpirationOptions = {},
): number | null | undefined {
  const { expiration, expirationTtl } = input;
  if (expiration !== undefined && expirationTtl !== undefined) {
    throw refused(key, l10n.t('“expiration” and “expirationTtl” exclude each other. Give one of them.'));
  }
  if (expirationTtl !== undefined) return fromTtl(key, expirationTtl, now);
  if (expiration === undefined || expiration === null) return expiration;
  const seconds = parseInstant(key, expiration, options);
  if (seconds - now < MIN_LIFETIME_SECONDS) throw refused(key, tooSoon(seconds - now));
  return seconds;
}

/** Added to the shortest TTL, which would otherwise be too short by the time it is written. */
const ON_THE_WAY_SECONDS = 3;

/** The time of an expiration in Unix seconds, which may be in the past. Otherwise like {@link parseExpiration}. */
export function parseInstant(key: string, expiration: unknown, options: ExpirationOptions = {}): number {
  const seconds = instant(expiration, options.typed === true);
  if (typeof seconds !== 'number') throw refused(key, seconds.problem);
  if (seconds > MAX_EXPIRATION_SECONDS) throw refused(key, tooLate(seconds));
  return seconds;
}

function fromTtl(key: string, ttl: unknown, now: number): number {
  const seconds = wholeNumber(ttl);
  if (seconds === undefined) {
    throw refused(key, l10n.t('“expirationTtl” must be a whole number of seconds.'));
  }
  if (seconds < MIN_LIFETIME_SECONDS) {
    throw refused(key, l10n.t('“expirationTtl” is {0} s, and KV needs at least {1}.', seconds, MIN_LIFETIME_SECONDS));
  }
  if (now + seconds > MAX_EXPIRATION_SECONDS) {
    throw refused(key, l10n.t('“expirationTtl” is too large: KV takes times until {0}.', LAST_INSTANT));
  }
  return ttlEnd(seconds, now);
}

/** When a TTL ends, in Unix seconds. A TTL shorter than the minimum is extended to it. */
export const ttlEnd = (seconds: number, now: number): number =>
  now + Math.max(seconds, MIN_LIFETIME_SECONDS + ON_THE_WAY_SECONDS);

function instant(value: unknown, typed: boolean): number | { problem: string } {
  const seconds = wholeNumber(value);
  if (seconds !== undefined) return seconds;
  if (typeof value !== 'string') return { problem: notATime() };
  const match = ISO.exec(value.trim());
  if (!match?.groups) return { problem: notATime() };
  const { year, month, day, hour = '0', minute = '0', second = '0', zone } = match.groups;
  const parts = [year, month, day, hour, minute, second].map(Number);
  const utc = utcSeconds(parts);
  if (utc === undefined) return { problem: l10n.t('“expiration” is no date of the calendar: {0}.', value) };
  if (zone !== undefined) {
    const offset = zoneSeconds(zone);
    return offset === undefined ? { problem: notATime() } : utc - offset;
  }
  if (typed) return localSeconds(parts);
  if (match.groups.hour === undefined) return utc;
  return { problem: l10n.t('“expiration” has no time zone: add “Z” for UTC, or an offset such as “+02:00”.') };
}

const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[Tt ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,]\d+)?)?(?<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * Unix seconds of a UTC time given as year, month (from 1), day, hour, minute, second; `undefined` if there is no such
 * time.
 */
function utcSeconds(parts: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const same =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return same ? date.getTime() / 1000 : undefined;
}

function localSeconds(parts: readonly number[]): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setFullYear(year, month - 1, day);
  date.setHours(hour, minute, second);
  return date.getTime() / 1000;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : asPlain(value);
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

const refused = (key: string, problem: string): KvError =>
  new KvError('invalidInput', l10n.t('“{0}” was not written: {1}', key, problem));

const notATime = (): string =>
  l10n.t('“expiration” must be a time such as “2026-12-01T00:00:00Z”, Unix seconds, or null for none.');

const LAST_INSTANT = '2038-01-19T03:14:07Z';

function tooLate(seconds: number): string {
  const asMilliseconds = Math.floor(seconds / 1000);
  return asMilliseconds <= MAX_EXPIRATION_SECONDS && asMilliseconds > 1_000_000_000
    ? l10n.t('“expiration” looks like milliseconds: in Unix seconds it is {0}.', asMilliseconds)
    : l10n.t('“expiration” is too late: KV takes times until {0}.', LAST_INSTANT);
}

function tooSoon(remaining: number): string {
  return remaining <= 0
    ? l10n.t(
        '“expiration” has passed, and KV needs at least {0} s ahead. Choose a later time, or none.',
        MIN_LIFETIME_SECONDS,
      )
    : l10n.t(
        '“expiration” is {0} s ahead, and KV needs at least {1}. Choose a later time, or none.',
        Math.ceil(remaining),
        MIN_LIFETIME_SECONDS,
      );
}
