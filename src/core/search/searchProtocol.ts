import type { Cut, Hit } from './hits.ts';

/** What the thread is started with. */
export interface SearchThreadData {
  readonly pattern: { readonly text: string } | { readonly source: string; readonly flags: string };
  /** Two 32-bit numbers: {@link TEXT} and {@link LINE}. */
  readonly progress: SharedArrayBuffer;
}

/** Place of the number, from 0, of the text of the request that is being matched; {@link IDLE} between requests. */
export const TEXT = 0;
/** Place of a number that moves with every line. */
export const LINE = 1;
export const IDLE = -1;

/** A text as it is, or as its UTF-8 bytes, which cost the sender next to nothing. */
export type SearchedText = string | Uint8Array;

export interface SearchRequest {
  readonly texts: readonly SearchedText[];
  readonly cut: Cut;
}

/** The results of the next texts of the request, in their order; null where the expression failed on the text. */
export type SearchReply = readonly (readonly Hit[] | null)[];

export const textOf = (text: SearchedText): string =>
  typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8');
