import type { ComparedKeys } from './comparedKeys.ts';

/** What the server says about the keys of a request. */
export interface BulkReply {
  /** Keys that were not processed. */
  readonly undone: readonly string[];
  /** How many keys were processed, if the server says so. */
  readonly done?: number;
}

/**
 * The keys that an answer does not confirm. If it leaves a key open, the answer counts as lost for it, and the key is
 * read before it is sent again.
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
