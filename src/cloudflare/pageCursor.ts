import { hash } from 'node:crypto';

/**
 * A position in a listing, as it is handed out: a page of the server, and how many of its keys have been returned
 * already. The server's pages have at least 10 keys; those returned here may have fewer.
 */
export interface PagePlace {
  /** Absent for the first page. */
  readonly cursor?: string;
  readonly skip: number;
  /** Number of the server's pages before this one. */
  readonly pages: number;
  /** A hash of the cursor of an earlier page; see {@link nextPage}. */
  readonly mark?: string;
}

export const START: PagePlace = { skip: 0, pages: 0 };

/**
 * The position after a whole page; `undefined` if the listing runs in circles. The position itself holds all that is
 * needed to detect this: every page whose number is a power of two sets a mark, which any circle eventually reaches
 * again (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980).
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

/** `undefined` for text that {@link encodePlace} never produces. */
export function decodePlace(text: string): PagePlace | undefined {
  const [, skip, pages, mark, cursor] = /^(\d{1,4}):(\d{1,9}):([0-9a-f]{16})?:(.*)$/s.exec(text) ?? [];
  if (skip === undefined) return undefined;
  return { skip: Number(skip), pages: Number(pages), ...(mark && { mark }), ...(cursor && { cursor }) };
}
