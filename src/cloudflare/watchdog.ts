import type { Timing } from '../core/base/timing.ts';

/** Gives up on a request that is silent for too long, up to the last byte of its body, or that is cancelled. */
export class Watchdog {
  readonly #timing: Timing;
  readonly #stop = new AbortController();
  readonly #cancelled: AbortSignal | undefined;
  readonly #onCancel = (): void => this.#stop.abort();
  #turnOff: () => void;
  #hasBitten = false;

  /** The first wait, until there are headers, begins now. */
  constructor(timing: Timing, answerMs: number, cancelled: AbortSignal | undefined) {
    this.#timing = timing;
    this.#cancelled = cancelled;
    cancelled?.addEventListener('abort', this.#onCancel, { once: true });
    if (cancelled?.aborted) this.#stop.abort();
    this.#turnOff = this.#set(answerMs);
  }

  /** For the request: aborted when it must end, whichever way. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** True when the request was given up because it was silent. */
  get hasBitten(): boolean {
    return this.#hasBitten;
  }

  /** The whole body; no two parts of it may be further apart than `stallMs`. */
  async body(response: Response, stallMs: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const rewind = (): void => {
      this.#turnOff();
      this.#turnOff = this.#set(stallMs);
    };
    rewind();
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      rewind();
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  dispose(): void {
    this.#turnOff();
    this.#cancelled?.removeEventListener('abort', this.#onCancel);
  }

  #set(ms: number): () => void {
    return this.#timing.alarm(ms, () => {
      this.#hasBitten = true;
      this.#stop.abort();
    });
  }
}
