import * as l10n from '@vscode/l10n';
import type { Activity, ActivityEvent } from '../store/activity.ts';
import { shortText } from '../store/names.ts';
import { countText } from '../text/countText.ts';
import { type CheckItem, item } from './item.ts';

const SECOND_MS = 1000;
/**
 * Events may arrive slightly out of order because the checks overlap, so times are remembered for longer than the one
 * second that is counted.
 */
const REMEMBERED_MS = 3 * SECOND_MS;
/** A delete is noticed some time after it was made. */
const NOTICED_MS = SECOND_MS;
/** The most keys remembered as written too often, and the most that are named. */
const MOST_OFTEN = 1000;
const MOST_NAMED = 10;
/** When this many keys are remembered, times that are too old to count are dropped. */
const MOST_REMEMBERED = 5000;

/** A key that was written more than once within a second. */
export interface OftenWritten {
  /** Id of the namespace. */
  readonly namespace: string;
  readonly key: string;
  /** The most writes within one second. */
  readonly perSecond: number;
}

/** What happened to a key in the last seconds, in Unix milliseconds. */
interface Recent {
  /** When it was put, in order. */
  readonly puts: number[];
  /** When its last delete was noticed. */
  deleted: number;
}

/** Measures how often keys are written, from the activity of a source. */
export class WriteRates {
  readonly #recent = new Map<string, Recent>();
  readonly #often = new Map<string, OftenWritten>();
  readonly #doubtful = new Map<string, Omit<OftenWritten, 'perSecond'>>();
  #writes = 0;
  #unseen = 0;
  #hasGaps = false;
  #newest = 0;

  add(events: readonly ActivityEvent[]): void {
    for (const event of events) {
      if ('key' in event) {
        if (event.what === 'put') this.#put(event.namespace, event.key, event.at);
        if (event.what === 'delete') this.#deleted(event.namespace, event.key, event.at);
      } else if (event.what === 'lost') this.#hasGaps = true;
      else this.#unseen += event.count;
    }
    if (this.#recent.size > MOST_REMEMBERED) this.#forgetOld();
  }

  /** Writes whose key was seen. */
  get writes(): number {
    return this.#writes;
  }

  /** The least number of writes whose keys were not seen. */
  get unseen(): number {
    return this.#unseen;
  }

  /** Whether there were times at which writes could not be observed. */
  get hasGaps(): boolean {
    return this.#hasGaps;
  }

  /** The most written first. */
  get often(): readonly OftenWritten[] {
    return [...this.#often.values()].sort((a, b) => b.perSecond - a.perSecond);
  }

  /** Some of the keys that were put and deleted, perhaps within one second. */
  get doubtful(): readonly Omit<OftenWritten, 'perSecond'>[] {
    return [...this.#doubtful].flatMap(([id, one]) => (this.#often.has(id) ? [] : one));
  }

  #put(namespace: string, key: string, at: number): void {
    this.#writes++;
    this.#newest = Math.max(this.#newest, at);
    const id = JSON.stringify([namespace, key]);
    const recent = this.#recentOf(id);
    this.#count(id, { namespace, key, perSecond: mostInASecond(recent.puts, insert(recent.puts, at)) });
    // It was made before, and nobody knows how long before.
    if (Math.abs(at - recent.deleted) < SECOND_MS) this.#doubt(id, { namespace, key });
  }

  /** It was made after the last put, and at the latest when it was noticed. */
  #deleted(namespace: string, key: string, at: number): void {
    this.#newest = Math.max(this.#newest, at);
    const id = JSON.stringify([namespace, key]);
    const recent = this.#recentOf(id);
    recent.deleted = at;
    const since = (ms: number): number => recent.puts.filter((time) => at - time < ms).length;
    this.#count(id, { namespace, key, perSecond: since(SECOND_MS) + 1 });
    if (since(SECOND_MS + NOTICED_MS) > 0) this.#doubt(id, { namespace, key });
  }

  #recentOf(id: string): Recent {
    const known = this.#recent.get(id);
    if (known) return known;
    const recent: Recent = { puts: [], deleted: Number.NEGATIVE_INFINITY };
    this.#recent.set(id, recent);
    return recent;
  }

  #count(id: string, one: OftenWritten): void {
    const known = this.#often.get(id);
    if (one.perSecond <= (known?.perSecond ?? 1) || (known === undefined && this.#often.size >= MOST_OFTEN)) return;
    this.#often.set(id, one);
  }

  #doubt(id: string, one: Omit<OftenWritten, 'perSecond'>): void {
    if (this.#doubtful.size < MOST_OFTEN) this.#doubtful.set(id, one);
  }

  #forgetOld(): void {
    for (const [id, { puts, deleted }] of this.#recent) {
      if (this.#newest - Math.max(puts.at(-1) ?? deleted, deleted) >= REMEMBERED_MS) this.#recent.delete(id);
    }
  }
}

/** Inserts a time in order, removes times that are too old, and returns the index of the new one. */
function insert(times: number[], at: number): number {
  const old = times.findIndex((time) => at - time < REMEMBERED_MS);
  // Old times are few, or all of them; usually there are none.
  if (old !== 0) times.splice(0, old < 0 ? times.length : old);
  let place = times.length;
  while (place > 0 && (times[place - 1] ?? at) > at) place--;
  times.splice(place, 0, at);
  return place;
}

/** The most writes within any one second that includes the time at `place`. */
function mostInASecond(times: readonly number[], place: number): number {
  const at = times[place] ?? 0;
  let first = place;
  while (first > 0 && at - (times[first - 1] ?? 0) < SECOND_MS) first--;
  let most = 0;
  for (let last = place; last < times.length && (times[last] ?? 0) - at < SECOND_MS; last++) {
    while ((times[last] ?? 0) - (times[first] ?? 0) >= SECOND_MS) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** A project's local data and the writes seen there; `rates` is `undefined` if its activity is not being shown. */
export interface WatchedSource {
  readonly source: string;
  /** The name for the source in sentences. */
  readonly where: string;
  readonly rates: Pick<WriteRates, 'writes' | 'unseen' | 'hasGaps' | 'often' | 'doubtful'> | undefined;
  /** Of its namespaces; all of them when absent. */
  readonly extent?: Activity['extent'] | undefined;
}

/** Whether any key was written more than once per second, as far as writes were observed. */
export function writeRateItem({ source, where, rates, extent }: WatchedSource): CheckItem {
  if (rates === undefined) {
    const text = l10n.t(
      'Nobody has watched how often keys are written ({0}). Run “Show Activity”, use the Worker, and check again.',
      where,
    );
    return item('write-rate', 'unknown', [{ text }]);
  }
  const { writes, unseen, hasGaps, often, doubtful } = rates;
  const passedOver =
    extent === undefined || extent.followed === extent.all
      ? []
      : [
          {
            text: l10n.t(
              'Only {0} of {1} namespaces are followed: those that were written last.',
              countText(extent.followed),
              countText(extent.all),
            ),
          },
        ];
  const unseenWrites =
    unseen === 0
      ? []
      : [
          {
            text: l10n.t(
              'Of some writes it could not be seen which keys they were of ({0}): at least {1}.',
              where,
              countText(unseen),
            ),
          },
        ];
  const gaps = hasGaps
    ? [
        {
          text: l10n.t(
            'For a while it could not be seen what was written ({0}): the data was gone, or not to be read.',
            where,
          ),
        },
      ]
    : [];
  const doubts = doubtful.slice(0, MOST_NAMED).map(({ namespace: id, key }) => ({
    text: l10n.t('“{0}” was put and deleted, perhaps within a second.', shortText(key)),
    key: { source, id, key },
  }));
  const missed = [...doubts, ...unseenWrites, ...gaps, ...passedOver];
  if (often.length > 0) {
    const more = often.length - MOST_NAMED;
    const counted = more > 0 ? [{ text: l10n.t('… and {0} more', countText(more)) }] : [];
    const named = often.slice(0, MOST_NAMED).map(({ namespace: id, key, perSecond }) => ({
      text: l10n.t('“{0}” was written {1} times within a second.', shortText(key), perSecond),
      key: { source, id, key },
    }));
    return item('write-rate', 'failed', [...named, ...counted, ...missed]);
  }
  if (missed.length > 0) return item('write-rate', 'unknown', missed);
  return writes === 0
    ? item('write-rate', 'unknown', [
        {
          text: l10n.t(
            'Nothing was written since the activity is shown ({0}). Use the Worker, and check again.',
            where,
          ),
        },
      ])
    : item('write-rate', 'passed', [
        {
          text: l10n.t(
            'Since the activity is shown no key was written twice in a second ({0}). Writes seen: {1}.',
            where,
            countText(writes),
          ),
        },
      ]);
}
