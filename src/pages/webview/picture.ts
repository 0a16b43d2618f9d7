import { csvOf } from '../shared/csv.ts';
import type { Chart, PageModel, Picture } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { button, element } from './elements.ts';
import { keep, kept, send } from './host.ts';
import { hideTip, makeReachable } from './marks.ts';
import { svgText } from './svgText.ts';
import { tableOf } from './table.ts';

/** Large, and not needed for all else that a page says. */
const charts = import('./charts.ts');

/** Pictures are drawn from then on as soon as they have their room. */
export const whenDrawable: Promise<unknown> = charts;

const redrawn = new Map<Element, (width: number) => void>();
const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) redrawn.get(target)?.(contentRect.width);
});

/** Before the page is drawn anew. */
export function forgetPictures(): void {
  hideTip();
  sizes.disconnect();
  redrawn.clear();
}

/** A picture with its title, what can be done with it, and its table in its place when that is asked for. */
export function pictureOf(picture: Picture, model: PageModel): HTMLElement {
  const { id, title, chart, table, empty } = picture;
  const { texts, language } = model;
  const titleId = `title-${id}`;
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
    const save = button(texts.saveTable, () => send({ type: 'save', picture: id, form: 'csv', text: csvOf(table) }));
    const actions = [save];
    if (chart && !asTable) {
      drawInto(body, chart, model, titleId);
      actions.unshift(
        button(texts.copyPicture, () => withPicture(svg(), (text) => send({ type: 'copyPicture', text }))),
        button(texts.savePicture, () =>
          withPicture(svg(), (text) => send({ type: 'save', picture: id, form: 'svg', text })),
        ),
      );
    } else body.append(tableOf(table, title, language));
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
      { 'aria-pressed': String(asTable) },
    );
    return made;
  };
  show(!chart || kept().tables.includes(id));
  figure.append(element('figcaption', {}, heading, tools), body);
  return figure;
}

function withPicture(svg: SVGSVGElement | null, use: (text: string) => void): void {
  if (svg) use(svgText(svg));
}

/** Drawn again whenever there is another width. */
function drawInto(body: HTMLElement, chart: Chart, { language, texts }: PageModel, titleId: string): void {
  const place = element('div', { class: 'drawing' });
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
      drawn.svg.setAttribute('aria-labelledby', titleId);
      drawn.svg.setAttribute('aria-description', texts.keys);
      makeReachable(drawn);
      place.replaceChildren(drawn.svg);
    });
  });
  sizes.observe(body);
}

/** Which colour is which; the tooltips say it too. */
const legendOf = (series: readonly string[]): HTMLElement =>
  element(
    'ul',
    { class: 'legend' },
    ...series.map((label, at) => element('li', { class: `series-${(at % 6) + 1}` }, label)),
  );
