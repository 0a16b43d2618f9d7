/** The columns of an exported CSV. An imported one needs the first two, in any order; the others are optional. */
export const CSV_COLUMNS = ['key', 'value', 'base64', 'metadata', 'expiration'] as const;
export type CsvColumn = (typeof CSV_COLUMNS)[number];
