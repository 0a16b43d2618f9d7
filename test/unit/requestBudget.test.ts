import assert from 'node:assert/strict';
import { Budget, type Priority } from '../../src/cloudflare/budget.ts';
import { FailedRequest } from '../../src/cloudflare/failure.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { ManualTiming, settle } from '../support/manualTiming.ts';

const MINUTES = 60_000;

describe('the budget of requests', () => {
  let timing: ManualTiming;
  let budget: Budget;
  let started: Priority[];
  let endings: (() => void)[];

  beforeEach(() => {
    timing = new ManualTiming();
    budget = new Budget(timing);
    started = [];
    endings = [];
  });

  /** Asks for one request that goes on until its ending is called. */
  const ask = (priority: Priority, signal?: AbortSignal): Promise<void> =>
    budget.acquire(priority, Number.POSITIVE_INFINITY, signal).then((end) => {
      started.push(priority);
      endings.push(end);
    });
  const spend = async (count: number, priority: Priority = 'interactive'): Promise<void> => {
    for (let i = 0; i < count; i++) (await budget.acquire(priority, Number.POSITIVE_INFINITY))();
  };

  it('lets six run at once, one of which is always for what somebody waits for', async () => {
    for (let i = 0; i < 9; i++) void ask('background');
    await settle();
    assert.equal(started.length, 5);
    void ask('interactive');
    void ask('interactive');
    await settle();
    assert.deepEqual([started.length, started.at(-1)], [6, 'interactive']);
    endings.shift()?.();
    await settle();
    assert.deepEqual([started.length, started.at(-1)], [7, 'interactive']);
    for (let round = 0; round < 2; round++) {
      for (const end of endings.splice(0)) end();
      await settle();
    }
    assert.equal(started.length, 11);
  });

  it('lets nobody wait for a place for longer than he has patience', async () => {
    for (let i = 0; i < 6; i++) void ask('interactive');
    const late = budget.acquire('interactive', 5000);
    const failed = assert.rejects(late, ({ failure }: FailedRequest) => failure.kind === 'timeout');
    await timing.pass(5000);
    await failed;
    void ask('interactive');
    for (const end of endings.splice(0)) end();
    await settle();
    assert.equal(started.length, 7);
  });

  it('allows a burst of 1,200, then waits for the five minutes to pass', async () => {
    await spend(1000);
    await timing.pass(2 * MINUTES);
    await spend(200);
    void ask('interactive');
    await timing.pass(3 * MINUTES - 1);
    assert.equal(started.length, 0);
    await timing.pass(1);
    assert.equal(started.length, 1);
  });

  it('lets what somebody waits for start on time, also when something waits longer already', async () => {
    await spend(200);
    await timing.pass(4 * MINUTES);
    await spend(800, 'background');
    await spend(200);
    // The first 200 leave in a minute, which makes room for the one and not yet for the other.
    void ask('background');
    await settle();
    void ask('interactive');
    await timing.pass(MINUTES);
    assert.deepEqual(started, ['interactive']);
  });

  it('keeps 200 for what somebody waits for', async () => {
    await spend(1000, 'background');
    void ask('background');
    await settle();
    assert.deepEqual(started, []);
    await spend(200);
    await timing.pass(5 * MINUTES);
    assert.deepEqual(started, ['background']);
  });

  it('says at once when it would take too long', async () => {
    await spend(1200);
    await timing.pass(MINUTES);
    await assert.rejects(budget.acquire('interactive', 20_000), (error) => {
      assert.ok(error instanceof FailedRequest && error.failure.kind === 'overBudget');
      assert.equal(error.failure.retryAfterMs, 4 * MINUTES);
      return true;
    });
  });

  it('obeys what the server tells, with a part kept too', async () => {
    const tell = (remaining: number): void =>
      budget.observe(
        new Headers({ ratelimit: `"default";r=${remaining};t=30`, 'ratelimit-policy': '"burst";q=60;w=60' }),
      );
    tell(12);
    await spend(2, 'background');
    void ask('background');
    await settle();
    assert.deepEqual(started, []);
    await spend(10);
    void ask('interactive');
    await timing.pass(29_999);
    assert.deepEqual(started, []);
    await timing.pass(1);
    assert.deepEqual(started, ['interactive', 'background']);
  });

  it('pauses for everybody', async () => {
    budget.pause(5000);
    void ask('interactive');
    await timing.pass(4999);
    assert.equal(started.length, 0);
    await timing.pass(1);
    assert.equal(started.length, 1);
  });

  it('counts nothing for a turn in which nothing was sent', async () => {
    await spend(1199);
    for (let i = 0; i < 5; i++) {
      const end = await budget.acquire('interactive', 0);
      end('unused');
      end('unused');
    }
    await spend(1);
    await assert.rejects(budget.acquire('interactive', 20_000), FailedRequest);
    budget.observe(new Headers({ ratelimit: '"default";r=1;t=30' }));
    await timing.pass(5 * MINUTES);
    budget.observe(new Headers({ ratelimit: '"default";r=1;t=30' }));
    (await budget.acquire('interactive', 0))('unused');
    (await budget.acquire('interactive', 0))();
    await assert.rejects(budget.acquire('interactive', 0), FailedRequest);
  });

  it('forgets what was cancelled while it waited', async () => {
    for (let i = 0; i < 6; i++) void ask('interactive');
    await settle();
    const aborting = new AbortController();
    const waiting = ask('interactive', aborting.signal);
    aborting.abort();
    await assert.rejects(waiting, (error) => isKvError(error, 'cancelled'));
    for (const end of endings.splice(0)) {
      end();
      end();
    }
    for (let i = 0; i < 7; i++) void ask('interactive');
    await settle();
    assert.equal(started.length, 12);
  });
});
