import type { Table } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { element } from './elements.ts';

/** Numbers stand at the right, the first column names its row. */
export function tableOf({ columns, rows }: Table, title: string, language: string): HTMLElement {
  const classOf = (at: number): Record<string, string> =>
    columns[at]?.format === undefined ? {} : { class: 'number' };
  const head = element(
    'tr',
    {},
    ...columns.map(({ label }, at) => element('th', { scope: 'col', ...classOf(at) }, label)),
  );
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      ...cells.map((cell, at) => {
        const format = columns[at]?.format;
        const text =
          typeof cell === 'string' || format === undefined ? String(cell ?? '–') : formatNumber(cell, format, language);
        return at === 0 ? element('th', { scope: 'row', ...classOf(at) }, text) : element('td', classOf(at), text);
      }),
    ),
  );
  const table = element('table', {}, element('caption', { class: 'unseen' }, title));
  table.append(element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': title }, table);
}
