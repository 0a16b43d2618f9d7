import type { Table } from './model.ts';

/** The table as a CSV file. Numbers are not formatted, so that other programs can calculate with them. */
export function csvOf({ columns, rows }: Table): string {
  const lines = [columns.map(({ label }) => label), ...rows];
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/**
 * Text that a spreadsheet takes for a formula. A formula could send away the cells beside it, and names come from
 * whoever wrote the keys.
 */
const FORMULA = /^[=+\-@\t\r]/;

function cellOf(cell: string | number | null): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell ?? '';
  const shown = FORMULA.test(text) ? `'${text}` : text;
  // Cells are separated by semicolons in some languages and by tabs in some programs.
  return /[",;\t\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
