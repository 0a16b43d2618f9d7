import type { NamespaceRef } from '../store/namespaceRef.ts';
import type { TextRange } from '../text/textRange.ts';

/** The checks of a project before it goes into production, in the order of the report. */
export const checkIds = [
  'separate-namespaces',
  'environments',
  'public-ids',
  'types',
  'expirations',
  'limits',
  'secrets',
  'cache-ttl',
  'bulk-reads',
  'list-complete',
  'retries',
  'null-handling',
  'write-rate',
  'cost',
] as const;
export type CheckId = (typeof checkIds)[number];

/** `unknown`: this cannot be determined; the evidence says why. */
export type CheckState = 'passed' | 'failed' | 'unknown';

/** The place in a file that shows it. */
export interface CheckPlace {
  /** Absolute path. */
  readonly path: string;
  readonly range: TextRange;
  /** The text of a problem that nothing else marks in the file. */
  readonly problem?: string;
}

export interface CheckEvidence {
  /** A sentence. It never contains a value. */
  readonly text: string;
  readonly place?: CheckPlace;
  /** The key that shows it. */
  readonly key?: NamespaceRef & { readonly key: string };
}

export interface CheckItem {
  readonly id: CheckId;
  readonly state: CheckState;
  readonly evidence: readonly CheckEvidence[];
}

export const item = (id: CheckId, state: CheckState, evidence: readonly CheckEvidence[]): CheckItem => ({
  id,
  state,
  evidence,
});

/** Failed if there is any evidence against it, otherwise the state of the rest. */
export const unlessFailed = (
  id: CheckId,
  against: readonly CheckEvidence[],
  rest: { readonly state: 'passed' | 'unknown'; readonly text: string },
): CheckItem =>
  against.length > 0
    ? item(id, 'failed', against)
    : item(id, rest.state, rest.text === '' ? [] : [{ text: rest.text }]);

/**
 * Combines items so that there is one for each id, in order. If any has failed, the result has failed; if any is
 * unknown, the result has not passed. A failed item keeps only the evidence against it, followed by what is unknown.
 */
export function merged(items: readonly CheckItem[]): readonly CheckItem[] {
  return checkIds.flatMap((id) => {
    const same = items.filter((one) => one.id === id);
    if (same.length === 0) return [];
    const of = (state: CheckState) => same.filter((one) => one.state === state);
    const evidence = (...states: readonly CheckState[]) => states.flatMap(of).flatMap((one) => one.evidence);
    if (of('failed').length > 0) return item(id, 'failed', evidence('failed', 'unknown'));
    if (of('unknown').length > 0) return item(id, 'unknown', evidence('unknown', 'passed'));
    return item(id, 'passed', evidence('passed'));
  });
}
