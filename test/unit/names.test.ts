import assert from 'node:assert/strict';
import {
  byteSize,
  distinctNames,
  fullName,
  keyCount,
  namespaceDescription,
  namespaceLabel,
  operationCount,
  shortId,
  someKeys,
  sourceLabel,
} from '../../src/core/store/names.ts';
import { EVERYTHING } from '../../src/core/store/selection.ts';
import type { KvBinding, KvNamespace } from '../../src/core/store/store.ts';
import { keysOf, selectionName } from '../../src/core/transfer/selectionName.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const ID = '0123456789abcdef0123456789abcdef';
const binding = (name: string, environment?: string): KvBinding => ({
  name,
  config: '/shop/wrangler.toml',
  field: 'id',
  ...(environment !== undefined && { environment }),
});
const namespace = (fields: Partial<KvNamespace> = {}): KvNamespace => ({
  source: 'local-0123456789abcdef',
  sourceKind: 'local',
  id: ID,
  title: ID,
  bindings: [],
  ...fields,
});

describe('numbers of operations', () => {
  it('count from one', () => {
    assert.deepEqual([0, 1, 4207].map(operationCount), ['0 operations', '1 operation', '4,207 operations']);
  });
});

describe('names', () => {
  const { source } = namespaceNode(new MemoryStore()).parent;

  it('of a namespace are its bindings, else its title, else the beginning of its id', () => {
    const bindings = [binding('A'), binding('B', 'staging'), binding('A', 'production')];
    assert.equal(namespaceLabel(namespace({ bindings, title: 'A, B' })), 'A, B');
    assert.equal(namespaceLabel(namespace({ title: 'billing' })), 'billing');
    assert.equal(namespaceLabel(namespace()), '0123…');
    assert.equal(namespaceLabel(namespace({ id: 'SESSIONS', title: 'SESSIONS' })), 'SESSIONS');
  });

  it('are told apart by environment, note and short id', () => {
    const bindings = [binding('A', 'staging'), binding('A', 'production')];
    assert.equal(
      namespaceDescription(namespace({ bindings, note: 'preview' })),
      'staging, production · preview · 0123…',
    );
    assert.equal(namespaceDescription(namespace()), '');
    assert.equal(namespaceDescription(namespace({ id: 'KV', bindings: [binding('KV')] })), '');
  });

  it('are told apart where several of one source have one', () => {
    const named = (...all: readonly KvNamespace[]): readonly string[] => [...distinctNames(all).values()];
    const cache = (id: string, title = id, environment?: string): KvNamespace =>
      namespace({ id, title, bindings: [binding('CACHE', environment)] });
    assert.deepEqual(named(cache('a'), namespace({ id: 'b', title: 'billing' })), ['CACHE', 'billing']);
    assert.deepEqual(named(cache('a'), cache('b', 'b', 'staging')), ['CACHE', 'CACHE (staging)']);
    assert.deepEqual(named(cache('a', 'blog-cache'), cache('b', 'shop-cache')), [
      'CACHE (blog-cache)',
      'CACHE (shop-cache)',
    ]);
    assert.deepEqual(named(cache('a'), cache('b'), cache('c', 'c', 'staging')), [
      'CACHE (a)',
      'CACHE (b)',
      'CACHE (c)',
    ]);
    assert.deepEqual(named(), []);
  });

  it('name the side', () => {
    assert.equal(fullName({ source, namespace: namespace({ title: 'SESSIONS' }) }), 'SESSIONS (local, shop)');
    assert.equal(sourceLabel(source), 'Local · shop');
    const long = fullName({ source, namespace: namespace({ title: `${'n'.repeat(500)}-production` }) });
    assert.match(long, /^n{55}…n{13}-production \(local, shop\)$/);
    const staging = namespace({ bindings: [binding('A', 'staging')] });
    assert.equal(fullName({ source, namespace: staging }), 'A (local, shop, staging)');
    const both = namespace({ bindings: [binding('A', 'staging'), binding('A')] });
    assert.equal(fullName({ source, namespace: both }), 'A (local, shop)');
    const account = { ...source, kind: 'remote' as const, label: 'Acme Inc' };
    assert.equal(fullName({ source: account, namespace: namespace({ title: 'SESSIONS' }) }), 'SESSIONS (Acme Inc)');
    assert.equal(sourceLabel(account), 'Acme Inc · remote');
    const bound = namespace({ title: 'blog-production-cache', bindings: [binding('CACHE')] });
    assert.equal(fullName({ source: account, namespace: bound }), 'CACHE (“blog-production-cache”, Acme Inc)');
    const stagingBound = { ...bound, bindings: [binding('CACHE', 'staging')] };
    assert.equal(
      fullName({ source: account, namespace: stagingBound }),
      'CACHE (“blog-production-cache”, Acme Inc, staging)',
    );
  });

  it('shorten only what is long and hexadecimal', () => {
    assert.equal(shortId('my-long-binding-name'), 'my-long-binding-name');
    assert.equal(shortId('abc123'), 'abc123');
  });

  it('count keys and bytes as a person does', () => {
    assert.deepEqual([0, 1, 2, 12_400].map(keyCount), ['0 keys', '1 key', '2 keys', '12,400 keys']);
    assert.deepEqual([0, 1, 1023, 1024, 1536, 20_480, 26_214_400].map(byteSize), [
      '0 bytes',
      '1 byte',
      '1,023 bytes',
      '1.0 KB',
      '1.5 KB',
      '20 KB',
      '25 MB',
    ]);
    assert.equal(byteSize(1024 ** 2 - 1), '1.0 MB');
  });

  it('list three keys and the number of the others', () => {
    assert.equal(someKeys(['a']), 'a');
    assert.equal(someKeys(['a', 'b', 'c']), 'a, b, c');
    assert.equal(someKeys(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
    assert.equal(someKeys([' ', 'two\nlines']), '␣, two␊lines');
  });

  it('of a part of a namespace say which part', () => {
    const under = (...prefixes: string[]) => ({ keys: [], prefixes });
    assert.equal(selectionName(EVERYTHING, 'BIG'), 'BIG');
    assert.equal(selectionName(under('user:'), 'BIG'), 'keys that begin with “user:” of BIG');
    assert.equal(selectionName({ keys: ['a', 'b'], prefixes: [] }, 'BIG'), '2 keys of BIG');
    assert.equal(keysOf(under('user:'), '1 key'), '1 key that begins with “user:”');
    assert.deepEqual([keysOf(EVERYTHING), keysOf(EVERYTHING, '9 keys')], ['keys', '9 keys']);
    assert.equal(keysOf(under('a:', 'b '), '9 keys'), '9 keys that begin with “a:” or “b␣”');
    assert.equal(keysOf(under('a', 'b', 'c', 'd', 'e')), 'keys that begin with “a”, “b”, “c” or 2 more');
    assert.equal(keysOf({ keys: ['k'], prefixes: ['a:'] }, '9 keys'), '9 keys of what is selected');
  });
});
