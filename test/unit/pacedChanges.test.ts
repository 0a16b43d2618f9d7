import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { RegistryChange } from '../../src/core/store/sourceRegistry.ts';
import { PacedChanges } from '../../src/tree/pacedChanges.ts';

const byOthers: RegistryChange = { source: 'local-1', namespace: 'kv', written: ['counter'] };
const ours: RegistryChange = { source: 'local-1', namespace: 'kv', keys: ['mine'] };

describe('changes that are gathered', () => {
  let now: number;
  let applied: number[];
  /** What an application takes, in milliseconds. */
  let cost: number;
  let failure: Error | undefined;
  let reported: unknown[];
  let changes: PacedChanges;
  let clock: ReturnType<typeof mock.method>;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    now = 0;
    applied = [];
    cost = 200;
    failure = undefined;
    reported = [];
    clock = mock.method(performance, 'now', () => now);
    changes = new PacedChanges({
      apply: async (some) => {
        applied.push(some.length);
        now += cost;
        if (failure) throw failure;
      },
      report: (error) => reported.push(error),
    });
  });
  afterEach(() => {
    changes.dispose();
    clock.mock.restore();
    mock.timers.reset();
  });

  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 10) {
      now += 10;
      mock.timers.tick(10);
      await Promise.resolve();
      await Promise.resolve();
    }
  };

  it('shows the first at once and waits for the time that reading takes, while others write without end', async () => {
    cost = 100;
    for (let i = 0; i < 100; i++) {
      changes.add(byOthers);
      await pass(50);
    }
    assert.equal(applied.length, 1);
    await pass(10_000);
    assert.equal(applied.length, 2);
    assert.equal(
      applied.reduce((sum, count) => sum + count, 0),
      100,
    );
  });

  it('applies them before their time where somebody needs the rows now', async () => {
    changes.add(byOthers);
    await changes.applyNow();
    assert.deepEqual(applied, [1]);
    changes.add(ours);
    const both = [changes.applyNow(), changes.applyNow()];
    changes.add(ours);
    await Promise.all(both);
    assert.deepEqual(applied, [1, 1, 1], 'what comes meanwhile is next, not at the same time');
    await pass(5000);
    assert.equal(applied.length, 3);
  });

  it('shows short listings without a wait', async () => {
    cost = 0;
    for (let i = 0; i < 20; i++) {
      changes.add(byOthers);
      await pass(100);
    }
    assert.equal(applied.length, 20);
  });

  it('shows what was written here at once, with all that waited', async () => {
    changes.add(byOthers);
    await pass(100);
    changes.add(byOthers);
    await pass(100);
    changes.add(ours);
    await pass(100);
    assert.deepEqual(applied, [1, 2]);
  });

  it('goes on after an error, which it reports', async () => {
    failure = new Error('disk');
    changes.add(ours);
    await pass(100);
    failure = undefined;
    changes.add(ours);
    await pass(100);
    assert.deepEqual([applied, reported.length], [[1, 1], 1]);
  });

  it('lets go of what was dealt with, and ends with its owner', async () => {
    changes.add(ours);
    changes.drop(({ source }) => source === 'local-1');
    await pass(100);
    changes.add(ours);
    changes.dispose();
    await pass(100);
    assert.deepEqual(applied, []);
  });
});
