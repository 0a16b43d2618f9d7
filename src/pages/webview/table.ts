import type { RowHead, Table } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { button, element } from './elements.ts';
import { send } from './host.ts';

/** Numbers stand at the right, the first column names its row. */
export function tableOf({ columns, rows, heads }: Table, title: string, language: string): HTMLElement {
  const classOf = (at: number): Record<string, string> =>
    columns[at]?.format === undefined ? {} : { class: 'number' };
  const head = element(
    'tr',
    {},
    ...columns.map(({ label }, at) => element('th', { scope: 'col', ...classOf(at) }, label)),
  );
  const body = rows.map((cells, row) =>
    element(
      'tr',
      {},
      ...cells.map((cell, at) => {
        const format = columns[at]?.format;
        const text =
          typeof cell === 'string' || format === undefined ? String(cell ?? '–') : formatNumber(cell, format, language);
        if (at > 0) return element('td', classOf(at), text);
        return element('th', { scope: 'row', ...classOf(at) }, headOf(heads?.[row] ?? { shown: text }));
      }),
    ),
  );
  const table = element('table', {}, element('caption', { class: 'unseen' }, title));
  table.append(element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': title }, table);
}

const headOf = ({ shown, action }: RowHead): HTMLElement | string =>
  action === undefined
    ? shown
    : button(shown, () => send({ type: 'act', action }), { class: 'link', 'data-focus': `row ${action}` });
