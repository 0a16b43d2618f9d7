import { hash } from 'node:crypto';

/**
 * A place in a listing as we hand it out: a page of the server, and how many of its keys have been told already. The
 * server's pages have 10 keys at least, ours may have fewer.
 */
export interface PagePlace {
  /** Absent for the first page. */
  readonly cursor?: string;
  readonly skip: number;
  /** Pages of the server before this one. */
  readonly pages: number;
  /** Stands for the cursor of an earlier page; see {@link nextPage}. */
  readonly mark?: string;
}

export const START: PagePlace = { skip: 0, pages: 0 };

/**
 * The place behind a whole page; `undefined` where the listing goes round in circles. Nothing but the place itself
 * remembers: a mark is set at every page whose number is a power of two, so that every circle comes upon one (R. P.
 * Brent, "An improved Monte Carlo factorization algorithm", 1980).
 */
export function nextPage({ cursor: last, pages: before, mark }: PagePlace, cursor: string): PagePlace | undefined {
  const own = markOf(cursor);
  if (cursor === last || own === mark) return undefined;
  const pages = before + 1;
  const isMarked = (pages & (pages - 1)) === 0;
  return { skip: 0, pages, cursor, ...(isMarked ? { mark: own } : mark !== undefined && { mark }) };
}

const markOf = (cursor: string): string => hash('sha256', cursor, 'hex').slice(0, 16);

export const encodePlace = ({ cursor = '', skip, pages, mark = '' }: PagePlace): string =>
  `${skip}:${pages}:${mark}:${cursor}`;

/** `undefined` for text that {@link encodePlace} never makes. */
export function decodePlace(text: string): PagePlace | undefined {
  const [, skip, pages, mark, cursor] = /^(\d{1,4}):(\d{1,9}):([0-9a-f]{16})?:(.*)$/s.exec(text) ?? [];
  if (skip === undefined) return undefined;
  return { skip: Number(skip), pages: Number(pages), ...(mark && { mark }), ...(cursor && { cursor }) };
}
