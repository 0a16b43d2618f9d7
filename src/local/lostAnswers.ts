import type { KvError } from '../core/base/errors.ts';
import type { Expectation } from '../core/store/store.ts';
import { settleDoubts, stillInDoubt } from './doubts.ts';
import type { WriteFailure } from './localWriter.ts';
import type { WriteDeed } from './sentences.ts';

interface Settled {
  /** Positions that are still to be written. */
  readonly open: readonly number[];
  readonly failed: readonly WriteFailure[];
}

/**
 * Remembers the keys of a batch for which an attempt was sent and its answer lost. Whatever a later attempt reports, it
 * stays uncertain whether they were written.
 */
export class LostAnswers {
  readonly #deed: WriteDeed;
  readonly #keys: readonly string[];
  /** The first uncertain error of each key. */
  readonly #lost = new Map<string, KvError>();

  constructor(deed: WriteDeed, keys: readonly string[]) {
    this.#deed = deed;
    this.#keys = keys;
  }

  /** The failure to report, given what was lost before. */
  note(failure: WriteFailure): WriteFailure {
    const { index, error } = failure;
    const key = this.#keys[index] ?? '';
    const lost = this.#lost.get(key);
    if (lost === undefined) {
      if (error.uncertain) this.#lost.set(key, error);
      return failure;
    }
    return { ...failure, error: stillInDoubt(error, lost, this.#deed, key) };
  }

  /** Finds out what became of the lost keys among `open`, before another attempt. */
  async settle(
    open: readonly number[],
    expected: Expectation | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Settled> {
    if (this.#lost.size === 0) return { open, failed: [] };
    const keys = new Set(open.map((index) => this.#keys[index]));
    const lost = new Map([...this.#lost].filter(([key]) => keys.has(key)));
    const settlements = await settleDoubts(lost, this.#deed, expected, signal);
    const failed: WriteFailure[] = [];
    const left = open.filter((index) => {
      const settlement = settlements.get(this.#keys[index] ?? '') ?? 'again';
      if (typeof settlement === 'object') failed.push({ index, error: settlement.error });
      return settlement === 'again';
    });
    return { open: left, failed };
  }
}
