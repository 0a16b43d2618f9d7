import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

/** A Worker that puts, lists and reads on demand, and reports what failed. */
export const loadScript = `
export default {
  async fetch(request, env) {
    const { puts, reads } = await request.json();
    const failed = [];
    const attempt = async (what, run) => {
      try { return await run(); } catch (error) { failed.push(what + ': ' + error.message); }
    };
    await Promise.all(puts.map(([key, value]) => attempt('put ' + key, () => env.KV.put(key, value))));
    await attempt('list', () => env.KV.list({ prefix: 'worker:', limit: 10 }));
    for (const key of reads) {
      const value = await attempt('get ' + key, () => env.KV.get(key));
      if (value === null) failed.push('get ' + key + ': null');
    }
    return Response.json({ failed });
  },
};`;

const KEYS = 500;
const PUTS_PER_REQUEST = 20;
const REQUESTS_AT_ONCE = 4;

/** What the Worker has done so far. */
export interface LoadOutcome {
  /** Puts that the Worker reported as done. */
  readonly puts: number;
  readonly perSecond: number;
  readonly failed: readonly string[];
}

/** Makes the Worker of {@link loadScript} put a number of times per second, list, and read keys that we write. */
export class WorkerLoad {
  /** Existing keys of ours, which the Worker reads with each request. */
  readonly reads: readonly string[];
  readonly #fetch: (body: string) => Promise<Response>;
  readonly #done: Promise<void>;
  readonly #failed: string[] = [];
  /** The last confirmed value, and one that may have been written after it. */
  readonly #values = new Map<string, { sure: number; maybe: number }>();
  readonly #start = performance.now();
  #puts = 0;
  /** Larger than those of any earlier load. */
  #next = Date.now();
  #isEnding = false;

  /** If `fetch` rejects, there is no server, which does not count as a failure of the Worker. */
  constructor(perSecond: number, reads: readonly string[], fetch: (body: string) => Promise<Response>) {
    this.reads = reads;
    this.#fetch = fetch;
    const pauseMs = (1000 * PUTS_PER_REQUEST) / perSecond;
    this.#done = this.#run(pauseMs);
  }

  get outcome(): LoadOutcome {
    const seconds = (performance.now() - this.#start) / 1000;
    return { puts: this.#puts, perSecond: this.#puts / seconds, failed: this.#failed };
  }

  async end(): Promise<LoadOutcome> {
    this.#isEnding = true;
    const { outcome } = this;
    await this.#done;
    return { ...outcome, puts: this.#puts, failed: this.#failed };
  }

  /**
   * Asserts that nothing the Worker wrote was lost: each key has the last confirmed value, or one that the Worker tried
   * to write after it.
   */
  assertKept(values: ReadonlyMap<string, string>): void {
    for (const [key, { sure, maybe }] of this.#values) {
      const value = Number(values.get(key) ?? 0);
      assert.ok(value >= sure && value <= maybe, `${key} is ${value}, was put as ${sure}, at most ${maybe}`);
    }
  }

  async #run(pauseMs: number): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!this.#isEnding) {
      if (running.size < REQUESTS_AT_ONCE) {
        const request = this.#request().finally(() => running.delete(request));
        running.add(request);
      }
      await wait(pauseMs);
    }
    await Promise.all(running);
  }

  async #request(): Promise<void> {
    const numbers = Array.from({ length: PUTS_PER_REQUEST }, () => this.#next++);
    const puts = numbers.map((number) => [`worker:${number % KEYS}`, number] as const);
    for (const [key, number] of puts) this.#values.set(key, { sure: 0, ...this.#values.get(key), maybe: number });
    let failed: readonly string[];
    try {
      const reply = await this.#fetch(
        JSON.stringify({ puts: puts.map(([key, number]) => [key, String(number)]), reads: this.reads }),
      );
      ({ failed } = JSON.parse(await reply.text()));
    } catch {
      return;
    }
    this.#failed.push(...failed);
    for (const [key, number] of puts) {
      if (failed.some((text) => text.startsWith(`put ${key}:`))) continue;
      this.#values.set(key, { sure: number, maybe: this.#values.get(key)?.maybe ?? number });
      this.#puts++;
    }
  }
}
