import type { Cut, Hit } from './hits.ts';

/** The data that the thread is started with. */
export interface SearchThreadData {
  readonly pattern: { readonly text: string } | { readonly source: string; readonly flags: string };
  /** Two 32-bit numbers, at {@link TEXT} and {@link LINE}. */
  readonly progress: SharedArrayBuffer;
}

/** Index of the number that holds the position, from 0, of the text being matched; {@link IDLE} between requests. */
export const TEXT = 0;
/** Index of a number that changes with every line. */
export const LINE = 1;
export const IDLE = -1;

/** A string, or its UTF-8 bytes, which are very cheap to send. */
export type SearchedText = string | Uint8Array;

export interface SearchRequest {
  readonly texts: readonly SearchedText[];
  readonly cut: Cut;
}

/** The results of the next texts of the request, in order; null if the expression failed on a text. */
export type SearchReply = readonly (readonly Hit[] | null)[];

export const textOf = (text: SearchedText): string =>
  typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8');
