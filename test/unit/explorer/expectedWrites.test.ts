import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import { ExplorerStore } from '../../../src/local/explorer/explorerStore.ts';
import { ExplorerWriter } from '../../../src/local/explorer/explorerWriter.ts';
import { isNoReply, LoopbackHttp, NoReply } from '../../../src/local/explorer/http.ts';
import { NamespaceApi } from '../../../src/local/explorer/namespaceApi.ts';
import type { WriteResult } from '../../../src/local/localWriter.ts';
import { expecting } from '../../support/expecting.ts';
import { FakeExplorer, fail, type Received, reply } from '../../support/fakeExplorer.ts';
import { freePort } from '../../support/freePort.ts';

const ID = 'KV';
const later = 2_000_000_000;
const entry = (key: string, text: string): KvEntry => ({ key, value: new Uint8Array(Buffer.from(text)) });
const theirs = { value: Buffer.from('theirs') };
const told = ({ failed }: WriteResult) =>
  failed.map(({ index, error, closed }) => [
    index,
    error.kind,
    ...(error.uncertain ? ['uncertain'] : []),
    ...(closed ? [closed] : []),
  ]);
const isBulk = ({ path }: Received): boolean => path.endsWith('/bulk');

describe('writing through a dev server what relies on what was read', () => {
  let http: LoopbackHttp;
  let fake: FakeExplorer;
  let api: NamespaceApi;
  let writer: ExplorerWriter;
  let store: ExplorerStore;
  beforeEach(async () => {
    http = new LoopbackHttp();
    fake = await FakeExplorer.start({ namespaces: [ID] });
    const address = { host: '127.0.0.1', port: fake.port } as const;
    api = new NamespaceApi(http, { address, api: '/cdn-cgi/explorer/api', workers: [], namespaces: [ID] }, ID);
    writer = new ExplorerWriter(async () => api);
    store = new ExplorerStore(async () => api, writer);
  });
  afterEach(async () => {
    http.dispose();
    await fake.stop();
  });

  const entries = () => fake.namespaces.get(ID) ?? assert.fail();
  const text = (key: string) => entries().get(key)?.value.toString();
  const writes = () => fake.calls.filter((call) => !call.startsWith('GET ')).map((call) => call.replace(/.*\/KV/, ''));
  const before = ['a', 'b', 'c'].map((key) => entry(key, 'before'));
  const after = ['a', 'b', 'c'].map((key) => entry(key, 'after'));
  const seed = () => {
    for (const { key, value } of before) entries().set(key, { value: Buffer.from(value) });
  };
  const put = async (given: readonly KvEntry[] = after) =>
    await writer.put(given, { durable: false, expected: expecting(store, before, given) });
  /** What the server would have made of a request. */
  const apply = ({ body, path }: Received): void => {
    if (path.endsWith('/bulk')) {
      for (const { key, value } of JSON.parse(body.toString())) entries().set(key, { value: Buffer.from(value) });
    } else entries().set(decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)), { value: body });
  };
  const cut = (response: ServerResponse): void => void response.socket?.destroy();

  it('compares right before each request, and leaves alone what moved', async () => {
    const many = Array.from({ length: 250 }, (_, i) => entry(`k${i}`, 'after'));
    const expected = expecting(store, []);
    fake.interfere = (request) => {
      // Somebody else is quicker with a key of the next request.
      if (isBulk(request)) entries().set(`k${100 * writes().length}`, theirs);
      return false;
    };
    const result = await writer.put(many, { durable: false, expected });
    assert.deepEqual(told(result), [
      [100, 'conflict'],
      [200, 'conflict'],
    ]);
    assert.deepEqual([text('k100'), text('k200'), text('k249')], ['theirs', 'theirs', 'after']);
    assert.deepEqual(
      expected.reviews.map(({ length }) => length),
      [100, 100, 50],
    );
  });

  it('compares again before a key is tried singly', async () => {
    seed();
    fake.interfere = (request, response) => {
      if (!isBulk(request)) return false;
      entries().set('b', theirs);
      fail(response, 413, 10_000, 'too large', { successful_key_count: 1, unsuccessful_keys: ['b', 'c'] });
      return true;
    };
    assert.deepEqual(told(await put()), [[1, 'conflict']]);
    assert.deepEqual([text('b'), text('c')], ['theirs', 'after']);
    assert.deepEqual(writes(), ['/bulk', '/values/c']);
  });

  it('compares before a delete', async () => {
    seed();
    entries().set('b', theirs);
    const result = await writer.delete(['a', 'b', 'c'], { durable: false, expected: expecting(store, before) });
    assert.deepEqual(told(result), [[1, 'conflict']]);
    assert.match(result.failed[0]?.error.message ?? '', /^“b” was not deleted: it was changed meanwhile/);
    assert.deepEqual([...entries().keys()], ['b']);
  });

  it('sends nothing where it cannot compare', async () => {
    seed();
    fake.interfere = ({ method }, response) => {
      if (method !== 'GET') return false;
      fail(response, 500, 10_000, 'broken');
      return true;
    };
    const result = await put(after.slice(0, 1));
    assert.deepEqual(told(result), [[0, 'server']]);
    assert.match(result.failed[0]?.error.message ?? '', /^“a” was not written: it could not be read just before/);
    assert.deepEqual(writes(), []);
  });

  describe('an answer that is lost', () => {
    it('leaves it uncertain whether that key was written, and says so; what was not sent is certain', async () => {
      const many = Array.from({ length: 250 }, (_, i) => entry(`k${i}`, ''));
      fake.interfere = (request, response) => {
        if (!isBulk(request) || writes().length < 2) return false;
        cut(response);
        return true;
      };
      const result = await writer.put(many, { durable: false });
      assert.equal(result.failed.length, 150);
      assert.ok(result.failed.every(({ closed }) => closed === 'devServer'));
      const uncertain = result.failed.filter(({ error }) => error.uncertain).map(({ index }) => index);
      assert.deepEqual(
        uncertain,
        Array.from({ length: 100 }, (_, i) => 100 + i),
      );
      const [lost, unsent] = [result.failed[0]?.error.message ?? '', result.failed[149]?.error.message ?? ''];
      assert.match(lost, /^It is not certain whether “k100” was written: the dev server on port \d+ has gone/);
      assert.match(unsent, /^“k249” was not written: /);
    });

    it('is told of a delete in its own words', async () => {
      fake.interfere = (_, response) => {
        cut(response);
        return true;
      };
      const { failed } = await writer.delete(['a'], { durable: true });
      assert.match(failed[0]?.error.message ?? '', /^It is not certain whether “a” was deleted: /);
    });

    it('was none where nobody listens: nothing was sent', async () => {
      const address = { host: '127.0.0.1', port: await freePort() } as const;
      const nobody = new NamespaceApi(http, { address, api: '/x', workers: [], namespaces: [ID] }, ID);
      const result = await new ExplorerWriter(async () => nobody).put(after, { durable: false });
      assert.deepEqual(
        told(result),
        [0, 1, 2].map((index) => [index, 'busy', 'devServer']),
      );
    });

    it('that comes too late is uncertain, and ends the work', async () => {
      class Late extends LoopbackHttp {
        override async send(): Promise<never> {
          throw new NoReply('timeout', 'late', { isSent: true });
        }
      }
      const late = new NamespaceApi(new Late(), api.server, ID);
      const many = Array.from({ length: 101 }, (_, i) => entry(`k${i}`, ''));
      const result = await new ExplorerWriter(async () => late).put(many, { durable: false });
      assert.deepEqual(told(result).slice(99), [
        [99, 'busy', 'uncertain'],
        [100, 'busy'],
      ]);
    });
  });

  /* The server closes a kept connection in the moment it is used again: the request may have been carried out. */
  describe('a kept connection that breaks', () => {
    const breakOnce = (act: (request: Received) => void) => {
      let left = 1;
      fake.interfere = (request, response) => {
        if (request.method === 'GET' || left-- <= 0) return false;
        act(request);
        cut(response);
        return true;
      };
    };
    for (const [route, given] of [
      ['/bulk', after],
      ['/values/a', after.slice(0, 1)],
    ] as const) {
      const keys = given.map(({ key }) => key);

      it(`is no failure where ${route} was carried out, and nothing is sent again`, async () => {
        seed();
        breakOnce(apply);
        assert.deepEqual(told(await put(given)), []);
        assert.deepEqual([writes(), keys.map(text)], [[route], keys.map(() => 'after')]);
      });

      it(`lets ${route} be sent again where nothing was done`, async () => {
        seed();
        breakOnce(() => {});
        assert.deepEqual(told(await put(given)), []);
        assert.deepEqual([writes(), keys.map(text)], [[route, route], keys.map(() => 'after')]);
      });

      it(`overwrites nothing of somebody else after ${route}, and stays uncertain`, async () => {
        seed();
        breakOnce((request) => {
          apply(request);
          entries().set('a', theirs);
        });
        const result = await put(given);
        assert.deepEqual(told(result), [[0, 'conflict', 'uncertain']]);
        assert.match(result.failed[0]?.error.message ?? '', /^It is not certain whether “a” was written: /);
        assert.deepEqual([writes(), text('a')], [[route], 'theirs']);
      });
    }

    it('stays uncertain whatever the second attempt meets with', async () => {
      seed();
      let left = 2;
      fake.interfere = ({ method }, response) => {
        if (method === 'GET') return false;
        if (left-- > 1) cut(response);
        else fail(response, 413, 10_000, 'too large');
        return true;
      };
      const result = await put(after.slice(0, 1));
      assert.deepEqual(told(result), [[0, 'busy', 'uncertain']]);
      assert.equal(writes().length, 2);
    });

    it('is used once more for what only reads', async () => {
      seed();
      await store.get('a');
      let left = 1;
      fake.interfere = ({ path }, response) => {
        if (!path.includes('/values/') || left-- <= 0) return false;
        cut(response);
        return true;
      };
      assert.equal((await store.get('a'))?.value.length, 6);
    });
  });

  describe('a bulk answer that does not account for each key', () => {
    const results: [what: string, result: unknown][] = [
      ['says nothing', {}],
      ['counts too few', { successful_key_count: 2, unsuccessful_keys: [] }],
      ['names a key that was not sent', { successful_key_count: 2, unsuccessful_keys: ['x'] }],
      ['names no list', { successful_key_count: 3 }],
    ];
    for (const [what, result] of results) {
      const answerWith = (act: (request: Received) => void) => {
        fake.interfere = (request, response) => {
          if (!isBulk(request)) return false;
          act(request);
          reply(response, 200, { success: true, errors: [], messages: [], result });
          return true;
        };
      };

      it(`and ${what} is looked into: what was not done is tried again`, async () => {
        seed();
        answerWith(() => {
          entries().set('b', theirs);
          entries().set('c', { value: Buffer.from('after') });
        });
        const outcome = await put();
        assert.deepEqual(told(outcome), [[1, 'conflict', 'uncertain']]);
        assert.deepEqual(['a', 'b', 'c'].map(text), ['after', 'theirs', 'after']);
        assert.deepEqual(writes(), ['/bulk', '/values/a']);
      });

      it(`and ${what} is no success of a write that relies on nothing either`, async () => {
        answerWith(() => {});
        assert.deepEqual(told(await writer.put(after, { durable: false })), []);
        assert.deepEqual(['a', 'b', 'c'].map(text), ['after', 'after', 'after']);
        const expiring = { ...entry('a', 'after'), expiration: later };
        assert.deepEqual(told(await writer.put([expiring], { durable: true })), [[0, 'server', 'uncertain']]);
      });
    }

    it('is a failure where it names the only key as not done', async () => {
      fake.interfere = (_, response) => {
        const result = { successful_key_count: 0, unsuccessful_keys: ['a'] };
        reply(response, 200, { success: true, errors: [], messages: [], result });
        return true;
      };
      const expiring = { ...entry('a', 'after'), expiration: later };
      assert.deepEqual(told(await writer.put([expiring], { durable: true })), [[0, 'server']]);
    });
  });

  it('tells a request that was sent from one that was not', async () => {
    fake.interfere = (_, response) => {
      cut(response);
      return true;
    };
    const call = { method: 'PUT', path: '/', timeoutMs: 5000 } as const;
    const address = { host: '127.0.0.1', port: fake.port } as const;
    const isSent = async (port: number) =>
      await http.send({ ...address, port }, call).catch((error: unknown) => isNoReply(error) && error.isSent);
    assert.equal(await isSent(fake.port), true);
    assert.equal(await isSent(await freePort()), false);
    fake.interfere = () => true;
    const aborting = new AbortController();
    const given = http.send(address, { ...call, signal: aborting.signal });
    void wait(20).then(() => aborting.abort());
    await assert.rejects(given, (error) => isNoReply(error, 'cancelled'));
  });

  it('names the key whose value the server does not give, and reads all others', async () => {
    seed();
    fake.interfere = ({ path }, response) => {
      if (!path.endsWith('/values/b')) return false;
      fail(response, 500, 10_000, 'broken');
      return true;
    };
    const unread: string[] = [];
    const seen: string[] = [];
    const reading = store.getMany(['a', 'b', 'c'], undefined, ({ key, error }) => unread.push(`${key} ${error.kind}`));
    for await (const { key } of reading) seen.push(key);
    assert.deepEqual([seen, unread], [['a', 'c'], ['b server']]);
    await assert.rejects(async () => {
      for await (const _ of store.getMany(['a', 'b', 'c']));
    }, /^KvError: “b” could not be read/);
  });
});
