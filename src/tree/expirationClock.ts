import { nowSeconds } from '../core/entry/entry.ts';
import { clockOf, secondsAhead } from '../core/entry/lifetimeClock.ts';
import { type LastMinute, nextTick } from '../core/entry/remaining.ts';
import type { KeyNode } from './nodes.ts';

/** The longest sleep between two looks, in seconds. */
const LONGEST_SLEEP = 60;
/**
 * With up to this many rows in their last minute, each counts its seconds. With more, each row is drawn only once for
 * that whole minute.
 */
const MOST_COUNTING = 100;
/** Rows reported at once. Limited because VS Code compares each with every other one. */
export const PORTION = 100;
/** Pause between two portions, in milliseconds. Longer than 200 ms, the time for which VS Code gathers changes. */
const PORTION_MS = 250;

export interface ExpirationClockHost {
  /** The rows with an expiration, of every level read so far. */
  expiring(): Iterable<KeyNode>;
  /** The text of these rows has changed. */
  changed(nodes: readonly KeyNode[]): void;
  /** These keys have expired. */
  expired(nodes: readonly KeyNode[]): void;
}

/**
 * Keeps "in 45 s" current and removes expired keys. Runs only while the view is visible. Many rows are reported in
 * portions, so that redrawing takes little of the time.
 */
export class ExpirationClock {
  readonly #host: ExpirationClockHost;
  /** Rows whose text has changed but that have not been reported yet. */
  readonly #pending = new Set<KeyNode>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #visible = false;
  #last = nowSeconds();
  #lastMinute: LastMinute = 'seconds';

  constructor(host: ExpirationClockHost) {
    this.#host = host;
  }

  /** How rows currently show their last minute. */
  get lastMinute(): LastMinute {
    return this.#lastMinute;
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.wake();
  }

  /** Call this when rows have been added: one of them may change before the next look. */
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
      // In this machine's time, which all timing here uses.
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
