/*
 * Narrowing of what an answer holds.
 */
export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export const tablesOf = (value: unknown): readonly Table[] => (isList(value) ? value.filter(isTable) : []);
