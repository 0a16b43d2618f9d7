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
