import type { NamespaceRef } from '../store/namespaceRef.ts';
import type { TextRange } from '../text/textRange.ts';

/** What a project is checked for before it goes into production, in the order of the report. */
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

/** `unknown`: nobody can tell; the evidence says why. */
export type CheckState = 'passed' | 'failed' | 'unknown';

/** Where a file shows it. */
export interface CheckPlace {
  /** Absolute. */
  readonly path: string;
  readonly range: TextRange;
  /** Names a problem that nothing else marks in the file. */
  readonly problem?: string;
}

export interface CheckEvidence {
  /** A sentence. Never a value. */
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

/** Failed where there is anything against it, else what the rest says. */
export const unlessFailed = (
  id: CheckId,
  against: readonly CheckEvidence[],
  rest: { readonly state: 'passed' | 'unknown'; readonly text: string },
): CheckItem =>
  against.length > 0
    ? item(id, 'failed', against)
    : item(id, rest.state, rest.text === '' ? [] : [{ text: rest.text }]);

/**
 * One item of each id, in their order: what fails anywhere has failed, and what is unknown anywhere is not passed. Of
 * an item that has failed only what speaks against it is kept, then what is not known.
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
