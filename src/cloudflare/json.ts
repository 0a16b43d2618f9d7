import { isTable, type Table } from '../core/base/table.ts';

/*
 * Narrows the types in an answer.
 */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export const tablesOf = (value: unknown): readonly Table[] => (isList(value) ? value.filter(isTable) : []);
