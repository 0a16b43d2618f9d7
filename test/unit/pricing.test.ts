import assert from 'node:assert/strict';
import { paidPrice, shareOfFreeDay } from '../../src/core/cost/pricing.ts';

describe('pricing', () => {
  it('says how many days of the free plan an operation takes', () => {
    assert.equal(shareOfFreeDay({ deletes: 12_400 }), 12.4);
    assert.equal(shareOfFreeDay({ reads: 1000, lists: 100 }), 0.1);
    assert.equal(shareOfFreeDay({}), 0);
  });

  it('says what it costs on the paid plan', () => {
    assert.equal(paidPrice({ deletes: 12_400 }).toFixed(3), '0.062');
    assert.equal(paidPrice({ reads: 10_000_000 }), 5);
  });
});
