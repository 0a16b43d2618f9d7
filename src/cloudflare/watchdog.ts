import type { Timing } from '../core/base/timing.ts';

/** Aborts a request that is silent for too long, until the last byte of its body, or that is cancelled. */
export class Watchdog {
  readonly #timing: Timing;
  readonly #stop = new AbortController();
  readonly #cancelled: AbortSignal | undefined;
  readonly #onCancel = (): void => this.#stop.abort();
  #turnOff: () => void;
  #hasBitten = false;

  /** Starts the first wait, until the headers arrive. */
  constructor(timing: Timing, answerMs: number, cancelled: AbortSignal | undefined) {
    this.#timing = timing;
    this.#cancelled = cancelled;
    cancelled?.addEventListener('abort', this.#onCancel, { once: true });
    if (cancelled?.aborted) this.#stop.abort();
    this.#turnOff = this.#set(answerMs);
  }

  /** Pass this to the request. It is aborted when the request must end, for whatever reason. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** True if the request was aborted because it was silent. */
  get hasBitten(): boolean {
    return this.#hasBitten;
  }

  /** Reads the whole body. The gap between two parts must not exceed `stallMs`. */
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
