import { nowSeconds } from '../core/entry/entry.ts';
import { nextTick } from '../core/entry/remaining.ts';
import type { KeyNode } from './nodes.ts';

/** The longest sleep between two looks, in seconds. */
const LONGEST_SLEEP = 60;

export interface ExpirationClockHost {
  /** The rows that expire, of every level read so far. */
  expiring(): Iterable<KeyNode>;
  /** These rows read differently now. */
  changed(nodes: readonly KeyNode[]): void;
  /** These keys have expired. */
  expired(nodes: readonly KeyNode[]): void;
}

/** Keeps "in 45 s" current and takes expired keys out; runs only while the view is visible. */
export class ExpirationClock {
  readonly #host: ExpirationClockHost;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #visible = false;
  #last = nowSeconds();

  constructor(host: ExpirationClockHost) {
    this.#host = host;
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
    const changed: KeyNode[] = [];
    const expired: KeyNode[] = [];
    let sleep = Number.POSITIVE_INFINITY;
    for (const node of this.#host.expiring()) {
      if (node.expiration === undefined) continue;
      if (node.expiration <= now) expired.push(node);
      else {
        if (this.#last + nextTick(node.expiration, this.#last) <= now) changed.push(node);
        sleep = Math.min(sleep, nextTick(node.expiration, now));
      }
    }
    this.#last = now;
    if (expired.length > 0) this.#host.expired(expired);
    if (changed.length > 0) this.#host.changed(changed);
    if (sleep !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#look(), Math.min(sleep, LONGEST_SLEEP) * 1000);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
