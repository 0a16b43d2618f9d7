import assert from 'node:assert/strict';
import { csvOf } from '../../src/pages/shared/csv.ts';
import { isOffered, readFromPage } from '../../src/pages/shared/messages.ts';
import type { PageModel } from '../../src/pages/shared/model.ts';
import { formatNumber } from '../../src/pages/shared/numbers.ts';
import { xmlText } from '../../src/pages/shared/xmlText.ts';

const texts = { showTable: '', copyPicture: '', savePicture: '', saveTable: '', keys: '' };
const table = { columns: [{ label: 'Day' }], rows: [['a\n']], heads: [{ shown: 'a␊', action: 'open row' }] };
const model: PageModel = {
  title: 'Title',
  language: 'en',
  texts,
  memory: {},
  choices: [{ id: 'days', label: 'Days', options: [{ id: '7', label: '7 days' }], chosen: '7' }],
  notes: [{ kind: 'info', text: 'Note', actions: [{ id: 'again', label: 'Again' }] }],
  sections: [
    {
      heading: 'Section',
      notes: [{ kind: 'warning', text: 'Note', actions: [{ id: 'signIn', label: 'Sign in' }] }],
      pictures: [
        {
          id: 'picture',
          title: 'Picture',
          table,
          chart: {
            kind: 'bars',
            xLabel: '',
            yLabel: '',
            format: 'count',
            marks: [{ label: 'a', value: 1, tip: 'a: 1', action: 'open a' }],
          },
        },
      ],
    },
  ],
};

describe('messages of a page', () => {
  it('are of the known forms, or none', () => {
    const wrong: readonly unknown[] = [
      undefined,
      null,
      'ready',
      7,
      [],
      {},
      { type: 'run', command: 'x' },
      { type: 'painted', what: 'all' },
      { type: 'choose', choice: 'days' },
      { type: 'choose', choice: 'days', option: 7 },
      { type: 'act' },
      { type: 'act', action: { id: 'again' } },
      { type: 'act', action: 'a'.repeat(3000) },
      { type: 'copyPicture', text: 'rm -rf' },
      { type: 'copyPicture' },
      { type: 'save', picture: 'picture', form: 'exe', text: '' },
      { type: 'save', picture: 'picture', form: 'csv' },
    ];
    for (const one of wrong) assert.equal(readFromPage(one), undefined, JSON.stringify(one));
    assert.deepEqual(readFromPage({ type: 'act', action: 'again', more: 1 }), { type: 'act', action: 'again' });
  });

  it('ask for nothing but what the page was given', () => {
    const isFollowed = (message: unknown): boolean => {
      const read = readFromPage(message);
      return read !== undefined && isOffered(read, model);
    };
    for (const action of ['again', 'signIn', 'open a', 'open row'])
      assert.ok(isFollowed({ type: 'act', action }), action);
    assert.equal(isFollowed({ type: 'act', action: 'open b' }), false);
    assert.ok(isFollowed({ type: 'painted', what: 'all', at: 1 }));
    assert.ok(isFollowed({ type: 'choose', choice: 'days', option: '7' }));
    assert.equal(isFollowed({ type: 'choose', choice: 'days', option: '8' }), false);
    assert.equal(isFollowed({ type: 'choose', choice: 'other', option: '7' }), false);
    assert.ok(isFollowed({ type: 'save', picture: 'picture', form: 'csv', text: 'Day' }));
    assert.equal(isFollowed({ type: 'save', picture: '../../etc/passwd', form: 'csv', text: '' }), false);
  });
});

describe('pictures of a page', () => {
  it('are saved as XML that is well-formed, whatever their texts hold', () => {
    assert.equal(xmlText('<a>\u0000\u001b\ufffe\uffff\ud83d</a>'), '<a>\ufffd\ufffd\ufffd\ufffd\ufffd</a>');
    assert.equal(xmlText('\t\n\r é\u0085\ufffd🦄'), '\t\n\r é\u0085\ufffd🦄');
  });
});

describe('tables of a page', () => {
  it('are saved as CSV with names as they are, however they are shown', () => {
    assert.equal(csvOf(table), 'Day\r\n"a\n"\r\n');
  });

  it('are saved as CSV with their numbers as they are, and nothing where nothing is known', () => {
    const columns = [{ label: 'Namespace, title' }, { label: 'Bytes', format: 'bytes' as const }];
    const rows = [
      ['say "hi"', 1_234_567.5],
      ['two\nlines', null],
    ];
    assert.equal(csvOf({ columns, rows }), '"Namespace, title",Bytes\r\n"say ""hi""",1234567.5\r\n"two\nlines",\r\n');
  });

  it('are saved as CSV in which a spreadsheet finds no formula', () => {
    const names = [
      'a;=1+1',
      'a\t=1',
      '=HYPERLINK("http://x")',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      'a=1',
      ' =1',
      '',
    ];
    const columns = [{ label: '=Name' }, { label: 'Change', format: 'count' as const }];
    const csv = csvOf({ columns, rows: names.map((name) => [name, -1]) });
    assert.equal(
      csv,
      [
        "'=Name,Change",
        '"a;=1+1",-1',
        '"a\t=1",-1',
        `"'=HYPERLINK(""http://x"")",-1`,
        "'+1,-1",
        "'-1,-1",
        "'@SUM(A1),-1",
        `"'\t=1",-1`,
        `"'\r=1",-1`,
        'a=1,-1',
        ' =1,-1',
        ',-1',
        '',
      ].join('\r\n'),
    );
  });

  it('show numbers grouped and in the language', () => {
    assert.equal(formatNumber(1_234_567, 'count', 'en'), '1,234,567');
    assert.equal(formatNumber(1_234_567, 'count', 'de'), '1.234.567');
    assert.equal(formatNumber(null, 'count', 'en'), '–');
    assert.deepEqual(
      [0, 999, 1000, 1_250_000, 999_000_000, 2_500_000_000, 7_000_000_000_000_000].map((n) =>
        formatNumber(n, 'bytes', 'en'),
      ),
      ['0 B', '999 B', '1 kB', '1.3 MB', '999 MB', '2.5 GB', '7,000 TB'],
    );
    assert.deepEqual(
      [999.6, 999_499, 999_500, 999_999, 999_960_000, 999_999_999_999].map((n) => formatNumber(n, 'bytes', 'en')),
      ['1 kB', '999 kB', '1 MB', '1 MB', '1 GB', '1 TB'],
    );
    assert.equal(formatNumber(12.345, 'milliseconds', 'en'), '12.3 ms');
    assert.equal(formatNumber(0.005, 'percent', 'en'), '0.5%');
    assert.equal(formatNumber(1.5, 'percent', 'en'), '150%');
    assert.equal(formatNumber(14, 'dollars', 'en'), '$14.00');
  });
});
