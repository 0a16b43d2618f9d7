import * as Plot from '@observablehq/plot';
import type { BarMark, Chart, DayMark } from '../shared/model.ts';
import { plotOptions, type Writing } from './plotOptions.ts';

/** A picture, with what each of its marks stands for. */
export interface Drawn {
  readonly svg: SVGSVGElement;
  readonly marks: ReadonlyMap<SVGElement, DayMark | BarMark>;
}

/** Draws in the width given, in pixels. */
export function draw(chart: Chart, width: number, writing: Writing): Drawn {
  const plot = Plot.plot({ ...plotOptions(chart, width, writing), className: 'plot', width });
  const svg = plot as unknown as SVGSVGElement;
  // The policy of the page allows no styles but those of its file, which has these too.
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
