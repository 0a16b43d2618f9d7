import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import type { RemoteSource } from '../../src/cloudflare/remoteSource.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { type Bench, ms, timed, times } from './figure.ts';

const KEYS = 10_000;
const LATENCY_MS = 20;
const ROUNDS = 10;
const KEYS_PER_READ = 100;

/** A source of its own, so that each round has the whole budget. */
function connect({ baseUrl, accountId, token }: ServerProcess): RemoteSource {
  const api = new CloudflareApi({ configs: () => [] });
  return api.source(baseUrl, { id: accountId, name: 'bench' }, async () => token);
}

async function exported(store: KvStore): Promise<number> {
  let count = 0;
  for await (const { metadata } of readEntries(store, undefined)) if (metadata !== undefined) count++;
  return count;
}

/** The same requests, each after the one before. */
async function oneAfterAnother(store: KvStore): Promise<number> {
  const keys: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await store.list(cursor === undefined ? {} : { cursor });
    keys.push(...page.keys.map(({ name }) => name));
    cursor = page.cursor;
  }
  let count = 0;
  for (let start = 0; start < keys.length; start += KEYS_PER_READ) {
    for await (const _ of store.getMany(keys.slice(start, start + KEYS_PER_READ))) count++;
  }
  return count;
}

/** Least milliseconds of several rounds of both kinds of work, turn by turn. */
async function measure(server: ServerProcess, namespace: string) {
  const together: number[] = [];
  const single: number[] = [];
  let requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await server.command({ reset: true, latencyMs: LATENCY_MS, checks: round === 0 });
    const source = connect(server);
    const ours = await timed(() => exported(source.store(namespace)));
    const { counts, violations } = await server.command({});
    assert.deepEqual([ours.result, violations], [KEYS, []]);
    requests = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const theirs = await timed(() => oneAfterAnother(connect(server).store(namespace)));
    assert.equal(theirs.result, KEYS);
    together.push(ours.ms);
    single.push(theirs.ms);
  }
  return { oursMs: Math.min(...together), oneAfterAnotherMs: Math.min(...single), requests };
}

/** Runs some work while a process of ours does nothing but compute. */
async function besideBusyProcess<T>(work: () => Promise<T>): Promise<T> {
  const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    return await work();
  } finally {
    busy.kill('SIGKILL');
  }
}

/** Every entry of a remote namespace, with 20 ms of latency on the loopback. */
export const remoteExport: Bench = async () => {
  const server = await startServerProcess();
  try {
    const { namespaces } = await server.command({ makeUp: { title: 'many', keys: KEYS } });
    const namespace = namespaces.many ?? assert.fail();
    const numbers = await measure(server, namespace);
    const ratio = numbers.oneAfterAnotherMs / numbers.oursMs;
    const beside = await besideBusyProcess(() => measure(server, namespace));
    const besideRatio = beside.oneAfterAnotherMs / beside.oursMs;
    return [
      {
        work: 'export 10,000 remote keys with metadata, 20 ms latency',
        mustReach: 'at most 112 requests, ≥ 4 × one after another',
        measured: `${numbers.requests} requests, ${times(ratio)} (${ms(numbers.oursMs)}, one after another ${ms(numbers.oneAfterAnotherMs)})`,
        ok: numbers.requests <= 112 && ratio >= 4,
        numbers,
      },
      {
        work: 'the same while another process keeps a core busy',
        mustReach: '≥ 3 × one after another',
        measured: `${times(besideRatio)} (${ms(beside.oursMs)}, one after another ${ms(beside.oneAfterAnotherMs)})`,
        ok: besideRatio >= 3,
        numbers: beside,
      },
    ];
  } finally {
    await server.stop();
  }
};
