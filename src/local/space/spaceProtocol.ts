import type { SpaceQuery } from '../../core/space/space.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import type { Fault, NamespaceFiles } from '../sqlite/protocol.ts';

/** A part of the keys to be added up. */
export interface SpaceTask {
  readonly files: NamespaceFiles;
  readonly query: SpaceQuery;
  /** The first key of the part. */
  readonly from: string;
  /** The first key behind it; absent for the last part. */
  readonly to?: string;
  /** Whether the part is large enough that it is best found among all rows. */
  readonly areMost: boolean;
  /** Whether who adds them up works in the folder of the values. */
  readonly isThere: boolean;
}

/** How many more keys were gone through; at last the part, or why there is none. */
export type SpaceReply = { readonly keys: number } | { readonly part: TallyPart } | { readonly fault: Fault };
