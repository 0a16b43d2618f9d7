/** The columns of a CSV that we write; one that is read has the first two, in any order, and any of the others. */
export const CSV_COLUMNS = ['key', 'value', 'base64', 'metadata', 'expiration'] as const;
export type CsvColumn = (typeof CSV_COLUMNS)[number];
