import assert from 'node:assert/strict';
import { parseMetadata } from '../../../src/core/entry/metadataJson.ts';
import { readCursor, writeCursor } from '../../../src/language/tools/keyCursor.ts';
import { aboutKey, beginningOf, fitting, jsonResult } from '../../../src/language/tools/result.ts';
import { throwsKvError } from './refusals.ts';

describe('the result of a tool', () => {
  it('is one line of JSON, in which JSON texts stand as they are', () => {
    assert.equal(
      jsonResult({ a: 'x"', b: undefined, c: true }, { d: '{ "n": 1.10 }', e: undefined }),
      '{"a":"x\\"","c":true,"d":{ "n": 1.10 }}',
    );
  });

  it('tells expiration and metadata as they are stored', () => {
    assert.deepEqual(aboutKey({}), {});
    assert.deepEqual(aboutKey({ metadata: null }), {});
    assert.deepEqual(aboutKey({ metadata: 0, expiration: 1_900_000_000 }), {
      metadata: '0',
      expires: '"2030-03-17T17:46:40Z"',
    });
    const { metadata } = aboutKey({ metadata: parseMetadata('{"id":12345678901234567890, "v":1.10}') });
    assert.equal(metadata, '{"id":12345678901234567890, "v":1.10}');
    assert.deepEqual(aboutKey({ metadata: 'm'.repeat(1100) }), { metadata_bytes: '1102' });
  });

  it('is cut at a character', () => {
    assert.equal(beginningOf('abc', 5), 'abc');
    assert.equal(beginningOf('abc', 4), 'ab');
    assert.equal(beginningOf('a😀b', 6), 'a', 'half of a character is none');
    assert.equal(beginningOf('a😀b', 7), 'a😀');
    assert.equal(beginningOf('"\n\u0001', 12), '"\n\u0001');
    assert.equal(beginningOf('"\n\u0001', 11), '"\n');
    assert.equal(beginningOf('', 2), '');
  });

  it('has as many items as fit', () => {
    assert.deepEqual(fitting(['1', '22', '333'], 9), ['1', '22', '333']);
    assert.deepEqual(fitting(['1', '22', '333'], 8), ['1', '22']);
    assert.deepEqual(fitting(['1'], 1), []);
  });
});

describe('the cursor of a list of keys', () => {
  const namespace = { source: 'local-1', id: 'KV' };

  it('gives back where the list goes on', () => {
    for (const place of [
      { page: undefined, after: undefined },
      { page: 'abc~.=/', after: undefined },
      { page: undefined, after: 'ключ:~.\u0000' },
      { page: '', after: 'a' },
    ]) {
      assert.deepEqual(readCursor(writeCursor(place, namespace, 'p:'), namespace, 'p:'), place);
    }
    assert.deepEqual(readCursor(undefined, namespace, ''), {});
  });

  it('is good for the same list only', () => {
    const cursor = writeCursor({ page: 'x' }, namespace, 'p:');
    for (const [wrong, of, prefix] of [
      [cursor, namespace, ''],
      [cursor, { ...namespace, id: 'OTHER' }, 'p:'],
      [cursor, { ...namespace, source: 'account-1' }, 'p:'],
      [`${cursor}~`, namespace, 'p:'],
      ['abc', namespace, 'p:'],
    ] as const) {
      throwsKvError(() => readCursor(wrong, of, prefix), 'invalidInput', /"cursor" must be the "cursor" of a result/);
    }
  });
});
