import type { Table } from './model.ts';

/** The table as a file: numbers as they are, so that other programs can count on. */
export function csvOf({ columns, rows }: Table): string {
  const lines = [columns.map(({ label }) => label), ...rows];
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/**
 * What a spreadsheet takes for a formula, which can send away what stands beside it: names come from whoever wrote the
 * keys.
 */
const FORMULA = /^[=+\-@\t\r]/;

function cellOf(cell: string | number | null): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell ?? '';
  const shown = FORMULA.test(text) ? `'${text}` : text;
  // In some languages semicolons part the cells, and in some programs tabs.
  return /[",;\t\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
