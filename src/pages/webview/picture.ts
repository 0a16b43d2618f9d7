import { csvOf } from '../shared/csv.ts';
import type { Chart, PageModel, Picture } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { button, element } from './elements.ts';
import { rememberFocus, restoreMark } from './focus.ts';
import { keep, kept, send } from './host.ts';
import { hideTip, makeReachable } from './marks.ts';
import { restoreScroll } from './scroll.ts';
import { svgText } from './svgText.ts';
import { tableOf } from './table.ts';

/** Loaded separately, because it is large and only pictures need it. */
const charts = import('./charts.ts');

/** From then on, pictures are drawn as soon as they have a width. */
export const whenDrawable: Promise<unknown> = charts;

const redrawn = new Map<Element, (width: number) => void>();
const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) redrawn.get(target)?.(contentRect.width);
});

/** Call this before the page is redrawn. */
export function forgetPictures(): void {
  hideTip();
  sizes.disconnect();
  redrawn.clear();
}

/** A picture with its title, its buttons, and its chart or table. */
export function pictureOf(picture: Picture, model: PageModel): HTMLElement {
  const { id, title, chart, table, empty } = picture;
  const { texts, language } = model;
  const titleId = titleIdOf(picture);
  const figure = element('figure', { 'aria-labelledby': titleId, 'data-picture': id });
  const heading = element('h3', { id: titleId }, title);
  if (empty !== undefined) {
    figure.append(heading, element('p', { class: 'empty' }, empty));
    return figure;
  }
  const body = element('div', { class: 'body' });
  const tools = element('div', { class: 'tools', role: 'toolbar', 'aria-label': title });
  const show = (asTable: boolean): void => {
    hideTip();
    sizes.unobserve(body);
    redrawn.delete(body);
    body.replaceChildren();
    const svg = (): SVGSVGElement | null => body.querySelector('svg');
    const tool = (label: string, name: string, press: () => void): HTMLButtonElement =>
      button(label, press, { 'data-focus': `${name} ${id}` });
    const saveTable = (): void => send({ type: 'save', picture: id, form: 'csv', text: csvOf(table) });
    const actions = [tool(texts.saveTable, 'csv', saveTable)];
    if (chart && !asTable) {
      drawInto(body, chart, picture, model);
      actions.unshift(
        tool(texts.copyPicture, 'copy', () => withPicture(svg(), (text) => send({ type: 'copyPicture', text }))),
        tool(texts.savePicture, 'svg', () =>
          withPicture(svg(), (text) => send({ type: 'save', picture: id, form: 'svg', text })),
        ),
      );
    } else body.append(tableOf(picture, language));
    tools.replaceChildren(...(chart ? [toggle(asTable)] : []), ...actions);
  };
  const toggle = (asTable: boolean): HTMLButtonElement => {
    const made = button(
      texts.showTable,
      () => {
        const others = kept().tables.filter((one) => one !== id);
        keep({ tables: asTable ? others : [...others, id] });
        show(!asTable);
        tools.querySelector('button')?.focus();
      },
      { 'aria-pressed': String(asTable), 'data-focus': `table ${id}` },
    );
    return made;
  };
  show(!chart || kept().tables.includes(id));
  figure.append(element('figcaption', {}, heading, tools), body);
  return figure;
}

const titleIdOf = ({ id }: Picture): string => `title-${id}`;

function withPicture(svg: SVGSVGElement | null, use: (text: string) => void): void {
  if (svg) use(svgText(svg));
}

/** Draws the chart, and redraws it whenever its width changes. */
function drawInto(body: HTMLElement, chart: Chart, picture: Picture, { language, texts }: PageModel): void {
  const place = element('div', { class: 'drawing', 'data-drawn': picture.id });
  body.append(...('series' in chart && chart.series.length > 1 ? [legendOf(chart.series)] : []), place);
  let drawnWidth = 0;
  redrawn.set(body, (width) => {
    const room = Math.floor(width);
    if (room <= 0 || room === drawnWidth) return;
    drawnWidth = room;
    void charts.then(({ draw }) => {
      if (room !== drawnWidth) return;
      const format = (value: number): string => formatNumber(value, chart.format, language);
      const drawn = draw(chart, room, { language, format });
      drawn.svg.setAttribute('role', 'group');
      drawn.svg.setAttribute('aria-labelledby', titleIdOf(picture));
      drawn.svg.setAttribute('aria-description', texts.keys);
      makeReachable(drawn, picture.id);
      rememberFocus();
      place.replaceChildren(drawn.svg);
      restoreMark(picture.id, place);
      restoreScroll();
    });
  });
  sizes.observe(body);
}

/** The colours of the series. Tooltips name the series too. */
const legendOf = (series: readonly string[]): HTMLElement =>
  element(
    'ul',
    { class: 'legend' },
    ...series.map((label, at) => element('li', { class: `series-${(at % 6) + 1}` }, label)),
  );
