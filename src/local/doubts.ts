import type { KvError } from '../core/base/errors.ts';
import type { Expectation, KeyReview } from '../core/store/store.ts';
import { movedInDoubt } from './faultErrors.ts';
import type { WriteDeed } from './sentences.ts';

/** What to do about a key whose write attempt was not answered. */
export type Settlement = 'done' | 'again' | { readonly error: KvError };

/**
 * Finds out what became of keys whose answers were lost, before anything is sent again. A key that is now as the write
 * makes it is done, one that is as before may be written again, and one that somebody else has changed is left alone
 * and stays uncertain. A write that relies on nothing may always be sent again. `lost` has the uncertain error of each
 * key. Never rejects.
 */
export async function settleDoubts(
  lost: ReadonlyMap<string, KvError>,
  deed: WriteDeed,
  expected: Expectation | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Settlement>> {
  const keys = [...lost.keys()];
  if (expected === undefined || keys.length === 0) return new Map(keys.map((key) => [key, 'again']));
  let reviews: ReadonlyMap<string, KeyReview>;
  try {
    reviews = await expected.review(keys, signal);
  } catch {
    // What cannot be reviewed stays uncertain.
    reviews = new Map();
  }
  const settlement = (key: string, error: KvError): Settlement => {
    switch (reviews.get(key)) {
      case 'written':
        return 'done';
      case 'unchanged':
        return 'again';
      case 'moved':
        return { error: movedInDoubt(deed, key, error) };
      default:
        return { error };
    }
  };
  return new Map([...lost].map(([key, error]) => [key, settlement(key, error)]));
}

/** The error of a later attempt at a key whose answer was lost before: it cannot make the outcome certain. */
export function stillInDoubt(error: KvError, lost: KvError, deed: WriteDeed, key: string): KvError {
  if (error.uncertain) return error;
  return error.kind === 'conflict' ? movedInDoubt(deed, key, error) : lost;
}
