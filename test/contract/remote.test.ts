import assert from 'node:assert/strict';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { describeKvStore } from './kvStore.contract.ts';

describe('remote', () => {
  let remote: Remote;
  let namespaces = 0;

  before(async () => {
    // Smaller requests than the API takes: Miniflare writes one value at a time, and some tests only need several of
    // them.
    remote = await startRemote({ timing: new HastyTiming(), bulkLimits: { items: 500, bytes: 100_000_000 } });
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual(remote.server.violations, []);
    assert.deepEqual(remote.server.strays, []);
  });

  describeKvStore('remote', async () => remote.source.store(remote.server.createNamespace(`n${namespaces++}`).id), {
    compares: false,
  });
});
