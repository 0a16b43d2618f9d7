import assert from 'node:assert/strict';
import type { Operation } from '../support/cloudflare/api.ts';
import { startRemote } from '../support/cloudflare/remote.ts';
import type { Bench } from './figure.ts';

const READS: readonly Operation[] = ['getValue', 'getMetadata', 'bulkGet', 'listKeys'];

/** What a save of a value costs: it compares with the value as it is now, then writes. */
export const remoteSave: Bench = async () => {
  const { server, source, stop } = await startRemote();
  try {
    const store = source.store(server.createNamespace('save').id);
    const entry = { key: 'key', value: new TextEncoder().encode('before'), metadata: { kept: true } };
    await store.put(entry);
    server.reset();
    const now = (await store.get('key')) ?? assert.fail();
    await store.put({ ...now, value: new TextEncoder().encode('after') });
    const reads = server.count(...READS);
    const writes = server.count() - reads;
    return [
      {
        work: 'a save, remote',
        mustReach: 'one write, at most two reads',
        measured: `${writes} write, ${reads} reads`,
        ok: writes === 1 && reads <= 2,
        numbers: { writes, reads },
      },
    ];
  } finally {
    await stop();
  }
};
