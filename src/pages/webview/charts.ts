import * as Plot from '@observablehq/plot';
import type { BarMark, Chart, DayMark } from '../shared/model.ts';
import { plotOptions, type Writing } from './plotOptions.ts';

/** A drawn chart, with the data of each of its marks. */
export interface Drawn {
  readonly svg: SVGSVGElement;
  readonly marks: ReadonlyMap<SVGElement, DayMark | BarMark>;
}

/** Draws a chart with this width, in pixels. */
export function draw(chart: Chart, width: number, writing: Writing): Drawn {
  const plot = Plot.plot({ ...plotOptions(chart, width, writing), className: 'plot', width });
  const svg = plot as unknown as SVGSVGElement;
  // The page's policy allows only the styles of its style sheet, which includes these.
  for (const style of svg.querySelectorAll('style')) style.remove();
  const marks = new Map<SVGElement, DayMark | BarMark>();
  for (const shape of svg.querySelectorAll<SVGElement>('rect[aria-label], circle[aria-label]')) {
    const mark = chart.marks[Number(shape.getAttribute('aria-label'))];
    if (!mark) continue;
    shape.setAttribute('aria-label', mark.tip);
    shape.setAttribute('role', mark.action === undefined ? 'img' : 'button');
    shape.setAttribute('class', 'mark');
    marks.set(shape, mark);
  }
  return { svg, marks };
}
