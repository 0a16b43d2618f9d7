/**
 * A place in a listing as we hand it out: a page of the server, and how many of its keys have been told already. The
 * server's pages have 10 keys at least, ours may have fewer.
 */
export interface PagePlace {
  /** Absent for the first page. */
  readonly cursor?: string;
  readonly skip: number;
}

export const START: PagePlace = { skip: 0 };

export const encodePlace = ({ cursor = '', skip }: PagePlace): string => `${skip}:${cursor}`;

/** `undefined` for text that {@link encodePlace} never makes. */
export function decodePlace(text: string): PagePlace | undefined {
  const [, skip, cursor] = /^(\d{1,4}):(.*)$/s.exec(text) ?? [];
  if (skip === undefined) return undefined;
  return { skip: Number(skip), ...(cursor && { cursor }) };
}
