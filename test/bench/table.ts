import type { Figure } from './figure.ts';

const rowsOf = (figures: readonly Figure[]): string[][] => [
  ['work', 'must reach', 'measured', 'result'],
  ...figures.map(({ work, mustReach, measured, ok }) => [work, mustReach, measured, ok ? 'pass' : 'FAIL']),
];

/** The figures in columns, for a terminal. */
export function table(figures: readonly Figure[]): string {
  const rows = rowsOf(figures);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return rows.map(line).join('\n');
}

/** The figures as a table in Markdown. */
export function markdown(figures: readonly Figure[]): string {
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...rows] = rowsOf(figures);
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
