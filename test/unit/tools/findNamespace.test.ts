import assert from 'node:assert/strict';
import type { KvBinding, KvNamespace, KvSource } from '../../../src/core/store/store.ts';
import { type Listed, type Listing, placeOf, theOne } from '../../../src/language/tools/findNamespace.ts';
import { MemoryStore } from '../../support/memoryStore.ts';
import { namespaceNode } from '../../support/treeNodes.ts';
import { throwsKvError } from './refusals.ts';

const { source: anySource } = namespaceNode(new MemoryStore()).parent;
const source = (id: string, kind: KvSource['kind'], label: string): KvSource => ({ ...anySource, id, kind, label });
const shop = source('local-1', 'local', 'shop');
const blog = source('local-2', 'local', 'blog');
const acme = source('account-1', 'remote', 'Acme Inc');

const bound = (name: string): KvBinding => ({ name, config: '/shop/wrangler.toml', field: 'id' });
const listed = (of: KvSource, id: string, fields: Partial<KvNamespace> = {}): Listed => ({
  source: of,
  namespace: { source: of.id, sourceKind: of.kind, id, title: id, bindings: [], ...fields },
});
const sessions = listed(shop, 'id-1', { bindings: [bound('SESSIONS')] });
const production = listed(acme, 'id-1', { title: 'shop-sessions', bindings: [bound('SESSIONS')] });
const cache = listed(blog, 'CACHE', { bindings: [bound('CACHE')] });
const all: Listing = { all: [sessions, production, cache], failed: [] };

describe('the namespace that a tool is to use', () => {
  it('is found by binding, title and id, where that names one', () => {
    assert.equal(theOne({ namespace: 'CACHE' }, all), cache);
    assert.equal(theOne({ namespace: 'shop-sessions' }, all), production);
    assert.equal(theOne({ namespace: 'id-1', source: 'local-1' }, all), sessions);
  });

  it('is found by every name that a result gives it', () => {
    const two = listed(shop, 'id-2', { bindings: [bound('USERS'), bound('PEOPLE')] });
    const unnamed = listed(shop, '0123456789abcdef0123456789abcdef');
    const long = listed(acme, 'id-3', { title: 'n'.repeat(200) });
    const those: Listing = { all: [sessions, two, unnamed, long], failed: [] };
    for (const one of those.all) {
      const { namespace, source } = placeOf(one);
      assert.equal(theOne({ namespace, source }, those), one, namespace);
    }
    assert.equal(theOne({ namespace: 'PEOPLE' }, those), two);
  });

  it('is told apart by the id of its source, its name, or its side', () => {
    for (const place of ['account-1', 'Acme Inc', 'remote']) {
      assert.equal(theOne({ namespace: 'SESSIONS', source: place }, all), production, place);
    }
    assert.equal(theOne({ namespace: 'SESSIONS', source: 'local' }, all), sessions);
  });

  it('is never guessed: the error lists the candidates as they are to be given', () => {
    const titled = JSON.stringify({ ...placeOf(production), title: 'shop-sessions' });
    const candidates = `[${JSON.stringify(placeOf(sessions))},${titled}]`;
    throwsKvError(() => theOne({ namespace: 'SESSIONS' }, all), 'invalidInput', /2 namespaces are called "SESSIONS"/);
    try {
      theOne({ namespace: 'SESSIONS' }, all);
    } catch (error) {
      assert.ok(String(error).endsWith(candidates), String(error));
    }
  });

  it('of one name has its environment beside it', () => {
    const staging = listed(shop, 'id-4', { bindings: [{ ...bound('SESSIONS'), environment: 'staging' }] });
    throwsKvError(
      () => theOne({ namespace: 'SESSIONS' }, { all: [sessions, staging], failed: [] }),
      'invalidInput',
      /"id":"id-4".*"environments":\["staging"\]/,
    );
  });

  it('is named when it is not there, with what could not be looked at', () => {
    throwsKvError(
      () => theOne({ namespace: 'sessions' }, all),
      'namespaceNotFound',
      /no KV namespace "sessions"\. cloudflare_kv_list/,
    );
    throwsKvError(
      () => theOne({ namespace: 'CACHE', source: 'shop' }, all),
      'namespaceNotFound',
      /in the source "shop"/,
    );
    const failing = { all: [], failed: [{ source: acme, error: new Error('offline') }] };
    throwsKvError(() => theOne({ namespace: 'X' }, failing), 'namespaceNotFound', /"Acme Inc" did not answer/);
  });

  it('is not taken by a name that what did not answer may have, too', () => {
    const failing: Listing = { all: [production], failed: [{ source: blog, error: new Error('offline') }] };
    for (const wanted of [
      { namespace: 'SESSIONS' },
      { namespace: 'id-1' },
      { namespace: 'SESSIONS', source: 'account-1' },
    ]) {
      throwsKvError(
        () => theOne(wanted, failing),
        'invalidInput',
        /may be more than one namespace called .*"blog" did not answer\. Call again with .*"id":"id-1"/,
      );
    }
    assert.equal(theOne({ namespace: 'id-1', source: 'account-1' }, failing), production);
  });

  it('lists no more candidates than a model is to read', () => {
    const many = Array.from({ length: 500 }, (_, at) => listed(shop, `id-${at}`, { title: 'same' }));
    try {
      theOne({ namespace: 'same' }, { all: many, failed: [] });
      assert.fail('refused');
    } catch (error) {
      assert.ok(String(error).length < 5000);
    }
  });
});
