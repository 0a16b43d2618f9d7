import { nowSeconds } from '../core/entry/entry.ts';
import { clockOf, secondsAhead } from '../core/entry/lifetimeClock.ts';
import { type LastMinute, nextTick } from '../core/entry/remaining.ts';
import type { KeyNode } from './nodes.ts';

/** The longest sleep between two looks, in seconds. */
const LONGEST_SLEEP = 60;
/** So many rows may count their last seconds; of more, each is drawn once for its whole last minute. */
const MOST_COUNTING = 100;
/** Rows told at a time: VS Code compares each with every other one. */
export const PORTION = 100;
/** Between two portions, in milliseconds: VS Code gathers what comes within 200 ms. */
const PORTION_MS = 250;

export interface ExpirationClockHost {
  /** The rows that expire, of every level read so far. */
  expiring(): Iterable<KeyNode>;
  /** These rows read differently now. */
  changed(nodes: readonly KeyNode[]): void;
  /** These keys have expired. */
  expired(nodes: readonly KeyNode[]): void;
}

/**
 * Keeps "in 45 s" current and takes expired keys out; runs only while the view is visible. However many rows there are,
 * drawing them anew takes a small part of the time: many are told in portions.
 */
export class ExpirationClock {
  readonly #host: ExpirationClockHost;
  /** Rows that read differently and were not told yet. */
  readonly #pending = new Set<KeyNode>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #visible = false;
  #last = nowSeconds();
  #lastMinute: LastMinute = 'seconds';

  constructor(host: ExpirationClockHost) {
    this.#host = host;
  }

  /** How closely rows tell their last minute now. */
  get lastMinute(): LastMinute {
    return this.#lastMinute;
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.wake();
  }

  /** To be called when rows have come: one of them may change sooner than the next look. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#visible) this.#look();
  }

  #look(): void {
    const now = nowSeconds();
    const expired: KeyNode[] = [];
    const living: { readonly node: KeyNode; readonly expiration: number }[] = [];
    let inLastMinute = 0;
    for (const node of this.#host.expiring()) {
      if (node.expiration === undefined) continue;
      // By the time of this machine, of which all is timed here.
      const expiration = node.expiration - secondsAhead(clockOf(node.namespace.parent.source));
      if (expiration <= now) {
        expired.push(node);
        this.#pending.delete(node);
        continue;
      }
      living.push({ node, expiration });
      if (expiration - now < 60) inLastMinute++;
    }
    const before = this.#lastMinute;
    this.#lastMinute = inLastMinute > MOST_COUNTING ? 'whole' : 'seconds';
    let sleep = Number.POSITIVE_INFINITY;
    for (const { node, expiration } of living) {
      const isReworded = this.#lastMinute !== before && expiration - now < 60;
      const isDue = this.#last + nextTick(expiration, this.#last, before) <= now;
      if (isReworded || isDue) this.#pending.add(node);
      sleep = Math.min(sleep, nextTick(expiration, now, this.#lastMinute));
    }
    this.#last = now;
    if (expired.length > 0) this.#host.expired(expired);
    if (this.#telling === undefined) this.#tell();
    if (sleep !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#look(), Math.min(sleep, LONGEST_SLEEP) * 1000);
    }
  }

  #tell(): void {
    this.#telling = undefined;
    const portion = [...this.#pending].slice(0, PORTION);
    if (portion.length === 0) return;
    for (const node of portion) this.#pending.delete(node);
    this.#host.changed(portion);
    if (this.#pending.size > 0) this.#telling = setTimeout(() => this.#tell(), PORTION_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
  }
}
