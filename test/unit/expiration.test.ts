import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError } from '../../src/core/base/errors.ts';
import {
  type ExpirationInput,
  type ExpirationOptions,
  formatInstant,
  formatIso,
  formatRemaining,
  nextTick,
  parseExpiration,
  speakRemaining,
} from '../../src/core/entry/expiration.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0) / 1000;
const parse = (input: ExpirationInput, options?: ExpirationOptions) => parseExpiration('user:1', input, now, options);
const refuses = (input: ExpirationInput, message: RegExp, options?: ExpirationOptions) =>
  assert.throws(
    () => parse(input, options),
    (error) => isKvError(error, 'invalidInput') && error.message.includes('“user:1”') && message.test(error.message),
    JSON.stringify(input),
  );

describe('expiration: parsing', () => {
  it('tells nothing said from none', () => {
    assert.equal(parse({}), undefined);
    assert.equal(parse({ expiration: undefined }), undefined);
    assert.equal(parse({ expiration: null }), null);
  });

  const good: [input: ExpirationInput, ahead: number][] = [
    [{ expiration: now + 60 }, 60],
    [{ expiration: String(now + 61) }, 61],
    // As long as it takes to be written is added to the shortest.
    [{ expirationTtl: 60 }, 63],
    [{ expirationTtl: 63 }, 63],
    [{ expirationTtl: '3600' }, 3600],
    [{ expiration: '2026-11-21T12:05:00Z' }, 300],
    [{ expiration: ' 2026-11-21t12:05z ' }, 300],
    [{ expiration: '2026-11-21T12:05:00.999Z' }, 300],
    [{ expiration: '2026-11-21T14:05:00+02:00' }, 300],
    [{ expiration: '2026-11-21 14:05:00+0200' }, 300],
    [{ expiration: '2026-11-21T07:05:00-05' }, 300],
    [{ expiration: '2026-11-22' }, 12 * 3600],
    [{ expiration: '2028-02-29T00:00:00Z' }, Date.UTC(2028, 1, 29) / 1000 - now],
  ];
  for (const [input, ahead] of good) {
    it(`takes ${JSON.stringify(input)}`, () => assert.equal(parse(input), now + ahead));
  }

  it('takes a text without a zone as local time only where a person types it', () => {
    const local = new Date(2026, 11, 1, 8, 30).getTime() / 1000;
    assert.equal(parse({ expiration: '2026-12-01 08:30' }, { typed: true }), local);
    assert.equal(parse({ expiration: '2026-12-01' }, { typed: true }), new Date(2026, 11, 1).getTime() / 1000);
    refuses({ expiration: '2026-12-01T08:30:00' }, /“expiration” has no time zone/);
  });

  it('refuses what it would have to guess at, naming key and field', () => {
    for (const expiration of [
      '',
      'tomorrow',
      '1 Dec 2026',
      '12/01/2026',
      '2026-12',
      12.5,
      Number.NaN,
      true,
      {},
      '-5',
      '1e9',
    ]) {
      refuses({ expiration }, /“expiration” must be a time/);
    }
    for (const expiration of ['2027-02-29', '2026-13-01', '2026-12-00', '2026-12-01T24:00Z', '2026-12-01T10:60Z']) {
      refuses({ expiration }, /no date of the calendar/);
    }
    refuses({ expiration: '2026-12-01T00:00:00+25:00' }, /must be a time/);
    for (const expirationTtl of [12.5, 'soon', null, '', {}])
      refuses({ expirationTtl }, /“expirationTtl” must be a whole/);
    refuses({ expiration: now + 100, expirationTtl: 100 }, /exclude each other/);
    refuses({ expiration: null, expirationTtl: 100 }, /exclude each other/);
  });

  it('refuses what KV refuses', () => {
    refuses({ expiration: now + 59 }, /“expiration” is 59 s ahead, and KV needs at least 60/);
    refuses({ expiration: now }, /“expiration” has passed/);
    refuses({ expiration: '2020-01-01' }, /“expiration” has passed/);
    refuses({ expirationTtl: 59 }, /“expirationTtl” is 59 s/);
    refuses({ expirationTtl: -1 }, /“expirationTtl” is -1 s/);
    refuses({ expirationTtl: 2_000_000_000 }, /“expirationTtl” is too large/);
    refuses({ expiration: '2040-01-01' }, /“expiration” is too late/);
    refuses(
      { expiration: (now + 100) * 1000 },
      new RegExp(`looks like milliseconds: in Unix seconds it is ${now + 100}`),
    );
  });

  it('reads back every time that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: now + 60, max: 2_147_483_647 }), (expiration) => {
        assert.equal(parse({ expiration: formatIso(expiration) }), expiration);
      }),
    );
  });
});

describe('expiration: telling', () => {
  const cases: [remaining: number, short: string, spoken: string][] = [
    [-1, 'expired', 'expired'],
    [0, 'expired', 'expired'],
    [1, 'in 1 s', 'in 1 second'],
    [45, 'in 45 s', 'in 45 seconds'],
    [59, 'in 59 s', 'in 59 seconds'],
    [60, 'in 1 min', 'in 1 minute'],
    [359, 'in 5 min', 'in 5 minutes'],
    [3599, 'in 59 min', 'in 59 minutes'],
    [3600, 'in 1 h', 'in 1 hour'],
    [3 * 3600, 'in 3 h', 'in 3 hours'],
    [48 * 3600 - 1, 'in 47 h', 'in 47 hours'],
    [48 * 3600, 'in 2 days', 'in 2 days'],
    [12 * 86_400, 'in 12 days', 'in 12 days'],
    [60 * 86_400 - 1, 'in 59 days', 'in 59 days'],
  ];
  for (const [remaining, short, spoken] of cases) {
    it(`says “${short}” at ${remaining} s`, () => {
      assert.equal(formatRemaining(now + remaining, now), short);
      assert.equal(speakRemaining(now + remaining, now), spoken);
    });
  }

  it('says the date from 60 days on', () => {
    const date = new Date(2027, 0, 31, 12).getTime() / 1000;
    assert.equal(formatRemaining(date, now), '31 Jan 2027');
    assert.equal(formatRemaining(1e15, now), 'after the year 9999');
  });

  it('says an instant in local time', () => {
    assert.equal(formatInstant(new Date(2026, 10, 21, 12, 40, 0).getTime() / 1000), '21 Nov 2026, 12:40:00');
    assert.equal(formatInstant(new Date(2026, 10, 21, 0, 0, 5).getTime() / 1000), '21 Nov 2026, 00:00:05');
    assert.equal(formatInstant(1e15), '1000000000000000 in Unix seconds');
  });

  it('writes ISO text in whole seconds', () => {
    assert.equal(formatIso(1_796_083_200), '2026-12-01T00:00:00Z');
    assert.equal(formatIso(1e12), undefined);
    assert.equal(formatIso(-1), undefined);
  });

  it('ticks exactly when the text changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 * 86_400 }), (remaining) => {
        const tick = nextTick(now + remaining, now);
        const text = formatRemaining(now + remaining, now);
        assert.ok(tick >= 1);
        assert.equal(formatRemaining(now + remaining, now + tick - 1), text);
        assert.notEqual(formatRemaining(now + remaining, now + tick), text);
      }),
    );
    assert.equal(nextTick(now, now), Number.POSITIVE_INFINITY);
  });
});
