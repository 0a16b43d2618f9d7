import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { tellOutcome } from '../../src/ui/outcome.ts';
import { closeEditors } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('what failed', () => {
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());

  async function told(failed: BulkOutcome['failed']): Promise<string | undefined> {
    const outcome = { done: 1, skipped: 0, failed, cancelled: false };
    await tellOutcome(outcome, 1 + failed.length, { partly: (done, total) => `Imported ${done} of ${total} keys.` });
    return spy.asked.at(-1)?.text;
  }
  const failure = (key: string, reason: string): BulkOutcome['failed'][number] => ({
    key,
    error: new KvError('forbidden', `“${key}” was not written: ${reason}`),
  });

  it('is told with the reason where all have the same one', async () => {
    assert.equal(
      await told([failure('a', 'no permission.'), failure('b', 'no permission.')]),
      'Imported 1 of 3 keys. 2 failed: “a” was not written: no permission.',
    );
    assert.equal(
      await told([failure('a', 'no permission.'), failure('b', 'too large.')]),
      'Imported 1 of 3 keys. 2 failed.',
    );
    assert.equal(await told([failure('a', 'too large.')]), 'Imported 1 of 2 keys. “a” was not written: too large.');
  });

  it('is one sentence where all was refused, however much it was', async () => {
    const refusal = new KvError('forbidden', 'The token has no permission to write.');
    const failed = Array.from({ length: 10_000 }, (_, i) => ({ key: `key:${i}`, error: refusal }));
    const outcome = { done: 0, skipped: 0, failed, cancelled: false };
    await tellOutcome(outcome, 10_000, { partly: (done, total) => `Imported ${done} of ${total} keys.` });
    assert.deepEqual(
      spy.asked.map(({ text }) => text),
      ['Imported 0 of 10,000 keys. 10,000 failed: The token has no permission to write.'],
    );
  });

  it('is told apart from what may have been done all the same', async () => {
    const doubt = (key: string): BulkOutcome['failed'][number] => ({
      key,
      error: new KvError('offline', `It is not certain whether “${key}” was written: the connection broke.`),
      uncertain: true,
    });
    assert.equal(
      await told([doubt('a'), doubt('b')]),
      'Imported 1 of 3 keys. 2 uncertain: It is not certain whether “a” was written: the connection broke.',
    );
    assert.equal(
      await told([failure('a', 'too large.'), doubt('b'), doubt('c')]),
      'Imported 1 of 4 keys. 1 failed: “a” was not written: too large. ' +
        '2 uncertain: It is not certain whether “b” was written: the connection broke.',
    );
  });

  it('can be looked at, and tried again after that', async () => {
    spy.answer = ({ items }) => items[0];
    const failed = ['a', 'b'].map((key) => failure(key, 'no permission.'));
    const outcome = { done: 1, skipped: 0, failed, cancelled: false };
    assert.equal(await tellOutcome(outcome, 3, { partly: () => 'Imported.' }, 'Retry'), 'Retry');
    assert.deepEqual(
      spy.asked.map(({ items }) => items),
      [['Show Failures', 'Retry'], ['Retry']],
    );
    await closeEditors();
  });
});
