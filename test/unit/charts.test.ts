import assert from 'node:assert/strict';
import type { Chart } from '../../src/pages/shared/model.ts';
import { plotOptions } from '../../src/pages/webview/plotOptions.ts';

const writing = { language: 'en', format: String };
const axes = { xLabel: 'Day', yLabel: 'Operations', format: 'count' } as const;
const days = ['2026-11-08', '2026-11-09', '2026-11-10', '2026-11-11'];

describe('charts of a page', () => {
  const bars = (...labels: readonly string[]): Chart => ({
    ...axes,
    kind: 'bars',
    marks: labels.map((label) => ({ label, value: 1, tip: '' })),
  });

  it('shorten names between letters', () => {
    const { y } = plotOptions(bars('🦄'.repeat(100), `e\u0301${'👨‍👩‍👧'.repeat(100)}`, 'short'), 300, writing);
    const shown = (at: number): string => String(Reflect.apply(Object(y?.tickFormat), undefined, [at]));
    assert.match(shown(0), /^(?:🦄)+…$/u);
    assert.match(shown(1), /^e\u0301(?:👨‍👩‍👧)+…$/u);
    assert.equal(shown(2), 'short');
  });

  it('never shorten our own labels, which would become alike', () => {
    const labels = ['danach innerhalb von 7 Tagen', 'danach innerhalb von 24 Stunden', '之后 24 小时内'];
    for (const width of [200, 300, 1000]) {
      const { y, marginLeft } = plotOptions({ ...bars(...labels), isFixed: true } as Chart, width, writing);
      const shown = labels.map((_, at) => Reflect.apply(Object(y?.tickFormat), undefined, [at]));
      assert.deepEqual(shown, labels);
      assert.ok(Number(marginLeft) < width);
      if (width >= 300) assert.ok(Number(marginLeft) > 200, String(marginLeft));
    }
  });

  it('have room for the name of an axis below its ticks', () => {
    for (const chart of [bars('a'), { ...axes, kind: 'columns', days, series: ['Reads'], marks: [] } as const]) {
      assert.ok(Number(plotOptions(chart, 300, writing).marginBottom) >= 40, chart.kind);
    }
  });

  it('have each day that was asked for, whether anything happened then or not', () => {
    const marks = [{ x: '2026-11-09', y: 5, series: 0, tip: '' }];
    for (const kind of ['columns', 'lines'] as const) {
      const chart: Chart = { ...axes, kind, days, series: ['Reads'], marks };
      const { x } = plotOptions(chart, 1000, writing);
      assert.deepEqual([x?.domain, x?.ticks], [days, days], kind);
      // Where there is no room for each label, today has one.
      assert.deepEqual(plotOptions(chart, 160, writing).x?.ticks, ['2026-11-09', '2026-11-11'], kind);
    }
  });
});
