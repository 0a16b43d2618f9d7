import * as l10n from '@vscode/l10n';
import { locale } from '../text/locale.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From this on, the date is more useful than the number of days. */
const DATE_FROM = 60 * DAY;

/** "2026-12-01T00:00:00Z", or `undefined` for a time after the year 9999, which this format cannot express. */
export function formatIso(expiration: number): string | undefined {
  if (!Number.isSafeInteger(expiration) || expiration < 0 || expiration > LAST_OF_9999) return undefined;
  return new Date(expiration * 1000).toISOString().replace('.000Z', 'Z');
}

const LAST_OF_9999 = 253_402_300_799;

/** How the last minute is shown: with its seconds, or just as the last minute. */
export type LastMinute = 'seconds' | 'whole';

type Unit = 's' | 'lastMinute' | 'min' | 'h' | 'days' | 'date';

/** The unit for a remaining time, and its length in seconds. Hours go up to 48, so days are always plural. */
function unitOf(remaining: number, lastMinute: LastMinute): readonly [unit: Unit, seconds: number] {
  if (remaining < MINUTE) return lastMinute === 'seconds' ? ['s', 1] : ['lastMinute', MINUTE];
  if (remaining < HOUR) return ['min', MINUTE];
  if (remaining < 2 * DAY) return ['h', HOUR];
  return remaining < DATE_FROM ? ['days', DAY] : ['date', DATE_FROM];
}

type Texts = Readonly<Record<Exclude<Unit, 'date'>, (count: number) => string>>;

const shortTexts: Texts = {
  s: (count) => l10n.t('in {0} s', count),
  lastMinute: () => l10n.t('in under 1 min'),
  min: (count) => l10n.t('in {0} min', count),
  h: (count) => l10n.t('in {0} h', count),
  days: (count) => l10n.t('in {0} days', count),
};

const spokenTexts: Texts = {
  s: (count) => (count === 1 ? l10n.t('in 1 second') : l10n.t('in {0} seconds', count)),
  lastMinute: () => l10n.t('in under a minute'),
  min: (count) => (count === 1 ? l10n.t('in 1 minute') : l10n.t('in {0} minutes', count)),
  h: (count) => (count === 1 ? l10n.t('in 1 hour') : l10n.t('in {0} hours', count)),
  days: (count) => l10n.t('in {0} days', count),
};

/** "in 45 s", "in 5 min", "in 3 h", "in 12 days"; from 60 days on, the date. Times are in Unix seconds. */
export const formatRemaining = (expiration: number, now: number, lastMinute: LastMinute = 'seconds'): string =>
  inWords(expiration, now, shortTexts, lastMinute);

/** Like {@link formatRemaining}, but with whole words, for screen readers: "in 1 minute", "in 12 days". */
export const speakRemaining = (expiration: number, now: number, lastMinute: LastMinute = 'seconds'): string =>
  inWords(expiration, now, spokenTexts, lastMinute);

function inWords(expiration: number, now: number, texts: Texts, lastMinute: LastMinute): string {
  const remaining = Math.ceil(expiration - now);
  if (remaining <= 0) return l10n.t('expired');
  const [unit, seconds] = unitOf(remaining, lastMinute);
  return unit === 'date' ? formatDate(expiration) : texts[unit](Math.floor(remaining / seconds));
}

/**
 * Seconds until the result of {@link formatRemaining} changes; `Infinity` once it says "expired". May be longer than a
 * timer supports (24.8 days).
 */
export function nextTick(expiration: number, now: number, lastMinute: LastMinute = 'seconds'): number {
  const remaining = Math.ceil(expiration - now);
  if (remaining <= 0) return Number.POSITIVE_INFINITY;
  const [unit, seconds] = unitOf(remaining, lastMinute);
  if (unit === 'lastMinute') return remaining;
  return unit === 'date' ? remaining - DATE_FROM + 1 : (remaining % seconds) + 1;
}

/** "21 Nov 2026, 12:40:00" in local time. */
export function formatInstant(expiration: number): string {
  return formatIso(expiration) === undefined
    ? l10n.t('{0} in Unix seconds', expiration)
    : l10n.t('{0}, {1}', formatDate(expiration), time().format(expiration * 1000));
}

function formatDate(expiration: number): string {
  return formatIso(expiration) === undefined ? l10n.t('after the year {0}', 9999) : date().format(expiration * 1000);
}

const date = (): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', year: 'numeric' });
const time = (): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
