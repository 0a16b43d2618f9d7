import assert from 'node:assert/strict';
import type { BarMark, PageModel } from '../../src/pages/shared/model.ts';
import { eventually } from '../support/eventually.ts';
import { type BarePage, openBarePage } from '../support/workbench/barePage.ts';
import { attempt, patience } from '../support/workbench/effect.ts';

const texts = { showTable: 'Show as Table', copyPicture: 'Copy', savePicture: 'Save', saveTable: 'CSV', keys: 'Keys' };

describe('a page in a browser', () => {
  let bare: BarePage;
  before(async () => {
    bare = await openBarePage();
  });
  after(() => bare?.close());

  const bars = (...marks: readonly BarMark[]): PageModel => ({
    title: 'Title',
    language: 'en',
    texts,
    memory: {},
    choices: [],
    notes: [{ kind: 'info', text: 'Note', actions: [{ id: 'again', label: 'Again' }] }],
    sections: [
      {
        heading: 'Section',
        pictures: [
          {
            id: 'bars',
            title: 'Bars',
            chart: { kind: 'bars', xLabel: 'Keys', yLabel: 'Keys', format: 'count', marks },
            table: {
              columns: [{ label: 'Key' }],
              rows: marks.map(({ label }) => [label]),
              heads: marks.map(({ label, action }) => ({ shown: label, ...(action !== undefined && { action }) })),
            },
          },
        ],
      },
    ],
  });
  const bar = (label: string, value = 5): BarMark => ({
    label,
    value,
    tip: `${label}: ${value}`,
    action: `open ${label}`,
  });
  const focused = async (label: string): Promise<void> => {
    const found = bare.page.locator(':focus');
    await eventually(
      async () => assert.equal(await found.getAttribute('aria-label', { timeout: 500 }), label),
      patience,
    );
  };
  const focusedText = (text: string) =>
    eventually(async () => assert.equal(await bare.page.locator(':focus').innerText({ timeout: 500 }), text), patience);
  const acted = (action: string) =>
    eventually(async () => assert.deepEqual((await bare.said('act')).at(-1), { type: 'act', action }), patience);
  const mark = (label: string) => bare.page.locator(`.mark[aria-label^="${label}:"]`);

  it('keeps the focus on what had it when it is drawn anew', async () => {
    const { page } = bare;
    await bare.show(bars(bar('a'), bar('b'), bar('c')));
    await mark('a').focus();
    await page.keyboard.press('ArrowDown');
    await focused('b: 5');
    for (const value of [6, 7, 8]) await bare.show(bars(bar('a'), bar('b', value), bar('c')));
    await focused('b: 8');
    // The arrows go on from there.
    await page.keyboard.press('ArrowDown');
    await focused('c: 5');
    await page.keyboard.press('Enter');
    await acted('open c');
    // What was gone into has other marks.
    await bare.show(bars(bar('c1'), bar('c2')));
    await focused('c1: 5');
    await page.setViewportSize({ width: 700, height: 700 });
    await eventually(async () => assert.ok(Number(await page.locator('svg').getAttribute('width')) <= 700), patience);
    await focused('c1: 5');
    await page.getByRole('button', { name: 'Copy' }).focus();
    await bare.show(bars(bar('a')));
    await focusedText('Copy');
    await page.getByRole('button', { name: 'Show as Table' }).click();
    await page.getByRole('button', { name: 'a', exact: true }).focus();
    await bare.show(bars(bar('a'), bar('b')));
    await focusedText('a');
    await page.keyboard.press('Enter');
    await acted('open a');
    // What had it has gone.
    await bare.show(bars(bar('b')));
    await focusedText('Title');
    await page.getByRole('button', { name: 'Show as Table' }).click();
  });

  it('shows the whole of what it says of a mark, inside the page, however long it is and wherever the mark stands', async () => {
    const { page } = bare;
    const long = 'x'.repeat(512);
    for (const width of [400, 900]) {
      await page.setViewportSize({ width, height: 700 });
      await bare.show(bars(bar('short'), bar(long, 1)));
      await eventually(
        async () => assert.ok(Number(await page.locator('svg').getAttribute('width')) <= width),
        patience,
      );
      // The one at the left first: what is said of the other must not be as narrow as that leaves it.
      for (const label of ['short', long]) {
        await mark(label).focus();
        const tip = page.getByRole('tooltip').filter({ hasText: label });
        await tip.waitFor();
        await eventually(async () => {
          const box = await tip.boundingBox({ timeout: attempt });
          assert.ok(box && box.x >= 0 && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
          assert.equal(await tip.evaluate((one) => one.scrollWidth <= one.clientWidth), true, `${width}: it overflows`);
          if (label === 'short') assert.ok(box.height < 40, `${box.height}`);
        }, patience);
      }
    }
  });

  it('saves a picture that is XML, whatever the keys hold', async () => {
    const { page } = bare;
    await bare.show(bars(bar('a\ufffe<&>\u0001b\ud83d'), bar('\uffff')));
    await page.locator('.mark').first().waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const { text } = await eventually(
      async () => (await bare.said('save')).at(-1) ?? assert.fail('nothing was saved'),
      patience,
    );
    assert.ok(typeof text === 'string');
    const parsed = `new DOMParser().parseFromString(${JSON.stringify(text)}, 'image/svg+xml')`;
    const broken = await page.evaluate(`${parsed}.querySelector('parsererror')?.textContent ?? ''`);
    assert.equal(broken, '');
    assert.doesNotMatch(text, /[\ufffe\uffff\u0001]/);
  });

  it('is not cut off at a zoom of 200 %, whatever the keys', async () => {
    const { page } = bare;
    const long = 'x'.repeat(512);
    // A window of 640 pixels at twice the size.
    await page.setViewportSize({ width: 320, height: 350 });
    const model = bars(bar('short'), bar(long));
    const choices = [{ id: 'days', label: long, options: [{ id: '1', label: long }], chosen: '1' }];
    await bare.show({
      ...model,
      title: `Space of ${long}`,
      busy: long,
      choices,
      notes: [{ kind: 'error', text: long }],
    });
    await mark('short').waitFor();
    await page.getByRole('button', { name: 'Show as Table' }).click();
    const [wide, seen] = await page.evaluate<number[]>('[document.body.scrollWidth, document.body.clientWidth]');
    assert.ok(Number(wide) <= Number(seen), `${wide} of ${seen}`);
    await page.getByRole('button', { name: 'Show as Table' }).click();
    await page.setViewportSize({ width: 900, height: 700 });
  });

  it('moves nothing where motion is to be reduced', async () => {
    const { page } = bare;
    const model = bars(bar('a'));
    await bare.show({
      ...model,
      sections: model.sections.map((section) => ({ ...section, progress: { text: 'Reading' } })),
    });
    const progress = page.locator('progress');
    await progress.waitFor();
    // VS Code says so, by its own setting or that of the system.
    await page.evaluate("document.body.classList.add('vscode-reduce-motion')");
    await progress.waitFor({ state: 'hidden' });
    assert.deepEqual(
      await page.evaluate(
        '[document.getAnimations().length, getComputedStyle(document.documentElement).scrollBehavior]',
      ),
      [0, 'auto'],
    );
    await page.evaluate("document.body.classList.remove('vscode-reduce-motion')");
  });

  it('stays where somebody has scrolled to, drawn anew, hidden and reloaded', async () => {
    const { page } = bare;
    await page.setViewportSize({ width: 900, height: 700 });
    const marks = Array.from({ length: 15 }, (_, at) => bar(`k${at}`, at + 1));
    const [section] = bars(...marks).sections;
    const [picture] = section?.pictures ?? [];
    assert.ok(section && picture);
    const pictures = Array.from({ length: 6 }, (_, at) => ({ ...picture, id: `bars${at}`, title: `Bars ${at}` }));
    const long: PageModel = { ...bars(), sections: [{ ...section, pictures }] };
    const reading: PageModel = { ...bars(), busy: 'Adding up keys', sections: [] };
    const isAt = (position: number) =>
      eventually(async () => {
        assert.equal(await page.locator('svg').count(), pictures.length);
        assert.equal(await page.evaluate('scrollY'), position);
        assert.equal(await page.evaluate("JSON.parse(sessionStorage.getItem('state')).scroll"), position);
      }, patience);
    const settled = () => new Promise((resolve) => setTimeout(resolve, 300));
    await bare.reopen();
    await bare.show(long);
    await eventually(async () => assert.equal(await page.locator('svg').count(), pictures.length), patience);
    await page.evaluate('scrollTo(0, 1200)');
    await isAt(1200);
    for (const models of [[long], [reading, long], [reading, reading, long, long]]) {
      for (const isHidden of [false, true]) {
        if (isHidden) await bare.reopen();
        for (const model of models) {
          await bare.show(model);
          await settled();
        }
        await isAt(1200);
      }
    }
    // Whoever scrolls meanwhile goes on from there.
    await bare.show(reading);
    await bare.show(long);
    await eventually(async () => assert.equal(await page.evaluate('scrollY'), 1200), patience);
    await page.evaluate('scrollTo(0, 400)');
    await bare.show(long);
    await isAt(400);
  });
});
