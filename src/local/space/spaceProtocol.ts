import type { Space, SpaceQuery } from '../../core/space/space.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import type { Fault, NamespaceFiles } from '../sqlite/protocol.ts';

/** A namespace to be added up. */
export interface SpaceTask {
  readonly files: NamespaceFiles;
  readonly query: SpaceQuery;
  /** From so many keys on processes add up the parts. */
  readonly processesFrom: number;
}

/** How many more keys were gone through; at last the space, or why there is none. */
export type SpaceReply = { readonly keys: number } | { readonly space: Space } | { readonly fault: Fault };

/** The keys of a namespace from one on, up to another. */
export interface KeyRange {
  readonly from: string;
  /** The first key behind them; absent where there is none. */
  readonly to?: string;
}

/** Rows by the numbers that SQLite gives them. */
export interface RowRange {
  readonly after: number;
  /** The last of them; absent for all that follow. */
  readonly upTo?: number;
}

/** Keys in whatever order they come, in which rows are found soonest; without `rows` in their own. */
export interface SpacePart extends KeyRange {
  /** Where the rows of these keys are looked for, as of one moment. */
  readonly rows?: RowRange;
}

export interface PartTask extends Pick<SpaceTask, 'files' | 'query'> {
  readonly part: SpacePart;
  /** Whether who adds them up works in the folder of the values. */
  readonly isThere: boolean;
}

/**
 * How many more keys were gone through, first once the moment is fixed as of which they are read; at last what they
 * came to, or why it is not known.
 */
export type PartReply = { readonly keys: number } | { readonly part: TallyPart } | { readonly fault: Fault };
