/** Names and their values: a JSON object or a TOML table. */
export type Table = Readonly<Record<string, unknown>>;

/** Whether a value is a table. Arrays and TOML's dates are not. */
export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
