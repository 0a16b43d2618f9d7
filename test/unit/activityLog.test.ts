import assert from 'node:assert/strict';
import type { ActivityEvent } from '../../src/core/store/activity.ts';
import { ActivityLog, activityLine, MOST_ROWS_KEPT } from '../../src/core/store/activityLog.ts';

const put = (key: string, namespace = 'KV', extras: object = {}): ActivityEvent => ({
  what: 'put',
  key,
  at: Date.UTC(2026, 10, 29, 12),
  namespace,
  after: { value: 'x', size: 3 },
  ...extras,
});
const keys = (log: ActivityLog) => log.shown().map(({ event }) => ('key' in event ? event.key : event.what));

describe('the list of activity', () => {
  it('shows the newest first, and keeps the newest ten thousand', () => {
    const log = new ActivityLog();
    const many = Array.from({ length: MOST_ROWS_KEPT + 10 }, (_, at) => put(`k${at}`));
    for (let start = 0; start < many.length; start += 1000) assert.ok(log.add(many.slice(start, start + 1000)));
    const shown = keys(log);
    assert.deepEqual([shown.length, shown[0], shown.at(-1)], [MOST_ROWS_KEPT, `k${MOST_ROWS_KEPT + 9}`, 'k10']);
    assert.equal(new Set(log.shown().map(({ number }) => number)).size, MOST_ROWS_KEPT);
  });

  it('shows the newest first by when it happened, not by when it was found', () => {
    const log = new ActivityLog();
    const at = Date.UTC(2026, 10, 29, 12);
    log.add([put('a', 'KV', { at }), put('c', 'KV', { at: at + 20 })]);
    log.add([put('b', 'OTHER', { at: at + 10 }), put('d', 'OTHER', { at: at + 20 })]);
    assert.deepEqual(keys(log), ['d', 'c', 'b', 'a']);
    log.pause(true);
    log.add([put('f', 'KV', { at: at + 40 })]);
    log.add([{ what: 'expired', key: 'e', at: at + 30, namespace: 'KV' }]);
    log.pause(false);
    assert.deepEqual(keys(log), ['f', 'e', 'd', 'c', 'b', 'a']);
  });

  it('counts all that happened while it was paused, and keeps the newest of it', () => {
    const log = new ActivityLog();
    log.pause(true);
    for (let count = 0; count < 3; count++) log.add(Array.from({ length: 4000 }, () => put('k')));
    assert.equal(log.waiting, 12_000);
    log.pause(false);
    assert.deepEqual([log.waiting, log.shown().length], [0, MOST_ROWS_KEPT]);
  });

  it('stands still while it is paused, and loses nothing', () => {
    const log = new ActivityLog();
    log.add([put('a')]);
    log.pause(true);
    assert.equal(log.add([put('b'), put('c')]), false);
    assert.deepEqual([keys(log), log.waiting], [['a'], 2]);
    log.pause(false);
    assert.deepEqual([keys(log), log.waiting], [['c', 'b', 'a'], 0]);
  });

  it('is filtered by a text in keys and by namespace, and what is cleared does not come back', () => {
    const log = new ActivityLog();
    log.add([put('User:1'), put('user:2', 'OTHER'), put('x')]);
    log.add([{ what: 'unseen', at: Date.UTC(2026, 10, 29, 12), count: 2, namespace: 'KV' }]);
    log.filter = { text: 'user' };
    assert.deepEqual(keys(log), ['user:2', 'User:1']);
    log.filter = { text: '', namespace: 'KV' };
    assert.deepEqual(keys(log), ['unseen', 'x', 'User:1']);
    log.filter = { text: 'USER', namespace: 'KV' };
    assert.deepEqual(keys(log), ['User:1']);
    log.pause(true);
    log.add([put('user:3')]);
    log.clear();
    log.pause(false);
    assert.deepEqual(keys(log), []);
  });

  it('has a line of JSON for each row, with what was changed and without values', () => {
    const line = (event: ActivityEvent): unknown => JSON.parse(activityLine({ number: 1, event }, 'SESSIONS'));
    const base = { time: '2026-11-29T12:00:00.000Z', namespace: { id: 'KV', title: 'SESSIONS' } };
    const before = { value: 'y', size: 2, metadata: '{"a":1}' };
    const after = { value: 'x', size: 3, metadata: '{"a":2}', expiration: 1_800_000_000 };
    assert.deepEqual(line(put('k')), { ...base, what: 'put', key: 'k', isNew: true, size: 3 });
    assert.deepEqual(line(put('k', 'KV', { before, after })), {
      ...base,
      what: 'put',
      key: 'k',
      isNew: false,
      size: 3,
      sizeBefore: 2,
      metadata: '{"a":2}',
      metadataChanged: true,
      expiration: '2027-01-15T08:00:00Z',
      expirationChanged: true,
    });
    const { at } = put('k');
    assert.deepEqual(line({ what: 'delete', key: 'k', at, namespace: 'KV', before: { value: 'y' } }), {
      ...base,
      what: 'delete',
      key: 'k',
    });
    assert.deepEqual(line({ what: 'unseen', at, count: 3, namespace: 'KV' }), { ...base, what: 'unseen', count: 3 });
  });
});
