import assert from 'node:assert/strict';
import { counterparts } from '../../src/core/store/counterparts.ts';
import type { KvBinding, KvNamespace, SourceKind } from '../../src/core/store/store.ts';

const binding = (name: string, config: string, environment?: string): KvBinding => ({
  name,
  config,
  field: 'id',
  ...(environment !== undefined && { environment }),
});
const namespace = (source: string, id: string, ...bindings: KvBinding[]): KvNamespace => {
  const sourceKind: SourceKind = source.startsWith('account-') ? 'remote' : 'local';
  return { source, sourceKind, id, title: id, bindings };
};
const BLOG = '/blog/wrangler.jsonc';
const BILLING = '/billing/wrangler.jsonc';

describe('the other side of a namespace', () => {
  const idsOf = (of: KvNamespace, all: readonly KvNamespace[]) => {
    const { certain, possible } = counterparts(of, all);
    return [certain.map(({ source, id }) => `${source}/${id}`), possible.map(({ source, id }) => `${source}/${id}`)];
  };

  it('has its id, or is bound by the same config, environment and name', () => {
    const local = namespace('local-1', 'preview', binding('CACHE', BLOG));
    const remote = namespace('account-1', 'production', binding('CACHE', BLOG));
    const sameId = namespace('account-1', 'preview');
    assert.deepEqual(idsOf(local, [local, remote, sameId]), [['account-1/production', 'account-1/preview'], []]);
    assert.deepEqual(idsOf(remote, [local, remote, sameId]), [['local-1/preview'], []]);
  });

  it('is never that of another project with the same binding name', () => {
    const blog = namespace('local-blog', 'CACHE', binding('CACHE', BLOG));
    const billing = namespace('account-1', 'production', binding('CACHE', BILLING));
    assert.deepEqual(idsOf(blog, [blog, billing]), [[], ['account-1/production']]);
  });

  it('is never that of another environment', () => {
    const staging = namespace('local-1', 'DATA', binding('DATA', BLOG, 'staging'));
    const top = namespace('account-1', 'production', binding('DATA', BLOG));
    assert.deepEqual(idsOf(staging, [staging, top]), [[], ['account-1/production']]);
  });

  it('comes before others of its own kind of source, and nothing else is named', () => {
    const local = namespace('local-1', 'one', binding('CACHE', BLOG));
    const copy = namespace('local-2', 'one');
    const remote = namespace('account-1', 'one');
    const stranger = namespace('account-1', 'two', binding('OTHER', BLOG));
    assert.deepEqual(idsOf(local, [local, copy, remote, stranger]), [['account-1/one', 'local-2/one'], []]);
  });
});
