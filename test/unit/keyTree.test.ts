import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KvKeyInfo } from '../../src/core/entry/entry.ts';
import { groupPrefixes, KeyLevel, type KeyRow } from '../../src/core/keys/keyTree.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';

const infos = (names: readonly string[]): KvKeyInfo[] => names.map((name) => ({ name }));
const show = (rows: readonly KeyRow[]): string[] =>
  rows.map((row) => (row.kind === 'group' ? `+ ${row.label}` : row.label));
const level = (names: readonly string[], delimiters = [':', '/'], prefix = '', group = prefix !== '') =>
  new KeyLevel(prefix, delimiters, { group }).add(
    infos(names.filter((name) => name.startsWith(prefix)).sort(compareUtf8)),
  );

describe('key tree', () => {
  const names = ['greeting', 'user', 'user:', 'user:1:name', 'user:2', 'cache:api', 'a//b', 'a/b', 'zoo'];

  it('makes groups where their first key sorts, and shows a key that is a prefix as both', () => {
    assert.deepEqual(show(level(names)), ['+ a/', '+ cache:', 'greeting', 'user', '+ user:', 'zoo']);
    assert.deepEqual(show(level(names, [':', '/'], 'user:')), ['(empty)', '+ 1:', '2']);
    assert.deepEqual(show(level(names, [':', '/'], 'a/')), ['+ (empty)/', 'b']);
    assert.deepEqual(show(level(names, [':', '/'], 'a//')), ['b']);
  });

  it('shows whole keys without delimiters', () => {
    assert.deepEqual(show(level(names, [])), [...names].sort(compareUtf8));
    assert.deepEqual(show(level(names, [''])), [...names].sort(compareUtf8));
    assert.deepEqual(show(level(names, [], 'user:', false)), ['user:', 'user:1:name', 'user:2']);
  });

  it('shows whole segments below a filter that ends inside one', () => {
    assert.deepEqual(show(level(names, [':'], 'us', false)), ['user', '+ user:']);
    assert.deepEqual(show(level(['user:1', 'user:12:x', 'user:12'], [':'], 'user:1', false)), ['1', '12', '+ 12:']);
    assert.deepEqual(show(level(['a::1'], ['::'], 'a:', false)), ['+ a::']);
  });

  it('keeps groups of overlapping delimiters apart', () => {
    const keys = ['a:1', 'a::1', 'a:b'];
    const top = level(keys, [':', '::']);
    assert.deepEqual(show(top), ['+ a:', '+ a::']);
    assert.deepEqual(show(level(keys, [':', '::'], 'a:')), ['1', 'b']);
    assert.deepEqual(show(level(keys, [':', '::'], 'a::')), ['1']);
    assert.deepEqual(show(level(keys, [':', '::'], 'a:', false)), ['1', '+ a::', 'b']);
  });

  it('returns only what a page adds', () => {
    const made = new KeyLevel('', [':']);
    assert.deepEqual(show(made.add(infos(['a', 'b:1']))), ['a', '+ b:']);
    assert.deepEqual(show(made.add(infos(['b:2', 'b:3']))), []);
    assert.deepEqual(show(made.add([])), []);
    assert.deepEqual(show(made.add(infos(['b:4', 'c']))), ['c']);
  });

  it('names the groups around a key', () => {
    assert.deepEqual(groupPrefixes('user:1:name', [':']), ['user:', 'user:1:']);
    assert.deepEqual(groupPrefixes('a//', ['/']), ['a/', 'a//']);
    assert.deepEqual(groupPrefixes('plain', [':']), []);
  });

  const delimiterLists = fc.constantFrom(
    [':'],
    [':', '/'],
    [':', '::'],
    ['b', 'abc', '::'],
    ['🦊'],
    ['\ud83e', ':'],
    [],
  );
  const key = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', ':', '/', '🦊', '🦋', '\uffff'),
    minLength: 1,
    maxLength: 8,
  });
  const keys = fc.uniqueArray(key, { maxLength: 40 }).map((list) => list.sort(compareUtf8));

  /** All keys below a level, opening every group with a listing of its own in pages of `size`. */
  function descend(
    all: readonly string[],
    delimiters: readonly string[],
    size: number,
    prefix = '',
    group = false,
  ): string[] {
    const listing = all.filter((name) => name.startsWith(prefix));
    const made = new KeyLevel(prefix, delimiters, { group });
    const added: KeyRow[] = [];
    for (let at = 0; at < listing.length; at += size) added.push(...made.add(infos(listing.slice(at, at + size))));
    const firsts = added.map((row) => {
      if (row.kind === 'key') return row.info.name;
      assert.ok(row.prefix.isWellFormed() && row.label.isWellFormed());
      assert.ok(row.prefix.startsWith(prefix) && row.prefix.length > prefix.length);
      const first = all.find((name) => groupPrefixes(name, delimiters).includes(row.prefix));
      assert.ok(first);
      return first;
    });
    assert.deepEqual(firsts, [...firsts].sort(compareUtf8));
    return added.flatMap((row) =>
      row.kind === 'key' ? [row.info.name] : descend(all, delimiters, size, row.prefix, true),
    );
  }

  it('reaches every key exactly once, in rows ordered by their first keys, whatever the pages', () => {
    fc.assert(
      fc.property(keys, delimiterLists, fc.integer({ min: 1, max: 10 }), (all, delimiters, size) => {
        assert.deepEqual(descend(all, delimiters, size).sort(compareUtf8), all);
      }),
      { numRuns: 500 },
    );
  });

  it('reaches every key below a filter', () => {
    fc.assert(
      fc.property(keys, delimiterLists, key, (all, delimiters, prefix) => {
        const wanted = all.filter((name) => name.startsWith(prefix));
        assert.deepEqual(descend(wanted, delimiters, 3, prefix).sort(compareUtf8), wanted);
      }),
      { numRuns: 500 },
    );
  });
});
