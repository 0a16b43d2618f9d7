/*
 * Days as Cloudflare counts them: of UTC, wherever somebody looks from, written `YYYY-MM-DD`.
 */

const DAY_MS = 86_400_000;

/** The day of a time in milliseconds since 1970. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** So many days later, or earlier. */
export const dayAfter = (day: string, days: number): string => dayOf(startOf(day) + days * DAY_MS);

/** From the first to the last, both included. */
export function daysBetween(first: string, last: string): readonly string[] {
  const count = Math.round((startOf(last) - startOf(first)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) => dayAfter(first, at));
}

export const monthStart = (day: string): string => `${day.slice(0, 7)}-01`;

export function daysInMonth(day: string): number {
  const first = new Date(startOf(monthStart(day)));
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
}

/** How many days of its month have passed at a time, today's part included. */
export const daysIntoMonth = (ms: number): number => (ms - startOf(monthStart(dayOf(ms)))) / DAY_MS;

/** How many days have passed from the beginning of a day to a time, today's part included. */
export const daysSince = (day: string, ms: number): number => (ms - startOf(day)) / DAY_MS;
