import type { Picture, RowHead } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { button, element } from './elements.ts';
import { send } from './host.ts';

/** Numbers are right-aligned. The first column is the head of its row. */
export function tableOf({ id, title, table: given }: Picture, language: string): HTMLElement {
  const { columns, rows, heads } = given;
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
        return element('th', { scope: 'row', ...classOf(at) }, headOf(heads?.[row] ?? { shown: text }, id));
      }),
    ),
  );
  const table = element('table', {}, element('caption', { class: 'unseen' }, title));
  table.append(element('thead', {}, head), element('tbody', {}, ...body));
  const region = { class: 'table', tabindex: '0', role: 'region', 'aria-label': title, 'data-focus': `rows ${id}` };
  return element('div', region, table);
}

const headOf = ({ shown, action }: RowHead, picture: string): HTMLElement | string =>
  action === undefined
    ? shown
    : button(shown, () => send({ type: 'act', action }), {
        class: 'link',
        'data-focus': `row ${picture} ${action}`,
      });
