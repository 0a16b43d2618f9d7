import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { type JsonValue, type KvEntry, type KvKeyInfo, nowSeconds } from '../../src/core/entry/entry.ts';
import { MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import type { Expectation, KvStore } from '../../src/core/store/store.ts';
import { expecting } from '../support/expecting.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const plain = ({ value, ...rest }: KvEntry) => ({ ...rest, value: Buffer.from(value).toString('base64') });
const info = ({ value: _, ...rest }: KvEntry) => {
  const { key: name, ...about } = rest;
  return { name, ...about };
};

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function listAll(store: KvStore, query: { prefix?: string; limit?: number } = {}): Promise<KvKeyInfo[]> {
  const keys: KvKeyInfo[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...query, ...(cursor !== undefined && { cursor }) });
    assert.ok(page.keys.length <= (query.limit ?? 1000));
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return keys;
}

const rejectsWith = async (kind: KvErrorKind, named: string, run: () => Promise<unknown>): Promise<void> => {
  await assert.rejects(run, (error) => {
    assert.ok(isKvError(error, kind), `expected ${kind}, got ${String(error)}`);
    assert.ok(error.message.includes(named), `“${error.message}” does not name ${named}`);
    assert.doesNotMatch(error.message, / at .*:\d+/);
    return true;
  });
};

/** Keys that some layer could take for something else; each is legal. */
export const oddKeys: readonly string[] = [
  'a',
  'a/b',
  'a//b',
  '/a',
  'a/',
  'a/../b',
  '...',
  './',
  '.x',
  '%2F',
  'a%2Fb',
  '100%',
  'x?y#z',
  'C:/x',
  'back\\slash',
  'user:123',
  'User:123',
  ' leading and trailing ',
  'line\r\nbreak',
  'tab\t',
  'nul\u0000nul',
  'del\u007f',
  '__proto__',
  'constructor',
  '"quoted"',
  "it's",
  '🦊',
  'e\u0301',
  '\u00e9',
  '\ufffd',
  '\u{10000}',
  'ü'.repeat(256),
  'x'.repeat(512),
];

/** Metadata of every kind that `wrangler kv key list` can print: it dies of an object with a key `__proto__`. */
export const everyMetadata: readonly JsonValue[] = [
  0,
  1.5,
  -1,
  false,
  true,
  '',
  'text',
  '🦊 "quoted" \u0000',
  {},
  [],
  [1],
  [null],
  { nested: { list: [1, 'a', null] }, __proto__x: 1 },
  'x'.repeat(1022),
];

/** How much is tried: less where a store is slow. */
export interface Extent {
  /** Random histories of a namespace. */
  readonly histories?: number;
  /** Keys to read and to write at once: more than two requests, or transactions, of the store take. */
  readonly reads?: number;
  readonly writes?: number;
  /** Whether the store compares with what a write relies on, and names what it did not come to. */
  readonly compares?: boolean;
}

/**
 * What every {@link KvStore} does, whatever lies behind it. `makeStore` gives the store of a namespace that is empty
 * and used by nobody else, validated as a source gives it.
 */
export function describeKvStore(
  name: string,
  makeStore: () => Promise<KvStore>,
  { histories = 40, reads = 620, writes = 1200, compares = true }: Extent = {},
): void {
  describe(`${name} as a KvStore`, () => {
    let store: KvStore;
    beforeEach(async () => {
      store = await makeStore();
    });

    describe('an empty namespace', () => {
      it('has no keys, gives nothing and lets missing keys be deleted', async () => {
        assert.deepEqual(await store.list({}), { keys: [] });
        assert.equal(await store.get('missing'), undefined);
        assert.deepEqual(await collect(store.getMany(['missing', 'too'])), []);
        await store.delete('missing');
        assert.deepEqual(await store.deleteMany(['missing']), { done: 1, skipped: 0, failed: [], cancelled: false });
        assert.deepEqual(await store.putMany([]), { done: 0, skipped: 0, failed: [], cancelled: false });
        assert.deepEqual(await store.deleteMany([]), { done: 0, skipped: 0, failed: [], cancelled: false });
      });
    });

    describe('keys', () => {
      it('keeps every odd key apart from every other, in one write and one at a time', async () => {
        const entries = oddKeys.map((key, i): KvEntry => ({ key, value: text(`${i}`) }));
        const half = entries.length >> 1;
        assert.equal((await store.putMany(entries.slice(0, half))).done, half);
        for (const entry of entries.slice(half)) await store.put(entry);
        for (const entry of entries) {
          assert.deepEqual(await store.get(entry.key), entry, JSON.stringify(entry.key));
        }
        assert.deepEqual(
          (await listAll(store)).map((key) => key.name),
          [...oddKeys].sort(byBytes),
        );
        assert.deepEqual(await collect(store.getMany(oddKeys)), entries);
        for (const key of oddKeys.slice(0, half)) await store.delete(key);
        assert.equal((await store.deleteMany(oddKeys.slice(half))).done, oddKeys.length - half);
        assert.deepEqual(await listAll(store), []);
      });
    });

    describe('listing', () => {
      it('orders keys by their UTF-8 bytes, not by UTF-16', async () => {
        const keys = ['\u{10000}', '\ufffd', 'z', 'a', 'Z', 'é', 'aa', 'a\u0000'];
        await store.putMany(keys.map((key) => ({ key, value: text('') })));
        const listed = (await listAll(store)).map((key) => key.name);
        assert.deepEqual(listed, ['Z', 'a', 'a\u0000', 'aa', 'z', 'é', '\ufffd', '\u{10000}']);
      });

      it('takes a prefix as the exact first characters', async () => {
        const keys = [
          'a',
          'a:',
          'a:1',
          'a:2',
          'a;',
          'A:1',
          'a%',
          'a_b',
          '\ud7ff1',
          '\ue000',
          '\u{10ffff}',
          '\u{10ffff}x',
        ];
        await store.putMany(keys.map((key) => ({ key, value: text('') })));
        const listed = async (prefix: string) => (await listAll(store, { prefix })).map((key) => key.name);
        assert.deepEqual(await listed('a:'), ['a:', 'a:1', 'a:2']);
        assert.deepEqual(await listed('a%'), ['a%']);
        assert.deepEqual(await listed('a_'), ['a_b']);
        assert.deepEqual(await listed('\ud7ff'), ['\ud7ff1']);
        assert.deepEqual(await listed('\u{10ffff}'), ['\u{10ffff}', '\u{10ffff}x']);
        assert.deepEqual(await listed('nothing'), []);
        assert.equal((await listed('')).length, keys.length);
      });

      it('gives every key once over pages of any size', async () => {
        const keys = Array.from({ length: 45 }, (_, i) => `k:${String(i).padStart(3, '0')}`);
        await store.putMany([...keys, 'other'].map((key) => ({ key, value: text('') })));
        for (const limit of [10, 15, 44, 45, 46, 1000]) {
          const listed = await listAll(store, { prefix: 'k:', limit });
          assert.deepEqual(
            listed.map((key) => key.name),
            keys,
            `limit ${limit}`,
          );
        }
      });

      it('goes on after its cursor though that key and the next were deleted', async () => {
        const keys = Array.from({ length: 30 }, (_, i) => `k${String(i).padStart(2, '0')}`);
        await store.putMany(keys.map((key) => ({ key, value: text('') })));
        const first = await store.list({ limit: 10 });
        assert.deepEqual(
          first.keys.map((key) => key.name),
          keys.slice(0, 10),
        );
        assert.ok(first.cursor);
        await store.deleteMany(['k09', 'k10']);
        const second = await store.list({ limit: 10, cursor: first.cursor });
        assert.deepEqual(
          second.keys.map((key) => key.name),
          keys.slice(11, 21),
        );
      });

      it('tells the metadata and expiration of each key, and nothing where there is none', async () => {
        const expiration = nowSeconds() + 3600;
        await store.putMany([
          { key: 'both', value: text('1'), metadata: { a: 1 }, expiration },
          { key: 'expiring', value: text('2'), expiration },
          { key: 'falsy', value: text('3'), metadata: 0 },
          { key: 'none', value: text('4'), metadata: null },
        ]);
        assert.deepEqual(await store.list({}), {
          keys: [
            { name: 'both', metadata: { a: 1 }, expiration },
            { name: 'expiring', expiration },
            { name: 'falsy', metadata: 0 },
            { name: 'none' },
          ],
        });
      });
    });

    describe('values', () => {
      it('keeps every byte: empty, all 256, invalid UTF-8, line endings, 1 MiB', async () => {
        const million = new Uint8Array(1024 * 1024).map((_, i) => (i * 31) >> 3);
        const values: [key: string, value: Uint8Array][] = [
          ['empty', new Uint8Array()],
          ['all', Uint8Array.from({ length: 256 }, (_, i) => i)],
          ['invalid', Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80)],
          ['bom', text('\ufefftext')],
          ['endings', text('a\r\nb\nc\rd')],
          ['million', million],
        ];
        for (const [key, value] of values) await store.put({ key, value });
        for (const [key, value] of values) {
          const entry = await store.get(key);
          assert.ok(entry && Buffer.compare(entry.value, value) === 0, key);
        }
        const many = await collect(store.getMany(values.map(([key]) => key)));
        assert.deepEqual(
          many.map(plain),
          values.map(([key, value]) => plain({ key, value })),
        );
        await store.deleteMany(values.map(([key]) => key));
        await store.putMany(values.map(([key, value]) => ({ key, value })));
        const again = await collect(store.getMany(values.map(([key]) => key)));
        assert.deepEqual(
          again.map(plain),
          values.map(([key, value]) => plain({ key, value })),
        );
      });

      it('leaves the bytes given to it alone', async () => {
        const value = text('mine');
        await store.put({ key: 'k', value });
        await store.putMany([{ key: 'k2', value: value.subarray(1, 3) }]);
        assert.equal(Buffer.from(value).toString(), 'mine');
        assert.equal(Buffer.from((await store.get('k2'))?.value ?? []).toString(), 'in');
      });
    });

    describe('metadata and expiration', () => {
      it('keeps every kind of metadata', async () => {
        const kinds = [...everyMetadata, JSON.parse('{"__proto__":{"a":1}}')];
        const entries = kinds.map((metadata, i): KvEntry => ({ key: `m${100 + i}`, value: text('v'), metadata }));
        await store.put(entries[0] ?? assert.fail());
        await store.putMany(entries.slice(1));
        for (const entry of entries) assert.deepEqual(await store.get(entry.key), entry);
        assert.deepEqual(await listAll(store), entries.map(info));
      });

      it('takes a null as no metadata', async () => {
        await store.put({ key: 'k', value: text('v'), metadata: null });
        assert.deepEqual(await store.get('k'), { key: 'k', value: text('v') });
      });

      it('keeps an expiration to the second', async () => {
        const expiration = nowSeconds() + 61;
        await store.put({ key: 'near', value: text('v'), expiration });
        await store.putMany([{ key: 'far', value: text('v'), expiration: 2_147_483_647 }]);
        assert.deepEqual(await store.get('near'), { key: 'near', value: text('v'), expiration });
        assert.equal((await store.get('far'))?.expiration, 2_147_483_647);
      });

      it('drops both when an overwrite leaves them out', async () => {
        const whole = { key: 'k', value: text('1'), metadata: { a: 1 }, expiration: nowSeconds() + 3600 };
        await store.put(whole);
        await store.put({ key: 'k', value: text('22') });
        assert.deepEqual(await store.get('k'), { key: 'k', value: text('22') });
        await store.put(whole);
        await store.putMany([{ key: 'k', value: text('333') }]);
        assert.deepEqual(await store.get('k'), { key: 'k', value: text('333') });
        assert.deepEqual(await store.list({}), { keys: [{ name: 'k' }] });
      });
    });

    describe('reading many', () => {
      it('keeps the order asked for, skips missing keys and repeats repeated ones', async () => {
        await store.putMany(['a', 'b', 'c'].map((key) => ({ key, value: text(key) })));
        const read = await collect(store.getMany(['c', 'missing', 'a', 'b', 'a']));
        assert.deepEqual(
          read.map((entry) => entry.key),
          ['c', 'a', 'b', 'a'],
        );
        assert.deepEqual(
          read.map((entry) => Buffer.from(entry.value).toString()),
          ['c', 'a', 'b', 'a'],
        );
      });

      it('reads more keys than one request takes', async () => {
        const entries = Array.from({ length: reads }, (_, i): KvEntry => ({ key: `k${i}`, value: text(`v${i}`) }));
        await store.putMany(entries);
        assert.deepEqual(await collect(store.getMany(entries.map((entry) => entry.key))), entries);
      });
    });

    describe('writing many', () => {
      it('reports every key as it goes and takes the last of a repeated one', async () => {
        const different = writes - 50;
        const entries = Array.from(
          { length: writes },
          (_, i): KvEntry => ({ key: `k${i % different}`, value: text(`${i}`) }),
        );
        const reports: number[] = [];
        const outcome = await store.putMany(entries, { report: (done) => reports.push(done) });
        assert.deepEqual(outcome, { done: writes, skipped: 0, failed: [], cancelled: false });
        assert.equal(reports.at(-1), writes);
        assert.deepEqual(
          reports,
          [...reports].sort((a, b) => a - b),
        );
        assert.equal(Buffer.from((await store.get('k0'))?.value ?? []).toString(), `${different}`);
        assert.equal((await listAll(store)).length, different);
        const deleted = await store.deleteMany(entries.map((entry) => entry.key));
        assert.deepEqual(deleted, { done: writes, skipped: 0, failed: [], cancelled: false });
      });

      it('writes what is valid and names what is not', async () => {
        const outcome = await store.putMany([
          { key: 'good', value: text('1') },
          { key: '', value: text('2') },
          { key: 'soon', value: text('3'), expiration: nowSeconds() + 30 },
          { key: 'large', value: text('4'), metadata: 'x'.repeat(1023) },
          { key: 'good too', value: text('5') },
        ]);
        assert.equal(outcome.done, 2);
        assert.equal(outcome.cancelled, false);
        assert.deepEqual(
          outcome.failed.map(({ key, error }) => [key, error.kind]),
          [
            ['', 'invalidInput'],
            ['soon', 'invalidInput'],
            ['large', 'invalidInput'],
          ],
        );
        const deleted = await store.deleteMany(['..', 'good', 'good too']);
        assert.equal(deleted.done, 2);
        assert.deepEqual(
          deleted.failed.map(({ key, error }) => [key, error.kind]),
          [['..', 'invalidInput']],
        );
        assert.deepEqual(await listAll(store), []);
      });

      it('stops before the next batch when cancelled, and says what was done', async () => {
        const entries = Array.from({ length: 25_000 }, (_, i): KvEntry => ({ key: `k${i}`, value: text('') }));
        const aborting = new AbortController();
        const outcome = await store.putMany(entries, {
          signal: aborting.signal,
          report: () => aborting.abort(),
        });
        assert.equal(outcome.cancelled, true);
        assert.ok(outcome.done > 0 && outcome.done < entries.length, `${outcome.done} done`);
        assert.equal((await listAll(store)).length, outcome.done);
        const { untried, ...before } = await store.deleteMany(['k0'], { signal: AbortSignal.abort() });
        assert.deepEqual(before, { done: 0, skipped: 0, failed: [], cancelled: true });
        assert.ok(await store.get('k0'));
        if (!compares) return;
        assert.deepEqual(untried, ['k0']);
        const listed = new Set((await listAll(store)).map((key) => key.name));
        assert.deepEqual(
          outcome.untried,
          entries.map(({ key }) => key).filter((key) => !listed.has(key)),
        );
      });
    });

    const describeWhere = compares ? describe : describe.skip;
    describeWhere('a write that relies on what was read', () => {
      const expiration = nowSeconds() + 3600;
      const whole: KvEntry = { key: 'k', value: text('one'), metadata: { a: 1 }, expiration };
      const wanted: KvEntry = { key: 'k', value: text('mine') };
      const isConflict = (error: unknown): boolean =>
        isKvError(error, 'conflict') && error.message.includes('“k”') && error.uncertain === undefined;
      const read = async (key = 'k') => await store.get(key);
      const put = async (before: KvEntry | undefined) =>
        await store.put(wanted, undefined, expecting(store, [before], [wanted]));

      it('is done where the key is as it was, again and again', async () => {
        await put(await read());
        assert.deepEqual(await read(), wanted);
        await put(await read());
        await store.put(whole, undefined, expecting(store, [await read()]));
        assert.deepEqual(await read(), whole);
        await put(await read());
        await store.delete('k', undefined, expecting(store, [await read()]));
        assert.equal(await read(), undefined);
        await store.delete('k', undefined, expecting(store));
      });

      it('takes an entry that was read elsewhere by what it holds', async () => {
        await store.put(whole);
        await assert.rejects(put({ ...whole, metadata: { a: 2 } }), isConflict);
        await put({ ...whole, value: Uint8Array.from(whole.value) });
        assert.deepEqual(await read(), wanted);
      });

      const moves: [how: string, move: KvEntry][] = [
        ['another value of the same length', { ...whole, value: text('two') }],
        ['other metadata', { ...whole, metadata: { a: 2 } }],
        ['no metadata', { key: 'k', value: whole.value, expiration }],
        ['another expiration', { ...whole, expiration: expiration + 1 }],
        ['no expiration', { key: 'k', value: whole.value, metadata: { a: 1 } }],
      ];
      for (const [how, move] of moves) {
        it(`leaves a key alone that has ${how} by now`, async () => {
          await store.put(whole);
          const before = await read();
          await store.put(move);
          await assert.rejects(put(before), isConflict);
          await assert.rejects(store.delete('k', undefined, expecting(store, [before])), isConflict);
          assert.deepEqual(await read(), move);
        });
      }

      it('leaves a key alone that should be absent, or has gone', async () => {
        await store.put(whole);
        await assert.rejects(put(undefined), isConflict);
        await assert.rejects(store.delete('k', undefined, expecting(store)), isConflict);
        assert.deepEqual(await read(), whole);
        const before = await read();
        await store.delete('k');
        await assert.rejects(put(before), isConflict);
        assert.equal(await read(), undefined);
      });

      it('writes nothing once another key that the write relies on is something else', async () => {
        const [k, other]: readonly KvEntry[] = ['k', 'other'].map((key) => ({ key, value: text('before') }));
        const mine = { key: 'k', value: text('mine') };
        assert.ok(k && other);
        await store.putMany([k, other]);
        const [, before] = await collect(store.getMany(['k', 'other']));
        await store.put(mine, undefined, expecting(store, [await read(), before], [mine], ['other']));
        await store.put(k);
        for (const moved of [{ ...other, value: text('theirs') }, undefined]) {
          if (moved) await store.put(moved);
          else await store.delete('other');
          const now = await read();
          const relying = (): Expectation => expecting(store, [now, before], [mine], ['other']);
          await assert.rejects(store.put(mine, undefined, relying()), isConflict);
          await assert.rejects(store.delete('k', undefined, relying()), isConflict);
          for (const outcome of [
            await store.putMany([mine], { expected: relying() }),
            await store.deleteMany(['k'], { expected: relying() }),
          ]) {
            assert.deepEqual(
              outcome.failed.map(({ key, error }) => [key, error.kind]),
              [['k', 'conflict']],
            );
          }
          assert.deepEqual((await read())?.value, k.value);
        }
      });

      it('names the one key of many that moved, and does all others', async () => {
        const entries = Array.from({ length: 120 }, (_, i): KvEntry => ({ key: `k${i}`, value: text(`${i}`) }));
        const keys = entries.map(({ key }) => key);
        await store.putMany(entries.slice(0, 100));
        const before = await collect(store.getMany(keys));
        await store.put({ key: 'k7', value: text('theirs') });
        await store.put({ key: 'k110', value: text('theirs') });
        const after = entries.map((entry): KvEntry => ({ ...entry, value: text('mine') }));
        const moved = new Set(['k7', 'k110']);
        const outcome = await store.putMany(after, { expected: expecting(store, before, after) });
        assert.deepEqual(
          [outcome.done, outcome.cancelled, outcome.failed.map(({ key, error }) => [key, error.kind])],
          [118, false, [...moved].map((key) => [key, 'conflict'])],
        );
        const now = await collect(store.getMany(keys));
        assert.deepEqual(
          now.map(({ key, value }) => [key, Buffer.from(value).toString()]),
          keys.map((key) => [key, moved.has(key) ? 'theirs' : 'mine']),
        );
        await store.put({ key: 'k9', value: text('more') });
        const deleted = await store.deleteMany(keys, { expected: expecting(store, now) });
        assert.deepEqual(
          [deleted.done, deleted.failed.map(({ key, error }) => [key, error.kind])],
          [119, [['k9', 'conflict']]],
        );
        assert.deepEqual(
          (await listAll(store)).map((key) => key.name),
          ['k9'],
        );
      });
    });

    describe('cancelling', () => {
      it('rejects a single call whose signal is aborted, and writes nothing', async () => {
        const signal = AbortSignal.abort();
        for (const run of [
          () => store.list({}, signal),
          () => store.get('k', signal),
          () => collect(store.getMany(['k'], signal)),
          () => store.put({ key: 'k', value: text('') }, signal),
          () => store.delete('k', signal),
        ]) {
          await assert.rejects(run, (error) => isKvError(error, 'cancelled'));
        }
        assert.equal(await store.get('k'), undefined);
      });

      it('lets go of a read under way', async () => {
        const aborting = new AbortController();
        const listing = store.list({}, aborting.signal);
        aborting.abort();
        await assert.rejects(listing, (error) => isKvError(error, 'cancelled'));
      });
    });

    describe('limits', () => {
      const value = text('v');
      it('refuses keys that KV has not', async () => {
        for (const key of ['', '.', '..', 'x'.repeat(513), 'ü'.repeat(257), '\ud800']) {
          for (const run of [
            () => store.get(key),
            () => store.put({ key, value }),
            () => store.delete(key),
            () => collect(store.getMany([key])),
          ]) {
            await rejectsWith('invalidInput', '', run);
          }
        }
      });

      it('refuses a value over 25 MiB and takes one of 25 MiB', async () => {
        const largest = new Uint8Array(MAX_VALUE_BYTES).fill(7);
        await rejectsWith('tooLarge', 'large', () =>
          store.put({ key: 'large', value: new Uint8Array(MAX_VALUE_BYTES + 1) }),
        );
        assert.equal(await store.get('large'), undefined);
        await store.put({ key: 'largest', value: largest });
        assert.equal(Buffer.compare((await store.get('largest'))?.value ?? value, largest), 0);
      });

      it('refuses metadata over 1,024 bytes of JSON', async () => {
        await rejectsWith('invalidInput', '“k”', () => store.put({ key: 'k', value, metadata: 'x'.repeat(1023) }));
        await rejectsWith('invalidInput', '“k”', () => store.put({ key: 'k', value, metadata: 'ü'.repeat(512) }));
        assert.equal(await store.get('k'), undefined);
      });

      it('refuses an expiration that has passed, is under a minute ahead, or is no time', async () => {
        for (const expiration of [nowSeconds() - 1, nowSeconds() + 58, 1.5, Number.NaN, 2_147_483_648]) {
          await rejectsWith('invalidInput', '“k”', () => store.put({ key: 'k', value, expiration }));
        }
        assert.equal(await store.get('k'), undefined);
      });

      it('refuses pages that KV has not', async () => {
        for (const limit of [0, -1, 1001, 1.5]) {
          await rejectsWith('invalidInput', '', () => store.list({ limit }));
        }
      });
    });

    it('agrees with a map after any writes, overwrites and deletes', async () => {
      const key = fc.oneof(
        fc.constantFrom(...oddKeys),
        fc.string({
          unit: fc.constantFrom('a', 'b', ':', '/', 'é', '\ufffd', '\u{10000}', '\u0000'),
          minLength: 1,
          maxLength: 4,
        }),
      );
      const entry = fc.record(
        {
          key,
          value: fc.uint8Array({ maxLength: 40 }),
          metadata: fc
            .jsonValue({ maxDepth: 2 })
            // A dev server drops `__proto__` inside metadata, which is refused there: a test of its own.
            .filter((value) => !/__proto__|^.{300}/s.test(JSON.stringify(value))) as fc.Arbitrary<JsonValue>,
          expiration: fc.integer({ min: nowSeconds() + 3600, max: 2_147_483_647 }),
        },
        { requiredKeys: ['key', 'value'] },
      );
      const step = fc.oneof(
        fc.record({ put: entry }),
        fc.record({ putMany: fc.array(entry, { maxLength: 6 }) }),
        fc.record({ delete: key }),
        fc.record({ deleteMany: fc.array(key, { maxLength: 4 }) }),
        fc.record({ list: fc.oneof(fc.constant(''), key), limit: fc.integer({ min: 10, max: 20 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const fresh = await makeStore();
          const model = new Map<string, KvEntry>();
          const remember = ({ metadata, ...rest }: KvEntry): void => {
            const kept =
              metadata === null || metadata === undefined ? {} : { metadata: JSON.parse(JSON.stringify(metadata)) };
            model.set(rest.key, { ...rest, ...kept });
          };
          const expected = (prefix: string): KvKeyInfo[] =>
            [...model.values()]
              .filter((known) => known.key.startsWith(prefix))
              .sort((a, b) => byBytes(a.key, b.key))
              .map(info);
          for (const now of steps) {
            if ('put' in now) {
              await fresh.put(now.put);
              remember(now.put);
            } else if ('putMany' in now) {
              assert.equal((await fresh.putMany(now.putMany)).done, now.putMany.length);
              for (const one of now.putMany) remember(one);
            } else if ('delete' in now) {
              await fresh.delete(now.delete);
              model.delete(now.delete);
            } else if ('deleteMany' in now) {
              assert.equal((await fresh.deleteMany(now.deleteMany)).done, now.deleteMany.length);
              for (const one of now.deleteMany) model.delete(one);
            } else {
              assert.deepEqual(await listAll(fresh, { prefix: now.list, limit: now.limit }), expected(now.list));
            }
          }
          assert.deepEqual(await listAll(fresh), expected(''));
          const read = await collect(fresh.getMany([...model.keys()]));
          assert.deepEqual(read.map(plain), [...model.values()].map(plain));
        }),
        { numRuns: histories, interruptAfterTimeLimit: 20_000 },
      );
    });
  });
}
