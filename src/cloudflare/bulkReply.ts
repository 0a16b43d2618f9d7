import type { ComparedKeys } from './comparedKeys.ts';

/** What the server tells of a request's keys. */
export interface BulkReply {
  /** Keys that were left undone. */
  readonly undone: readonly string[];
  /** How many were done, where it says so. */
  readonly done?: number;
}

/**
 * The keys that an answer does not say to be done. What it leaves open is lost, and read again before it is sent again.
 */
export function unaccounted({ undone, done }: BulkReply, compared: ComparedKeys): ReadonlySet<string> {
  const named = new Set(undone);
  const { left } = compared;
  const isWhole = undone.every((key) => left.has(key)) && (done === undefined || done + named.size === left.size);
  if (isWhole) return named;
  const detail = 'a bulk answer that does not account for its keys';
  compared.lose(
    { kind: 'strange', detail },
    [...left].filter((key) => !named.has(key)),
  );
  return left;
}
