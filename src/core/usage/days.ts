/*
 * Days as Cloudflare counts them: UTC days, whatever the user's time zone, written as `YYYY-MM-DD`.
 */

const DAY_MS = 86_400_000;

/** The day of a time in Unix milliseconds. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** The day this many days later, or earlier if negative. */
export const dayAfter = (day: string, days: number): string => dayOf(startOf(day) + days * DAY_MS);

/** All days from the first to the last, both included. */
export function daysBetween(first: string, last: string): readonly string[] {
  const count = Math.round((startOf(last) - startOf(first)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) => dayAfter(first, at));
}

export const monthStart = (day: string): string => `${day.slice(0, 7)}-01`;

export function daysInMonth(day: string): number {
  const first = new Date(startOf(monthStart(day)));
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
}

/** How many days of the month have passed at a time, including the part of the current day. */
export const daysIntoMonth = (ms: number): number => (ms - startOf(monthStart(dayOf(ms)))) / DAY_MS;

/** How many days have passed from the start of a day to a time, including the part of the current day. */
export const daysSince = (day: string, ms: number): number => (ms - startOf(day)) / DAY_MS;
