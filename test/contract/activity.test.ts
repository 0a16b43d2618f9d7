import assert from 'node:assert/strict';
import type { ActivityEvent } from '../../src/core/store/activity.ts';
import { BesideDev } from '../support/besideDev.ts';
import { eventually } from '../support/eventually.ts';

/** At 200 a second; `npm run bench -- activity` is the long version. */
const PUTS = 600;

describe('the activity of a dev server whose Worker writes', () => {
  let beside: BesideDev;
  before(async () => {
    beside = await BesideDev.make();
    await beside.startDev();
    // Proves where the server keeps its data, with an entry of our own that comes and goes.
    await beside.save(1);
  });
  after(async () => await beside?.dispose());

  it('tells every one of 200 writes a second and ours, and no request of the Worker fails', async () => {
    const events: ActivityEvent[] = [];
    const activity = beside.source.follow();
    activity.onDidHappen((more) => events.push(...more));
    await activity.started;
    const load = beside.load(200);
    await eventually(() => assert.ok(load.outcome.puts >= PUTS), 60_000);
    await beside.save(5);
    const { puts, failed } = await load.end();
    assert.deepEqual(failed, []);
    const told = (): number =>
      events.reduce((sum, event) => sum + (event.what === 'unseen' ? event.count : event.what === 'put' ? 1 : 0), 0);
    await eventually(() => assert.equal(told(), puts + 5));
    const saved = events.flatMap((event) => ('key' in event && event.key.startsWith('doc:') ? [event] : []));
    assert.deepEqual(
      saved.map(({ key, before }) => [key, before !== undefined]),
      Array.from({ length: 5 }, (_, i) => [`doc:${i}`, true]),
    );
    assert.ok(!events.some(({ what }) => what === 'lost'));
    const [first] = saved;
    assert.equal(Buffer.from((await activity.value(first?.before?.value ?? '')) ?? '').toString(), 'save 0');
    activity.dispose();
  });
});
