import type { SpaceQuery } from '../../core/space/space.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import type { Fault, NamespaceFiles } from '../sqlite/protocol.ts';

/** What a thread is started with: a part of the keys. */
export interface SpaceThreadData {
  readonly files: NamespaceFiles;
  readonly query: SpaceQuery;
  /** The first key of the part. */
  readonly from: string;
  /** The first key behind it; absent for the last part. */
  readonly to?: string;
  /** Whether the part is large enough that it is best found among all rows. */
  readonly areMost: boolean;
  /** One 32-bit number, shared by all threads: how many keys were gone through. */
  readonly progress: SharedArrayBuffer;
}

export type SpaceReply = { readonly part: TallyPart } | { readonly fault: Fault };
