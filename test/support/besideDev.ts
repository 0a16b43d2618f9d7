import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import { listKeys } from '../../src/core/store/listKeys.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { DevServer, registryIn, writeDevProject } from './devServer.ts';
import { KvWorker } from './kvWorker.ts';
import { type LocalFolder, localFolder } from './localFolder.ts';
import { loadScript, WorkerLoad } from './workerLoad.ts';

const ID = '0123456789abcdef0123456789abcdef';
const MOST_STARTS = 5;
/** Written first and never deleted, so the Worker must always find them. */
const DOCUMENTS = Array.from({ length: 10 }, (_, i) => `doc:${i}`);

/** The extension's side of a namespace that a Worker writes at the same time. Remembers what must be there. */
export class BesideDev {
  readonly store: KvStore;
  readonly source: LocalSource;
  readonly #local: LocalFolder;
  readonly #servers: DevServers;
  readonly #wanted = new Map<string, KvEntry>();
  #dev: DevServer | undefined;

  private constructor(local: LocalFolder, source: LocalSource, servers: DevServers) {
    this.#local = local;
    this.source = source;
    this.#servers = servers;
    this.store = source.store(ID);
  }

  /** A project in its own folder, with nothing running. */
  static async make(): Promise<BesideDev> {
    const local = localFolder();
    writeDevProject(local.folder, { bindings: { KV: ID }, script: loadScript });
    const configs = [await readWranglerConfig(join(local.folder, 'wrangler.jsonc'))];
    let beside: BesideDev | undefined;
    const servers = new DevServers({
      ports: () => beside?.ports ?? [],
      usualPorts: [],
      registry: registryIn(local.folder),
      // A server may be slow to start when many tests share few processors.
      patience: { singleMs: 30_000, bulkMs: 30_000 },
    });
    beside = new BesideDev(
      local,
      new LocalSource(local.client, { ...local.source.project, configs }, servers),
      servers,
    );
    for (const key of DOCUMENTS) await beside.put({ key, value: Buffer.from('0') });
    return beside;
  }

  /** The port of the server that was started last. */
  ports: readonly number[] = [];

  async startDev(): Promise<void> {
    // Always the same port, so that the next server is found while it is starting.
    const [port = 0] = this.ports;
    const start = async (): Promise<DevServer> => await DevServer.start(this.#local.folder, { port });
    // workerd opens its databases without a busy timeout, so it exits if one is locked at that moment, however briefly.
    // While we write, that can be our probe, which holds the lock of `metadata.sqlite` for about a millisecond before
    // every transaction, or the transaction itself: 500 rows hold theirs for 4 to 14 ms, and for at most 39 on a busy
    // machine, with 50 allowed. The test does what a user would do: it starts the server again.
    let dev: DevServer | undefined;
    for (let left = MOST_STARTS; dev === undefined; left--) {
      try {
        dev = await start();
      } catch (error) {
        if (left <= 1 || !String(error).includes('SQLITE_BUSY')) throw error;
      }
    }
    this.#dev = dev;
    this.ports = [dev.port];
  }

  async stopDev(): Promise<void> {
    await this.#dev?.stop();
  }

  async killDev(): Promise<void> {
    await this.#dev?.kill();
  }

  load(perSecond: number): WorkerLoad {
    return new WorkerLoad(perSecond, DOCUMENTS.slice(0, 2), async (body) => {
      if (this.#dev === undefined) throw new Error('no server yet');
      return await this.#dev.fetch('/', { method: 'POST', body });
    });
  }

  async put(entry: KvEntry): Promise<void> {
    await this.store.put(entry);
    this.#wanted.set(entry.key, entry);
  }

  /** Saves documents with metadata and expirations, one after another. */
  async save(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const expiration = i % 2 === 0 ? { expiration: nowSeconds() + 3600 + i } : {};
      const key = DOCUMENTS[i % DOCUMENTS.length] ?? '';
      await this.put({ key, value: Buffer.from(`save ${i}`), metadata: { i }, ...expiration });
    }
  }

  /** One bulk write, in which every key must succeed. */
  async putMany(prefix: string, count: number, value = 'bulk'): Promise<readonly KvEntry[]> {
    const entries = Array.from({ length: count }, (_, i): KvEntry => {
      const about = { ...(i % 3 === 0 && { metadata: i }), ...(i % 5 === 0 && { expiration: 2_000_000_000 + i }) };
      return { key: `${prefix}:${i}`, value: Buffer.from(`${value} ${i}`), ...about };
    });
    const outcome = await this.store.putMany(entries);
    assert.deepEqual(outcome, { done: count, skipped: 0, failed: [], cancelled: false });
    for (const entry of entries) this.#wanted.set(entry.key, entry);
    return entries;
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    const outcome = await this.store.deleteMany(keys);
    assert.deepEqual(outcome, { done: keys.length, skipped: 0, failed: [], cancelled: false });
    for (const key of keys) this.#wanted.delete(key);
  }

  /** Lists everything and reads the documents. */
  async look(): Promise<void> {
    for await (const page of listKeys(this.store, undefined)) assert.ok(page.length > 0);
    let read = 0;
    for await (const _ of this.store.getMany(DOCUMENTS)) read++;
    assert.equal(read, DOCUMENTS.length);
  }

  /** With no server running, real Miniflare must find what we wrote, what the Worker wrote, and nothing else. */
  async assertKept(loads: readonly WorkerLoad[]): Promise<void> {
    const worker = await KvWorker.start(this.source.state.path, ID);
    const all = await worker.dump().finally(() => worker.stop());
    const ours = all.filter(({ key }) => !key.startsWith('worker:'));
    const byKey = (a: KvEntry, b: KvEntry): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
    const plain = ({ value, ...rest }: KvEntry) => ({ ...rest, value: Buffer.from(value).toString() });
    assert.deepEqual(ours.map(plain), [...this.#wanted.values()].sort(byKey).map(plain));
    const theirs = new Map(all.map(({ key, value }) => [key, Buffer.from(value).toString()]));
    for (const load of loads.slice(-1)) load.assertKept(theirs);
  }

  async dispose(): Promise<void> {
    await this.killDev();
    this.source.dispose();
    this.#servers.dispose();
    this.#local.dispose();
  }
}
