import type { Cut, Hit } from './hits.ts';

/** What the thread is started with. */
export interface RegexThreadData {
  readonly source: string;
  readonly flags: string;
  /** Two 32-bit numbers: {@link TEXT} and {@link LINE}. */
  readonly progress: SharedArrayBuffer;
}

/** Place of the number, from 0, of the text of the request that is being matched; {@link IDLE} between requests. */
export const TEXT = 0;
/** Place of a number that moves with every line. */
export const LINE = 1;
export const IDLE = -1;

export interface RegexRequest {
  readonly texts: readonly string[];
  readonly cut: Cut;
}

/** The results of the next texts of the request, in their order; null where the expression failed on the text. */
export type RegexReply = readonly (readonly Hit[] | null)[];
