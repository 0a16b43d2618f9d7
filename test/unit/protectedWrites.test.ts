import assert from 'node:assert/strict';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore, WriteOutcome } from '../../src/core/store/store.ts';
import { readOnly } from '../../src/core/store/wrappers/readOnly.ts';
import { ExplorerStore } from '../../src/local/explorer/explorerStore.ts';
import { ExplorerWriter } from '../../src/local/explorer/explorerWriter.ts';
import { LoopbackHttp } from '../../src/local/explorer/http.ts';
import { NamespaceApi } from '../../src/local/explorer/namespaceApi.ts';
import type { LocalWriter } from '../../src/local/localWriter.ts';
import { GuardedFiles } from '../../src/local/serving/guardedFiles.ts';
import { SqliteStore } from '../../src/local/sqliteStore.ts';
import { SqliteWriter } from '../../src/local/sqliteWriter.ts';
import { SwitchingWriter } from '../../src/local/switchingWriter.ts';
import { expecting } from '../support/expecting.ts';
import { FakeExplorer } from '../support/fakeExplorer.ts';
import { localDatabase } from '../support/localDatabase.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const REASON = 'This namespace is switched to read-only.';
const entry = (key: string, text: string): KvEntry => ({ key, value: new Uint8Array(Buffer.from(text)) });
const before = ['a', 'b'].map((key) => entry(key, 'before'));
const after = ['a', 'b', 'c'].map((key) => entry(key, 'after'));

type Write = (store: KvStore) => Promise<WriteOutcome>;
const alone = async (work: Promise<void>): Promise<WriteOutcome> => {
  const failed = await work.then(
    () => [],
    (error: unknown) => (isKvError(error) ? [{ key: 'a', error }] : assert.fail()),
  );
  return { done: 1 - failed.length, skipped: 0, failed, cancelled: false };
};
const writes: Readonly<Record<string, Write>> = {
  'a put': (store) => alone(store.put(entry('a', 'after'), undefined, expecting(store, before))),
  'a delete': (store) => alone(store.delete('a', undefined, expecting(store, before))),
  'many puts': (store) => store.putMany(after, { expected: expecting(store, before, after) }),
  'many deletes': (store) => store.deleteMany(['a', 'b'], { expected: expecting(store, before) }),
};

function assertRefused({ done, failed }: WriteOutcome): void {
  assert.equal(done, 0);
  assert.ok(failed.length > 0);
  for (const { error, uncertain } of failed) {
    assert.deepEqual([error.kind, error.message, uncertain], ['readOnly', REASON, undefined]);
  }
}

describe('a local write whose namespace becomes read-only while it waits', () => {
  let reason: string | undefined;
  beforeEach(() => {
    reason = undefined;
  });
  const protect = (): void => {
    reason = REASON;
  };

  describe('for its files', () => {
    let local: LocalFolder;
    beforeEach(async () => {
      local = localFolder();
      await local.source.store('KV').putMany(before);
    });
    afterEach(() => local.dispose());
    const { files } = localDatabase(() => local);
    const closed: LocalWriter = {
      put: async (given) => ({ failed: given.map((_, index) => shut(index)) }),
      delete: async (keys) => ({ failed: keys.map((_, index) => shut(index)) }),
    };
    const shut = (index: number) => ({ index, error: new KvError('busy', 'closed'), closed: 'devServer' as const });
    /** `opensFiles` is asked before each attempt. */
    const storeOf = (opensFiles: () => Promise<boolean>): KvStore => {
      const locate = async () => files();
      const guarded = new GuardedFiles(new SqliteWriter(local.client, locate), { opensFiles }, files().lock);
      const writer = new SwitchingWriter({
        files: guarded,
        server: closed,
        isServerFirst: () => false,
        serverClosed: () => {},
        mayOpenSoon: async () => true,
        takeLeftovers: () => [],
        keepLeftovers: () => {},
      });
      return readOnly(new SqliteStore({ client: local.client, locate, writer }), () => reason);
    };
    const stored = async () => {
      const entries: KvEntry[] = [];
      for await (const one of local.source.store('KV').getMany(['a', 'b', 'c'])) entries.push(one);
      return entries.map(({ key, value }) => `${key} ${Buffer.from(value)}`);
    };

    for (const [name, write] of Object.entries(writes)) {
      it(`is refused: ${name}, while it is asked who serves them`, async () => {
        const store = storeOf(async () => {
          protect();
          return true;
        });
        assertRefused(await write(store));
        assert.deepEqual(await stored(), ['a before', 'b before']);
      });

      it(`is refused: ${name}, while a dev server stops`, async () => {
        let asked = 0;
        const store = storeOf(async () => {
          if (++asked > 1) protect();
          return asked > 1;
        });
        assertRefused(await write(store));
        assert.ok(asked > 1);
        assert.deepEqual(await stored(), ['a before', 'b before']);
      });
    }
  });

  describe('for a dev server', () => {
    let http: LoopbackHttp;
    let fake: FakeExplorer;
    let api: NamespaceApi;
    beforeEach(async () => {
      http = new LoopbackHttp();
      fake = await FakeExplorer.start({ namespaces: ['KV'] });
      const address = { host: '127.0.0.1', port: fake.port } as const;
      api = new NamespaceApi(http, { address, api: '/cdn-cgi/explorer/api', workers: [], namespaces: ['KV'] }, 'KV');
      for (const { key, value } of before) fake.namespaces.get('KV')?.set(key, { value: Buffer.from(value) });
    });
    afterEach(async () => {
      http.dispose();
      await fake.stop();
    });
    const sent = () => fake.calls.filter((call) => !call.startsWith('GET ') && !call.endsWith('/bulk/get'));
    const storeOf = (onConnect: () => void): KvStore => {
      const connect = async () => {
        onConnect();
        return api;
      };
      return readOnly(new ExplorerStore(async () => api, new ExplorerWriter(connect)), () => reason);
    };

    for (const [name, write] of Object.entries(writes)) {
      it(`is not sent: ${name}`, async () => {
        assertRefused(await write(storeOf(protect)));
        assert.deepEqual(sent(), []);
      });
    }

    it('is not gone on with, from the next request on', async () => {
      const many = Array.from({ length: 250 }, (_, i) => entry(`k${i}`, 'after'));
      const store = storeOf(() => {});
      fake.interfere = ({ path }) => {
        if (path.endsWith('/bulk')) protect();
        return false;
      };
      const { done, failed } = await store.putMany(many, { expected: expecting(store, [], many) });
      assert.equal(done, 100);
      assert.deepEqual([...new Set(failed.map(({ error }) => error.kind))], ['readOnly']);
      assert.equal(sent().length, 1);
    });
  });
});
