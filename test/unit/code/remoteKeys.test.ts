import assert from 'node:assert/strict';
import type { CodeNamespace } from '../../../src/language/providers/codeNamespaces.ts';
import { KEPT_MS, MOST_KEYS, PAUSE_MS, RemoteKeys } from '../../../src/language/providers/remoteKeys.ts';
import { ManualTiming } from '../../support/manualTiming.ts';
import { MemoryStore } from '../../support/memoryStore.ts';

const MOST = 100;

describe('Keys of an account in completion', () => {
  // Only what leads to a store and names it is looked at.
  const namespaceOf = (id: string) => ({ ref: { source: 'account-1', id } }) as CodeNamespace;
  const namespace = namespaceOf('n');
  let store: MemoryStore;
  let asked: string[];
  let codeRemote: boolean;
  let timing: ManualTiming;
  let remote: RemoteKeys;
  beforeEach(async () => {
    timing = new ManualTiming();
    store = new MemoryStore();
    for (const key of ['user:1', 'user:2', 'uuid', 'other']) await store.put({ key, value: Buffer.from('v') });
    asked = [];
    codeRemote = true;
    const settings = {
      get codeRemote() {
        return codeRemote;
      },
    };
    const namespaces = {
      store: async ({ ref }: CodeNamespace) => ({
        get: store.get.bind(store),
        getMany: store.getMany.bind(store),
        list: (query: Parameters<MemoryStore['list']>[0]) => {
          asked.push(`${ref.id} ${query.prefix ?? ''}`);
          return store.list(query);
        },
      }),
    };
    const loaded = [{ name: 'user:1' }];
    const tree = {
      loadedKeys: (_: unknown, prefix: string) => loaded.filter(({ name }) => name.startsWith(prefix)),
    };
    remote = new RemoteKeys(namespaces, tree, settings, timing);
  });
  afterEach(() => remote.dispose());

  const names = (prefix: string, of = namespace): string[] =>
    remote.keys(of, prefix, MOST).keys.map(({ name }) => name);
  const type = (text: string): void => {
    for (let length = 0; length <= text.length; length++) names(text.slice(0, length));
  };

  it('are those that the view has listed, and nothing is asked, until the setting says so', async () => {
    codeRemote = false;
    type('user');
    assert.deepEqual(names('u'), ['user:1']);
    assert.deepEqual(timing.pending, []);
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, []);
  });

  it('are asked for once a pause, by what was typed by then', async () => {
    type('us');
    await timing.pass(PAUSE_MS - 1);
    type('us');
    await timing.pass(PAUSE_MS - 1);
    assert.deepEqual(asked, []);
    await timing.pass(1);
    assert.deepEqual(names('us'), ['user:1', 'user:2']);
    assert.deepEqual(asked, ['n us']);
    assert.equal(remote.keys(namespace, 'us', MOST).isPart, false);
  });

  it('are not asked for again while what is known answers', async () => {
    names('u');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(names('u'), ['user:1', 'user:2', 'uuid']);
    type('user:2');
    assert.deepEqual(names('user:2'), ['user:2']);
    assert.deepEqual(names('ux'), []);
    await timing.pass(PAUSE_MS);
    // Only what is wider than what is known.
    assert.deepEqual(asked, ['n u']);
    names('', namespaceOf('m'));
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, ['n u', 'm ']);
  });

  it('are asked for again when what is known has become old', async () => {
    names('u');
    await timing.pass(PAUSE_MS);
    await timing.pass(KEPT_MS - 1);
    names('u');
    assert.deepEqual(timing.pending, []);
    await timing.pass(1);
    names('u');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, ['n u', 'n u']);
  });

  it('are asked for again by more letters where there were too many', async () => {
    for (let i = 0; i < MOST_KEYS; i++) await store.put({ key: `user:many:${i}`, value: Buffer.from('v') });
    names('u');
    await timing.pass(PAUSE_MS);
    assert.equal(names('u').length, MOST);
    assert.equal(remote.keys(namespace, 'u', MOST).isPart, true);
    names('uu');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(names('uu'), ['uuid']);
    assert.deepEqual(asked, ['n u', 'n uu']);
  });

  it('are as many as completion shows, whoever asked first and for how few', async () => {
    for (let i = 0; i < MOST; i++) await store.put({ key: `many:${i}`, value: Buffer.from('v') });
    const few = (): string[] => remote.keys(namespace, 'many:', 9).keys.map(({ name }) => name);
    few();
    await timing.pass(PAUSE_MS);
    assert.equal(few().length, 9);
    assert.equal(remote.keys(namespace, 'many:', 9).isPart, true);
    assert.equal(names('many:').length, MOST);
    assert.equal(remote.keys(namespace, 'many:', MOST).isPart, false);
    assert.equal(remote.keys(namespace, 'many:1', 3).keys.length, 3);
    assert.deepEqual(asked, ['n many:']);
  });

  it('that cannot be had are left alone for a while', async () => {
    store.intercept = (call) => {
      if (call === 'list') throw new Error('offline');
    };
    names('u');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, ['n u']);
    for (let again = 0; again < 3; again++) names('u');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, ['n u']);
    await timing.pass(KEPT_MS);
    names('u');
    await timing.pass(PAUSE_MS);
    assert.deepEqual(asked, ['n u', 'n u']);
  });
});
