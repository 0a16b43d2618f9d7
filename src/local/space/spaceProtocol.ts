import type { Space, SpaceQuery } from '../../core/space/space.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import type { Fault, NamespaceFiles } from '../sqlite/protocol.ts';

/** A namespace to count. */
export interface SpaceTask {
  readonly files: NamespaceFiles;
  readonly query: SpaceQuery;
  /** From this many keys on, processes count the parts. */
  readonly processesFrom: number;
}

/** The number of additional keys processed; finally the space, or why it could not be measured. */
export type SpaceReply = { readonly keys: number } | { readonly space: Space } | { readonly fault: Fault };

/** The keys of a namespace from one key up to another. */
export interface KeyRange {
  readonly from: string;
  /** The first key after the range; absent if there is none. */
  readonly to?: string;
}

/** A range of the row numbers that SQLite assigns. */
export interface RowRange {
  readonly after: number;
  /** The last row; absent for all that follow. */
  readonly upTo?: number;
}

/** With `rows`, keys come in whatever order is fastest to read; without, in key order. */
export interface SpacePart extends KeyRange {
  /** The rows among which these keys are found, as of one moment. */
  readonly rows?: RowRange;
}

export interface PartTask extends Pick<SpaceTask, 'files' | 'query'> {
  readonly part: SpacePart;
  /** Whether the worker runs in the folder of the values. */
  readonly isThere: boolean;
}

/**
 * The number of additional keys processed, first sent once the moment is fixed as of which they are read; finally the
 * result of the part, or why it is not known.
 */
export type PartReply = { readonly keys: number } | { readonly part: TallyPart } | { readonly fault: Fault };
