import assert from 'node:assert/strict';
import { ConfirmedReads } from '../../../src/language/tools/confirmedReads.ts';

describe('what somebody was asked before a tool reads', () => {
  it('holds for the call and the places that they were asked about', () => {
    const reads = new ConfirmedReads();
    assert.equal(reads.includes(['SESSIONS', undefined], 'a'), false);
    reads.ask(['SESSIONS', undefined], ['a', 'b']);
    assert.ok(reads.includes(['SESSIONS', undefined], 'a') && reads.includes(['SESSIONS', undefined], 'b'));
    assert.equal(reads.includes(['SESSIONS', undefined], 'c'), false);
    assert.equal(reads.includes(['SESSIONS', 'acme'], 'a'), false);
  });

  it('is over when the same call is prepared again', () => {
    const reads = new ConfirmedReads();
    reads.ask(['SESSIONS'], ['a']);
    reads.ask(['SESSIONS'], ['b']);
    assert.deepEqual([reads.includes(['SESSIONS'], 'a'), reads.includes(['SESSIONS'], 'b')], [false, true]);
    reads.ask(['SESSIONS'], []);
    assert.equal(reads.includes(['SESSIONS'], 'b'), false);
  });

  it('is forgotten after many others', () => {
    const reads = new ConfirmedReads();
    for (let at = 0; at <= 100; at++) reads.ask([at], ['a']);
    assert.deepEqual(
      [reads.includes([0], 'a'), reads.includes([1], 'a'), reads.includes([100], 'a')],
      [false, true, true],
    );
  });
});
