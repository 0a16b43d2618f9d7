import type { KvEntry } from '../../entry/entry.ts';
import { entryDigest } from '../../entry/entryDigest.ts';
import type { TracedLine } from '../journal/reading.ts';
import type { KeyChange, Step } from '../keyChange.ts';
import { type Chains, linkOf } from './chains.ts';
import { changedBetween, changedSince, expiredSince, movedMeanwhile } from './errors.ts';
import type { UndoLedger } from './undoLedger.ts';
import { type Link, type Unwound, unwind } from './unwind.ts';

/** Undoes the changes of every key separately. */
export async function* keySteps(
  lines: AsyncIterable<TracedLine>,
  chains: Chains['chains'],
  ledger: UndoLedger,
): AsyncGenerator<KeyChange> {
  const counts = new Map<string, number>();
  /** Keys with several lines that are finished. */
  const handled = new Set<string>();
  for await (const line of lines) {
    const { key, isWritten } = line;
    if (isWritten === 'no') continue;
    const chain = chains.get(key);
    if (chain === undefined) {
      yield keyStep(line, ledger);
      continue;
    }
    const at = counts.get(key) ?? 0;
    counts.set(key, at + 1);
    yield restoring(line, ledger, (now) => {
      if (handled.has(key)) return 'none';
      const end = unwind(entryDigest(now), chain);
      const to = end === 'changed' ? at : end === 'asBefore' ? 0 : end.to;
      if (to !== at) {
        if (at < chain.length - 1) return 'none';
        // An earlier line could have been used, but the key has changed since.
        throw movedMeanwhile(key);
      }
      handled.add(key);
      return decide(ledger, line, entryDigest(now), { links: chain, end });
    });
  }
}

/**
 * Undoes the only line of a key. `refuse` throws if the present state must not be overwritten. With `isAgain`, the key
 * is written even if it seems to be restored already.
 */
export function keyStep(
  line: TracedLine,
  ledger: UndoLedger,
  { refuse = () => {}, isAgain = false }: KeyStepOptions = {},
): KeyChange {
  const links = [linkOf(line, ledger.hasEnded)];
  return restoring(line, ledger, (now) => {
    const digest = entryDigest(now);
    return decide(ledger, line, digest, { links, end: unwind(digest, links), refuse: () => refuse(now), isAgain });
  });
}

/** A step that needs as much memory as the old value of the key. */
export const stepOn = ({ key, before }: TracedLine, to: KeyChange['decide']): KeyChange => ({
  key,
  bytes: before?.value.length ?? 0,
  decide: to,
});

const restoring = (line: TracedLine, ledger: UndoLedger, to: KeyChange['decide']): KeyChange => ({
  ...stepOn(line, to),
  onMadeByOthers: () => ledger.foundAsBefore(line.key),
});

function decide(
  ledger: UndoLedger,
  line: TracedLine,
  now: string | undefined,
  { links, end, refuse = () => {}, isAgain = false }: Found,
): Step {
  const { key, before, isForeign, isWritten, kept } = line;
  if (end === 'changed') {
    const isOne = links.length === 1;
    ledger.states.set(key, { digest: now, kept, ...(isOne && { before: links[0]?.before }) });
    return ledger.refuse('changed', changedSince(key), key);
  }
  if (end === 'asBefore') {
    if (isForeign) return ledger.refuse('changed', changedBetween(key), key);
    const isPlain = links.every(({ after }) => after === links[0]?.before);
    // It may be so because it was changed back since, and not by an undo.
    const isPerhapsUntouched = isWritten === 'maybe' && links.length === 1;
    if (!isPlain) ledger.states.set(key, { digest: now, kept, isPerhapsUntouched });
    const mayBeStale = isAgain || kept.at >= (ledger.staleSince ?? Number.POSITIVE_INFINITY);
    if (!mayBeStale || isPlain || ledger.endsTooSoon(before)) return 'skip';
    refuse();
    ledger.noteAgain(key);
    return ledger.restore(line);
  }
  refuse();
  if (ledger.endsTooSoon(before)) return ledger.refuse('expired', expiredSince(key), key);
  if (end.isForeign || isForeign) ledger.noteForeign(key);
  return ledger.restore(line);
}

/** What was found about the key. */
interface Found {
  readonly links: readonly Link[];
  readonly end: Unwound;
  /** Throws if the present state must not be overwritten. */
  readonly refuse?: () => void;
  /** Writes the key even if it seems to be restored already. */
  readonly isAgain?: boolean;
}

interface KeyStepOptions extends Pick<Found, 'isAgain'> {
  readonly refuse?: (now: KvEntry | undefined) => void;
}
