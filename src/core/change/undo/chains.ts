import { entryDigest } from '../../entry/entryDigest.ts';
import { KeySet } from '../../keys/keySet.ts';
import { isDamagedJournal } from '../journal/errors.ts';
import type { TracedLine } from '../journal/reading.ts';
import type { Link } from './unwind.ts';

/** Whether a state with this expiration, in Unix seconds, has expired. */
export type HasEnded = (ends: number | undefined) => boolean;

/** A line as digests. Whether it has expired is judged when the link is used. */
export const linkOf = ({ before, after, ends, earlier }: TracedLine, hasEnded: HasEnded): Link => ({
  before: entryDigest(before),
  after,
  get isEnded() {
    return hasEnded(ends);
  },
  ...(earlier && { earlier }),
});

export interface Chains {
  /** The links of keys that have several, because several runs of the work have changed them. */
  readonly chains: ReadonlyMap<string, readonly Link[]>;
  /**
   * The number of lines to undo. Later lines were added by another window that resumes the work, and are not undone.
   */
  readonly total: number;
  /** The same, including lines that cannot be read. */
  readonly lines: number;
  /** A part of the journal cannot be read. */
  readonly isDamaged: boolean;
}

/** Reads all lines, of which there may be many. */
export async function chainsOf(lines: () => AsyncIterable<TracedLine>, hasEnded: HasEnded): Promise<Chains> {
  const seen = new KeySet();
  const chains = new Map<string, Link[]>();
  let [total, all] = [0, 0];
  let isDamaged = false;
  try {
    for await (const { key, isWritten, index = total } of lines()) {
      total++;
      all = index + 1;
      if (isWritten !== 'no' && !seen.add(key)) chains.set(key, []);
    }
  } catch (error) {
    if (!isDamagedJournal(error)) throw error;
    isDamaged = true;
  }
  for await (const line of first(chains.size === 0 ? 0 : total, lines())) {
    if (line.isWritten !== 'no') chains.get(line.key)?.push(linkOf(line, hasEnded));
  }
  return { chains, total, lines: all, isDamaged };
}

/** The first `count` items, at most. */
export async function* first<T>(count: number, items: AsyncIterable<T>): AsyncGenerator<T> {
  let at = 0;
  if (count === 0) return;
  for await (const item of items) {
    yield item;
    if (++at === count) return;
  }
}
