import { lstatSync } from 'node:fs';
import { errnoOf } from '../../core/base/errno.ts';
import type { KeyEvent, SeenEntry } from '../../core/store/activity.ts';
import { FaultError } from './fault.ts';
import { Followed } from './followed.ts';
import { Handles } from './handles.ts';
import { KeptValues, MOST_KEPT_BYTES } from './keptValues.ts';
import type { FollowResult, NamespaceFiles, Operations } from './protocol.ts';
import { readValueFile, valuePath } from './valueFile.ts';

/**
 * How many values, written last, to read before anything happens, so that they can be shown after they were replaced.
 */
const MOST_READ_AT_FIRST = 2000;
/** Other requests to the thread run between the parts. */
const READ_IN_A_PART = 200;
const NEWEST = 'SELECT blob_id FROM _mf_entries ORDER BY rowid DESC LIMIT ?';
/** If more writes come at once, only the newest values are read. */
const MOST_READ_AT_ONCE = 1000;

/** A number: when the database was first seen missing, in Unix milliseconds. */
type State = Followed | number;

interface Start {
  /** Something to report may have been written to it already. */
  readonly isNew: boolean;
  /** The values that are still to be read, once they are known. */
  values?: string[];
}

/**
 * Reports what happens to the keys of some databases, and keeps their small values for a while. Each database takes a
 * handle until it is no longer followed, so the caller must limit their number.
 */
export class Follower {
  /** What is known of a database is kept in its handle, so no handle may be closed to make room for another. */
  readonly #handles = new Handles(undefined, undefined, Number.POSITIVE_INFINITY);
  readonly #states = new Map<string, State>();
  readonly #kept = new KeptValues();
  /** Databases whose current rows are being taken, a part at a time. */
  readonly #starting = new WeakMap<Followed, Start>();

  follow({ files, since }: Operations['follow']['args'], now: number): FollowResult {
    const { database } = files;
    try {
      const handle = this.#handles.get(database);
      const known = this.#states.get(database);
      if (known instanceof Followed && handle === known.handle) {
        return this.#starting.has(known) ? this.#start(files, known, now) : this.#resultOf(files, known, now);
      }
      // Rows written before the database was seen missing were restored with it or copied in, so they are not new.
      const from = known === undefined ? since : known instanceof Followed ? undefined : known;
      if (handle === undefined) {
        this.#states.set(database, from ?? now);
        return { events: [], unseen: 0, isStart: typeof known !== 'number' };
      }
      const followed = new Followed(handle, from);
      this.#states.set(database, followed);
      if (followed.isTaken) return this.#resultOf(files, followed, now);
      this.#starting.set(followed, { isNew: from !== undefined });
      return this.#start(files, followed, now);
    } catch (error) {
      // What is known may be incomplete, so the database is followed anew.
      this.#handles.drop(database);
      throw error;
    }
  }

  unfollow(databases: readonly string[]): undefined {
    for (const database of databases) {
      this.#states.delete(database);
      this.#handles.drop(database);
    }
    if (this.#states.size === 0) this.#kept.clear();
  }

  /** A copy, because it goes to the other thread. */
  value(name: string): Uint8Array<ArrayBuffer> | null {
    return this.#kept.get(name)?.slice() ?? null;
  }

  #resultOf(files: NamespaceFiles, followed: Followed, now: number): FollowResult {
    const { events, unseen } = followed.look(now);
    const readFrom = events.length - MOST_READ_AT_ONCE;
    return {
      events: events.map((event, at) => this.#withSizes(files, event, at >= readFrom)),
      unseen,
      isStart: false,
      ...(followed.isSearching && { isPart: true }),
    };
  }

  #withSizes(files: NamespaceFiles, event: KeyEvent, isRead: boolean): KeyEvent {
    const { before, after } = event;
    const known = before && this.#kept.get(before.value)?.length;
    return {
      ...event,
      ...(before && known !== undefined && { before: { ...before, size: known } }),
      ...(after && { after: this.#written(files, after, isRead) }),
    };
  }

  #written(files: NamespaceFiles, entry: SeenEntry, isRead: boolean): SeenEntry {
    const size = sizeOf(files, entry.value);
    if (size === undefined) return entry;
    if (isRead && size <= MOST_KEPT_BYTES) this.#keep(files, entry.value);
    return { ...entry, size };
  }

  #start(files: NamespaceFiles, followed: Followed, now: number): FollowResult {
    const start = this.#starting.get(followed);
    const isDone = followed.take(now) && (start === undefined || this.#readNewest(files, followed, start));
    if (isDone) this.#starting.delete(followed);
    const isNew = start?.isNew === true;
    return { events: [], unseen: 0, isStart: isDone && !isNew, ...((!isDone || isNew) && { isPart: true }) };
  }

  /** Reads some more of the values that were written last; true once there are enough. */
  #readNewest(files: NamespaceFiles, followed: Followed, start: Start): boolean {
    start.values ??= followed.handle
      .prepare(NEWEST)
      .all(MOST_READ_AT_FIRST)
      .flatMap(({ blob_id }) => (typeof blob_id === 'string' ? blob_id : []));
    for (const name of start.values.splice(0, READ_IN_A_PART)) {
      const size = sizeOf(files, name);
      if (size === undefined || size > MOST_KEPT_BYTES) continue;
      if (this.#kept.isFullFor(size)) return true;
      this.#keep(files, name);
    }
    return start.values.length === 0;
  }

  #keep(files: NamespaceFiles, name: string): void {
    const value = ifThere(() => readValueFile(valuePath(files, name)));
    if (value !== undefined) this.#kept.add(name, value);
  }
}

const sizeOf = (files: NamespaceFiles, name: string): number | undefined =>
  ifThere(() => {
    const found = lstatSync(valuePath(files, name), { throwIfNoEntry: false });
    return found?.isFile() ? found.size : undefined;
  });

/** A problem with one value is ignored here: then the only thing known of it is that it was written. */
function ifThere<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof FaultError || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
