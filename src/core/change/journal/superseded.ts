import { entryDigest } from '../../entry/entryDigest.ts';
import type { JournalHead } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { isOfOtherChange, type JournalInfo } from './journalInfo.ts';
import { compareMoments, type Moment, provenOrder } from './moment.ts';
import { headIn, sessionChanges, type TracedLine, tracedChange, tracedLines } from './reading.ts';

/** The present state of a key that is not the one that the journal's change gave it. */
export interface PresentState {
  /** `undefined` for a missing key. */
  readonly digest: string | undefined;
  /** When the journal's own line was kept. */
  readonly kept: Moment;
  /** The state before that line; absent if it does not matter. */
  readonly before?: string | undefined;
  /** The state is as before, and the change may not have been written, so perhaps nothing has changed the key. */
  readonly isPerhapsUntouched?: boolean;
}

export interface PresentStates {
  readonly states: ReadonlyMap<string, PresentState>;
  /** The current time in Unix seconds. */
  readonly now: number;
}

/** The next change of a key after the one in question. */
interface Next {
  readonly kept: Moment;
  /** A digest. */
  readonly before: string | undefined;
  readonly isCertain: boolean;
}

export interface Superseded {
  readonly keys: ReadonlySet<string>;
  /**
   * Those of the keys for which nothing speaks against it: the later change was certainly written, and is later at least
   * by the clock.
   */
  readonly known: ReadonlySet<string>;
}

/** Whether a state with this expiration, in Unix seconds, has expired. */
export const hasEnded = (ends: number | undefined, now: number): boolean => ends !== undefined && ends <= now;

/**
 * The keys whose present state was made by a later change of the namespace: once that is undone, this change can be
 * undone too. Leaves out a key that was already as before when the next change found it, because nothing is left to
 * undo. If a journal cannot be read now, these are all keys, because that journal may have changed any of them.
 */
export async function supersededKeys(
  folder: JournalFolder,
  info: JournalInfo,
  { states, now }: PresentStates,
): Promise<Superseded> {
  const superseded = new Set<string>();
  const known = new Set<string>();
  if (states.size === 0) return { keys: superseded, known };
  const next = new Map<string, Next>();
  const isOther = (head: JournalHead | undefined) => head !== undefined && isOfOtherChange(info, head);
  const note = ({ key, before, after, ends, isWritten, kept }: TracedLine): void => {
    const state = states.get(key);
    if (state === undefined || isWritten === 'no') return;
    const order = provenOrder(kept, state.kept);
    // If nothing proves that the line came before, the present state of the key decides. If the key may be untouched,
    // its state says nothing, so the clock decides.
    const isEarlier = compareMoments(kept, state.kept) < 0;
    const isBefore = state.isPerhapsUntouched ? isEarlier : order !== undefined && order < 0;
    if (isBefore) return;
    if (state.digest === after || (state.digest === undefined && hasEnded(ends, now))) {
      superseded.add(key);
      if (isWritten === 'yes' && !isEarlier) known.add(key);
    }
    const found = entryDigest(before);
    // A change that leaves a key as it is may have been written by another window before the change that was recorded
    // first.
    if (found === after) return;
    const noted = next.get(key);
    const isNext = noted === undefined || compareMoments(kept, noted.kept) < 0;
    if (isNext) next.set(key, { kept, before: found, isCertain: isWritten === 'yes' && order !== undefined });
  };
  const failure = await folder.each(async (file) => {
    if (file.kind === 'session') {
      for (const change of (await sessionChanges(file)).values()) {
        if (isOther(change.head)) for (const line of tracedChange(change)) note(line);
      }
    } else if (isOther(await headIn(file))) {
      for await (const line of tracedLines(file)) note(line);
    }
  });
  for (const [key, { before, isCertain }] of next) {
    const state = states.get(key);
    // If the next change may not have been written, the one after it may have found what this change made.
    if (!isCertain || !state || !('before' in state) || state.before !== before) continue;
    superseded.delete(key);
    known.delete(key);
  }
  return { keys: failure === undefined ? superseded : new Set(states.keys()), known };
}
