/** Text of a file without the byte order mark at its beginning, if it has one. */
export const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);
