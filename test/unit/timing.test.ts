import assert from 'node:assert/strict';
import { ServerClock } from '../../src/cloudflare/serverClock.ts';
import { realTiming } from '../../src/core/base/timing.ts';
import { nowSeconds } from '../../src/core/entry/entry.ts';
import { minutesAhead } from '../../src/core/entry/lifetimeClock.ts';
import { ManualTiming } from '../support/manualTiming.ts';

describe('the clock of intervals', () => {
  it('does not go back when the time of the machine is set back', () => {
    const before = realTiming.now();
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
    try {
      assert.ok(realTiming.now() >= before);
    } finally {
      Date.now = now;
    }
  });
});

describe('the clock of a server', () => {
  const date = (ms: number): Headers => new Headers({ date: new Date(ms).toUTCString() });

  it('is the one of the machine until an answer tells the time', () => {
    const clock = new ServerClock(new ManualTiming());
    assert.ok(Math.abs(clock.now() - nowSeconds()) <= 1);
    assert.equal(clock.isKnown, false);
    clock.observe(new Headers({ date: 'yesterday' }));
    clock.observe(new Headers());
    assert.ok(Math.abs(clock.now() - nowSeconds()) <= 1);
  });

  it('goes on from what the last answer told, whatever the time of the machine', async () => {
    const timing = new ManualTiming();
    const clock = new ServerClock(timing);
    clock.observe(date(1_900_000_000_000));
    assert.equal(clock.now(), 1_900_000_000);
    assert.ok(clock.isKnown);
    await timing.pass(61_500);
    assert.equal(clock.now(), 1_900_000_061);
    clock.observe(date(1_800_000_000_000));
    assert.equal(clock.now(), 1_800_000_000);
  });
});

describe('the clock of a server, of a machine whose time was changed', () => {
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
  });
  const HOUR = 3_600_000;

  /** How many seconds it is ahead of what the machine told at first, and whether that is certain. */
  const told = (jumpMs: number): readonly unknown[] => {
    const at = now();
    Date.now = () => at;
    const clock = new ServerClock(new ManualTiming());
    clock.observe(new Headers({ date: new Date(at + 2 * HOUR).toUTCString() }));
    Date.now = () => at + jumpMs;
    return [clock.now() - Math.floor(at / 1000), clock.isKnown];
  };

  it('goes on by the hours for which that slept, and is not certain until the next answer', () => {
    assert.deepEqual(told(8 * HOUR), [10 * 3600, false]);
  });

  it('does not move where that was set back, or right by a little', () => {
    assert.deepEqual(told(-HOUR), [2 * 3600, true]);
    assert.deepEqual(told(3000), [2 * 3600, true]);
  });

  it('is certain again after the next answer', () => {
    const at = now();
    const clock = new ServerClock(new ManualTiming());
    clock.observe(new Headers({ date: new Date(at).toUTCString() }));
    Date.now = () => at + 8 * HOUR;
    assert.equal(clock.isKnown, false);
    clock.observe(new Headers({ date: new Date(at + 8 * HOUR).toUTCString() }));
    assert.deepEqual([clock.isKnown, clock.now()], [true, Math.floor(at / 1000) + 8 * 3600]);
  });
});

describe('how far a clock is ahead of that of this machine', () => {
  for (const [off, ahead] of [
    [0, 0],
    [-2, 0],
    [3, 0],
    [30, 60],
    [-30, 0],
    [3600, 3600],
    [3570, 3600],
    [-3600, -3600],
    [-3570, -3540],
  ] as const) {
    it(`is told in whole minutes: ${off} s`, () => {
      assert.equal(minutesAhead({ isKnown: true, now: () => nowSeconds() + off }), ahead);
    });
  }
});
