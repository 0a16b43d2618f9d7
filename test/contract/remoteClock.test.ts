import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';

const MINUTES = 60_000;
const seconds = (ms: number): number => Math.floor(ms / 1000);

/** 2,000 entries, of which 151 expire: one of them, `short`, at a time of its own. */
const entries = (long: number, short: number): KvEntry[] =>
  Array.from({ length: 2000 }, (_, i): KvEntry => {
    const expires = i % 13 === 7 && i < 1963;
    const key = i === 1000 ? 'short' : `key ${i}`;
    return {
      key,
      value: new Uint8Array(1),
      ...(expires && { expiration: long }),
      ...(i === 1000 && { expiration: short }),
    };
  });

describe('a machine whose clock is two minutes behind the server’s', () => {
  let remote: Remote;
  const connect = () => {
    const namespace = remote.server.createPlainNamespace(`clock ${Math.random()}`);
    return remote.connect({ timing: new HastyTiming(), random: () => 0.5 }).store(namespace.id);
  };

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(() => {
    remote.server.reset();
    remote.server.now = () => Date.now() + 2 * MINUTES;
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  it('is told the rule of that entry alone which lives too short', async () => {
    const store = connect();
    const server = seconds(Date.now() + 2 * MINUTES);
    const { done, failed } = await store.putMany(entries(server + 3600, server + 30));
    assert.deepEqual([done, failed.map(({ key, error }) => [key, error.kind])], [1999, [['short', 'invalidInput']]]);
    assert.match(
      failed[0]?.error.message ?? '',
      /^“short” was not written: it would expire in (2|3)\d s, and KV needs/,
    );
    assert.equal(remote.server.count('bulkPut'), 2);
  });

  it('sends nothing that the server’s clock refuses, once it has seen it', async () => {
    const store = connect();
    await store.list({});
    const server = seconds(Date.now() + 2 * MINUTES);
    const { done, failed } = await store.putMany(entries(server + 3600, server + 30));
    assert.deepEqual([done, failed.length, remote.server.count('bulkPut')], [1999, 1, 1]);
  });

  it('writes what the server’s clock allows, though it is too short by its own when that is ahead', async () => {
    remote.server.now = () => Date.now() - 2 * MINUTES;
    const store = connect();
    await store.list({});
    await store.put({ key: 'key', value: new Uint8Array(), expiration: seconds(Date.now()) + 10 });
    assert.equal(remote.server.count('putValue'), 1);
  });

  it('tells the rule to no entry without an expiration, whatever time the answers show', async () => {
    const store = connect();
    const own = Date.now();
    remote.server.headers = { date: new Date(own).toUTCString() };
    // By what it can know, none of them is too short.
    const { done, failed } = await store.putMany(entries(seconds(own) + 100, seconds(own) + 3600));
    const expiring = new Set(entries(1, 1).flatMap(({ key, expiration }) => (expiration === undefined ? [] : key)));
    assert.equal(done + failed.length, 2000);
    assert.ok(failed.length >= 151 && failed.every(({ key }) => expiring.has(key)));
    assert.ok(remote.server.count('bulkPut') < 60);
  });
});
