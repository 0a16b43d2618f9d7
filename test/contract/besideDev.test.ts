import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { KeyChange } from '../../src/core/change/keyChange.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { BesideDev } from '../support/besideDev.ts';
import { Transfers } from '../support/transfers.ts';
import type { WorkerLoad } from '../support/workerLoad.ts';

/* One story in order, so that one server serves several tests; `npm run bench -- dev` is the long version. */
describe('beside a dev server whose Worker writes', () => {
  let beside: BesideDev;
  let toDelete: readonly KvEntry[];
  let load: WorkerLoad | undefined;

  before(async () => {
    beside = await BesideDev.make();
    toDelete = await beside.putMany('gone', 600);
    await beside.startDev();
  });
  after(async () => await beside?.dispose());
  afterEach(async () => {
    const outcome = await load?.end();
    load = undefined;
    assert.deepEqual(outcome?.failed ?? [], []);
  });

  it('lists, saves and writes in bulk, and no request of the Worker fails', async () => {
    load = beside.load(200);
    const looking = (async () => {
      for (let i = 0; i < 6; i++) {
        await beside.look();
        await wait(150);
      }
    })();
    await Promise.all([looking, beside.save(20), beside.putMany('bulk', 600)]);
    assert.ok(load.outcome.puts > 0);
  });

  it('restores 600 deleted keys while it runs', async () => {
    const transfers = new Transfers();
    const steps = async function* (): AsyncGenerator<KeyChange> {
      for (const { key } of toDelete) yield { key, decide: (now) => (now ? 'delete' : 'keep') };
    };
    const operation = { kind: 'delete', namespace: { source: 's', id: 'n' }, label: 'Deleted' } as const;
    const { done, undo } = await transfers.changes(beside.store).run(operation, steps());
    assert.equal(done, 600);
    const outcome = await transfers.undo(undo, beside.store);
    assert.deepEqual([outcome.done, outcome.failed], [600, []]);
    transfers.dispose();
  });

  it('goes over to the files when the server stops in the middle', async () => {
    const first = beside.load(200);
    load = first;
    const stopping = wait(700).then(() => beside.stopDev());
    for (let i = 0; i < 3; i++) await Promise.all([beside.putMany('stopping', 300, `${i}`), beside.save(10)]);
    await stopping;
    await beside.putMany('stopped', 100);
    await first.end();
    await beside.assertKept([first]);
  });

  it('goes over to the server when one starts in the middle', async () => {
    const second = beside.load(200);
    load = second;
    let isStarted = false;
    const starting = beside.startDev().finally(() => {
      isStarted = true;
    });
    for (let i = 0; !isStarted; i++) {
      await Promise.all([beside.putMany('starting', 200, `${i}`), beside.save(5)]);
      await wait(20);
    }
    await starting;
    await beside.putMany('started', 200);
    await beside.look();
    assert.ok(second.outcome.puts > 0);
    await second.end();
    await beside.stopDev();
    await beside.assertKept([second]);
  });
});
