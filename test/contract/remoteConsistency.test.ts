import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { Transfers } from '../support/transfers.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const MINUTE = 60_000;
const OLD: KvEntry = { key: 'key', value: text('old'), metadata: { v: 1 } };
const GONE: KvEntry = { key: 'gone', value: text('soon') };

async function collect(entries: AsyncIterable<KvEntry>): Promise<KvEntry[]> {
  const all: KvEntry[] = [];
  for await (const one of entries) all.push(one);
  return all;
}

/** The server answers reads with what was there before, for a minute after each write. */
describe('a remote namespace that is consistent only after a minute', () => {
  let remote: Remote;
  let timing: HastyTiming;
  let ours: KvStore;
  let theirs: KvStore;
  let id: string;

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(async () => {
    remote.server.reset();
    timing = new HastyTiming();
    remote.server.now = () => timing.wallTime;
    ({ id } = remote.server.createNamespace(`stale ${Math.random()}`));
    ours = remote.connect({ timing }).store(id);
    theirs = remote.connect({ timing }).store(id);
    await ours.putMany([OLD, GONE]);
    timing.pass(2 * MINUTE);
    remote.server.staleMs = MINUTE;
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  it('shows what we wrote, and others what they can see', async () => {
    await collect(ours.getMany(['key', 'gone']));
    const written = { key: 'key', value: text('ours'), metadata: { v: 2 } };
    await ours.put(written);
    await ours.delete('gone');
    await ours.putMany([{ key: 'made', value: text('new') }]);
    for (let look = 0; look < 3; look++) {
      assert.deepEqual(await ours.get('key'), written);
      assert.equal(await ours.get('gone'), undefined);
      assert.deepEqual(await ours.list({}), { keys: [{ name: 'key', metadata: { v: 2 } }, { name: 'made' }] });
      assert.deepEqual(
        (await collect(ours.getMany(['made', 'gone', 'key']))).map(({ key }) => key),
        ['made', 'key'],
      );
    }
    assert.deepEqual(await theirs.get('key'), OLD);
    assert.deepEqual(
      (await theirs.list({})).keys.map(({ name }) => name),
      ['gone', 'key'],
    );
    timing.pass(MINUTE);
    assert.deepEqual(await theirs.get('key'), written);
    assert.deepEqual(await theirs.list({}), await ours.list({}));
  });

  it('shows what somebody else wrote as soon as it can be seen', async () => {
    await ours.get('key');
    await ours.put({ key: 'key', value: text('ours') });
    remote.server.staleMs = 0;
    timing.pass(MINUTE / 2);
    const foreign = { key: 'key', value: text('theirs'), metadata: 'x' };
    await theirs.put(foreign);
    assert.deepEqual(await ours.get('key'), { key: 'key', value: text('ours') }, 'still hidden by the server');
    timing.pass(MINUTE / 2 + 1);
    assert.deepEqual(await ours.get('key'), foreign);
  });

  it('gives the version of each of several saves', async () => {
    await ours.get('key');
    for (const value of ['one', 'two', 'three']) {
      await ours.put({ key: 'key', value: text(value) });
      assert.deepEqual(await ours.get('key'), { key: 'key', value: text(value) });
    }
  });

  it('is put back as it was by a window that does not see yet what another one has written', async () => {
    const after = { ...OLD, value: text('imported') };
    const made = { key: 'made', value: text('new') };
    const transfers = new Transfers();
    const source = async function* () {
      yield* [after, made];
    };
    const { undo } = await transfers.import(source, ours);
    assert.deepEqual(await theirs.get('key'), OLD);
    const { done, skipped, failed } = await transfers.undo(undo, theirs, { staleSince: 0 });
    transfers.dispose();
    assert.deepEqual([done, skipped, failed], [0, 2, []]);
    timing.pass(2 * MINUTE);
    const anybody = remote.connect({ timing }).store(id);
    assert.deepEqual(await anybody.get('key'), OLD);
    assert.equal(await anybody.get('made'), undefined);
  });
});
