/** Names and what they stand for: an object of JSON, a table of TOML. */
export type Table = Readonly<Record<string, unknown>>;

/** Lists are none, nor are TOML's dates. */
export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
