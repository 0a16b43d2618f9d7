import { formatIso } from '../entry/remaining.ts';
import type { ActivityEvent, KeyEvent } from './activity.ts';

/** The number of rows kept. Beyond that, the oldest rows are dropped. */
export const MOST_ROWS_KEPT = 10_000;

export interface ActivityFilter {
  /** Part of a key, ignoring case; empty for all keys. */
  readonly text: string;
  /** Id of a namespace; absent for all namespaces. */
  readonly namespace?: string | undefined;
}

const NO_FILTER: ActivityFilter = { text: '' };

export interface ActivityRow {
  /** Counts from 1, and goes on when the list is cleared. */
  readonly number: number;
  readonly event: ActivityEvent;
}

/** Keeps the latest events as rows. While it is paused, the list does not change and new events wait. */
export class ActivityLog {
  /** Oldest first. */
  #rows: ActivityRow[] = [];
  #waiting: ActivityRow[] = [];
  #waitingCount = 0;
  #number = 0;
  #isPaused = false;
  filter = NO_FILTER;

  /** Returns whether the list has changed. */
  add(events: readonly ActivityEvent[]): boolean {
    const rows = events.map((event) => ({ number: ++this.#number, event }));
    if (this.#isPaused) {
      this.#waiting = newest(joined(this.#waiting, rows));
      this.#waitingCount += rows.length;
    } else this.#rows = newest(joined(this.#rows, rows));
    return !this.#isPaused && rows.length > 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) return;
    this.#rows = newest(joined(this.#rows, this.#waiting));
    this.#letGo();
  }

  /** Also discards the waiting events. */
  clear(): void {
    this.#rows = [];
    this.#letGo();
  }

  #letGo(): void {
    this.#waiting = [];
    this.#waitingCount = 0;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** The number of events since the list was paused, even if more than are kept. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /** The rows that pass the filter, newest first. */
  shown(): readonly ActivityRow[] {
    return this.#rows.filter(({ event }) => passes(event, this.filter)).reverse();
  }
}

/** Sorted by time: namespaces are checked one after the other, and expired keys are found later. */
function joined(before: readonly ActivityRow[], more: readonly ActivityRow[]): ActivityRow[] {
  const all = [...before, ...more];
  let last = before.at(-1)?.event.at ?? Number.NEGATIVE_INFINITY;
  for (const { event } of more) {
    if (event.at < last) return all.sort((a, b) => a.event.at - b.event.at || a.number - b.number);
    last = event.at;
  }
  return all;
}

const newest = (rows: ActivityRow[]): ActivityRow[] =>
  rows.length > MOST_ROWS_KEPT ? rows.slice(rows.length - MOST_ROWS_KEPT) : rows;

function passes(event: ActivityEvent, { text, namespace }: ActivityFilter): boolean {
  if (namespace !== undefined && event.namespace !== namespace) return false;
  if (text === '') return true;
  return 'key' in event && event.key.toLowerCase().includes(text.toLowerCase());
}

/** What a put changed besides the value. */
export function changedExtras({ before, after }: KeyEvent): {
  readonly metadata: boolean;
  readonly expiration: boolean;
} {
  return {
    metadata: after !== undefined && before?.metadata !== after.metadata,
    expiration: after !== undefined && before?.expiration !== after.expiration,
  };
}

/** A row as a line of NDJSON. Values are left out because they may hold anything. */
export function activityLine({ event }: ActivityRow, title: string): string {
  const { namespace: id, at, what } = event;
  const base = { time: new Date(at).toISOString(), namespace: { id, title } };
  if (!('key' in event)) return JSON.stringify({ ...base, what, ...(event.count > 0 && { count: event.count }) });
  const { key, before, after } = event;
  const changed = changedExtras(event);
  return JSON.stringify({
    ...base,
    what,
    key,
    ...(what === 'put' && { isNew: before === undefined }),
    ...(after?.size !== undefined && { size: after.size }),
    ...(before?.size !== undefined && { sizeBefore: before.size }),
    ...(after?.metadata !== undefined && { metadata: after.metadata }),
    ...(changed.metadata && { metadataChanged: true }),
    ...(after?.expiration !== undefined && { expiration: formatIso(after.expiration) ?? after.expiration }),
    ...(changed.expiration && { expirationChanged: true }),
  });
}
