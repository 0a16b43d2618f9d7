/** The cursor with which any local store goes on after a key: its base64, as in Miniflare. */
export const cursorAfter = (key: string): string => Buffer.from(key, 'utf8').toString('base64');
