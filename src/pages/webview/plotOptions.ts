import * as Plot from '@observablehq/plot';
import { hierarchy, treemap } from 'd3-hierarchy';
import type { BarMark, Chart } from '../shared/model.ts';

/**
 * Colours from the style sheet, where each theme has its own. There are only six, because more could not be told apart.
 */
const colorOf = (series: number): string => `var(--page-series-${(series % 6) + 1})`;

const HEIGHT = 240;
const BAR_HEIGHT = 26;
const TREEMAP_HEIGHT = 360;
/** The most room for names of keys and namespaces beside bars. */
const MOST_LABEL_ROOM = 240;
/** The least room for bars. */
const LEAST_BAR_ROOM = 60;
/** A generous average. */
const LETTER_WIDTH = 7.5;

/** How to format days and amounts. */
export interface Writing {
  readonly language: string;
  readonly format: (value: number) => string;
}

/** Identifies a mark by its place in the list until it has been drawn. */
const index = (_: unknown, at: number): string => String(at);

/** The options with which a chart is drawn. */
export function plotOptions(chart: Chart, width: number, { language, format }: Writing): Plot.PlotOptions {
  const amounts = { label: chart.yLabel, tickFormat: format, grid: true, labelArrow: 'none', nice: true } as const;
  if (chart.kind === 'treemap') return areas(chart.marks, width);
  if (chart.kind === 'bars') {
    const { marks } = chart;
    const room = chart.isFixed ? roomOf(marks, width) : Math.min(width / 3, MOST_LABEL_ROOM);
    const shown = (label: string): string => (chart.isFixed ? label : shortened(label, room));
    return {
      height: 60 + BAR_HEIGHT * marks.length,
      marginBottom: 40,
      marginLeft: room,
      x: { ...amounts, label: chart.xLabel, ticks: ticksOf(chart, width) },
      // By index, because two labels may be the same.
      y: {
        domain: [...marks.keys()],
        label: null,
        tickFormat: (at: number) => shown(marks[at]?.label ?? ''),
      },
      marks: [
        Plot.barX(marks, { y: (_, at) => at, x: 'value', fill: colorOf(0), ariaLabel: index }),
        Plot.ruleX([0], { stroke: 'currentColor' }),
      ],
    };
  }
  const { days } = chart;
  const step = Math.ceil(days.length / Math.max(1, Math.floor(width / 80)));
  const options: Plot.PlotOptions = {
    height: HEIGHT,
    marginLeft: 64,
    marginBottom: 40,
    x: {
      type: chart.kind === 'columns' ? 'band' : 'point',
      domain: days,
      label: chart.xLabel,
      labelArrow: 'none',
      // The last day, today, always has its label.
      ticks: days.filter((_, at) => (days.length - 1 - at) % step === 0),
      tickFormat: (day: string) =>
        new Date(`${day}T00:00:00Z`).toLocaleDateString(language, { timeZone: 'UTC', month: 'short', day: 'numeric' }),
    },
    y: { ...amounts, zero: true, ticks: 5 },
    color: {
      type: 'ordinal',
      domain: chart.series.map((_, at) => at),
      range: chart.series.map((_, at) => colorOf(at)),
    },
  };
  const baseline = Plot.ruleY([0], { stroke: 'currentColor' });
  if (chart.kind === 'columns') {
    const shape = { x: 'x', y: 'y', fill: 'series', ariaLabel: index } as const;
    return { ...options, marks: [Plot.barY(chart.marks, shape), baseline] };
  }
  const shape = { x: 'x', y: 'y', z: 'series' } as const;
  return {
    ...options,
    marks: [
      baseline,
      Plot.lineY(chart.marks, { ...shape, stroke: 'series', strokeWidth: 2 }),
      Plot.dot(chart.marks, { ...shape, fill: 'series', r: 3.5, ariaLabel: index }),
    ],
  };
}

/** One mark, or all of them. */
type Area = BarMark | { readonly children: readonly BarMark[] };

/** Labels only areas that have room for it. */
function areas(given: readonly BarMark[], width: number): Plot.PlotOptions {
  const root = hierarchy<Area>({ children: given }, (one) => ('children' in one ? one.children : undefined));
  const sized = root.sum((one) => ('value' in one ? one.value : 0));
  const placed = treemap<Area>().size([width, TREEMAP_HEIGHT]).paddingInner(2).round(true)(sized);
  const rows = placed.leaves().flatMap(({ data, x0, x1, y0, y1 }) => {
    return 'label' in data ? [{ label: data.label, x0, x1, y0, y1 }] : [];
  });
  const named = rows.filter(({ x0, x1, y0, y1 }) => x1 - x0 >= 40 && y1 - y0 >= 20);
  const text = {
    x: (row: (typeof rows)[number]) => row.x0 + 5,
    y: (row: (typeof rows)[number]) => row.y0 + 5,
    text: (row: (typeof rows)[number]) => shortened(row.label, row.x1 - row.x0 - 8),
    textAnchor: 'start',
    lineAnchor: 'top',
    fill: 'currentColor',
    pointerEvents: 'none',
  } as const;
  return {
    height: TREEMAP_HEIGHT,
    margin: 0,
    x: { axis: null, domain: [0, width], range: [0, width] },
    y: { axis: null, domain: [0, TREEMAP_HEIGHT], range: [0, TREEMAP_HEIGHT] },
    marks: [
      Plot.rect(rows, {
        x1: 'x0',
        x2: 'x1',
        y1: 'y0',
        y2: 'y1',
        ariaLabel: index,
        fill: colorOf(0),
        fillOpacity: 0.35,
        stroke: colorOf(0),
      }),
      Plot.text(named, text),
    ],
  };
}

/** As many ticks as there is room for. Counts have no fractional ticks. */
function ticksOf({ format, marks }: Extract<Chart, { readonly kind: 'bars' }>, width: number): number {
  const most = Math.max(2, Math.floor(width / 120));
  return format === 'count' ? Math.min(most, Math.max(1, ...marks.map(({ value }) => value))) : most;
}

/** The room of the longest label, in which letters of Chinese and Japanese count twice. */
const roomOf = (marks: readonly BarMark[], width: number): number =>
  Math.min(
    width - LEAST_BAR_ROOM,
    Math.max(...marks.map(({ label }) => 12 + LETTER_WIDTH * label.replace(/[\u2e80-\uffff]/g, '--').length)),
  );

/** Shortens a label to roughly the room there is. */
function shortened(label: string, room: number): string {
  const most = Math.floor(room / LETTER_WIDTH);
  if (label.length <= most) return label;
  const letters = [...new Intl.Segmenter().segment(label)];
  return letters.length > most
    ? `${letters
        .slice(0, most - 1)
        .map(({ segment }) => segment)
        .join('')}…`
    : label;
}
