import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError } from '../../src/core/base/errors.ts';
import type { Matcher } from '../../src/core/search/matcher.ts';
import { matcherOf } from '../../src/core/search/matcherOf.ts';
import { compile, type Pattern } from '../../src/core/search/pattern.ts';
import { type Found, searchKeys, searchValues } from '../../src/core/search/search.ts';
import { SearchThread } from '../../src/core/search/searchThread.ts';
import { TextMatcher } from '../../src/core/search/textMatcher.ts';
import { MemoryStore } from '../support/memoryStore.ts';

async function all<T>(steps: AsyncIterable<Found<T>>): Promise<{ searched: number; matches: T[]; givenUp: string[] }> {
  const matches: T[] = [];
  const givenUp: string[] = [];
  let searched = 0;
  for await (const step of steps) {
    matches.push(...step.matches);
    givenUp.push(...step.givenUp);
    searched += step.searched;
  }
  return { searched, matches, givenUp };
}

/** Never comes to an end on {@link endless}. */
const catastrophic = compile('(a+)+$');
const endless = `${'a'.repeat(100_000)}b`;
/** How long an expression may take in these tests, in milliseconds. */
const PATIENCE_MS = 200;

describe('searching', () => {
  let store: MemoryStore;
  let matchers: Matcher[];
  beforeEach(() => {
    store = new MemoryStore();
    matchers = [];
  });
  afterEach(() => {
    for (const matcher of matchers) matcher.dispose();
  });
  const using = (matcher: Matcher): Matcher => {
    matchers.push(matcher);
    return matcher;
  };
  const matcher = (pattern: Pattern): Matcher => using(matcherOf(pattern));
  const values = (pattern: Pattern, prefix?: string) => all(searchValues(store, prefix, matcher(pattern)));

  it('finds keys by a part of their name, over pages', async () => {
    for (let at = 0; at < 1500; at++) await store.put({ key: `user:${at}`, value: Buffer.from('') });
    const found = await all(searchKeys(store, undefined, matcher({ text: ':149' })));
    assert.equal(found.searched, 1500);
    assert.deepEqual(found.matches, [
      'user:149',
      ...Array.from({ length: 10 }, (_, at) => `user:149${at}`).slice(0, 10),
    ]);
    assert.deepEqual((await all(searchKeys(store, undefined, matcher({ regex: '^user:.$' })))).matches.length, 10);
    assert.deepEqual((await all(searchKeys(store, 'user:14', matcher({ text: '9' })))).searched, 111);
    assert.deepEqual((await all(searchKeys(store, undefined, matcher({ text: 'USER' })))).matches, []);
  });

  it('goes through a large value in a thread, and through small ones at hand', async () => {
    const sizes: number[] = [];
    class Spied extends SearchThread {
      override find(...args: Parameters<SearchThread['find']>) {
        sizes.push(...args[0].map(({ length }) => length));
        return super.find(...args);
      }
    }
    const large = Buffer.from(`ä\nneedle\n${'hay\n'.repeat(100_000)}needle`);
    await store.put({ key: 'large', value: large });
    const searched = await all(searchValues(store, undefined, using(new TextMatcher('needle', new Spied('needle')))));
    assert.deepEqual(
      searched.matches.map(({ line, column }) => [line, column]),
      [
        [2, 1],
        [100_003, 1],
      ],
    );
    assert.deepEqual(sizes, [large.length]);
    // What was handed over was a copy.
    assert.deepEqual((await store.get('large'))?.value.length, large.length);

    await store.delete('large');
    await store.put({ key: 'small', value: Buffer.from('a needle') });
    sizes.length = 0;
    const small = await all(searchValues(store, undefined, using(new TextMatcher('needle', new Spied('needle')))));
    assert.deepEqual(small.matches, [{ key: 'small', line: 1, column: 3, text: 'a needle' }]);
    assert.deepEqual(sizes, []);
  });

  it('finds lines of values, and metadata', async () => {
    await store.put({ key: 'a', value: Buffer.from('one\r\ntwo two\nthree\rtwo'), metadata: { is: 'two' } });
    await store.put({ key: 'b', value: Buffer.from('two') });
    await store.put({ key: 'c', value: Uint8Array.of(0x74, 0x77, 0x6f, 0xff), metadata: 'two' });
    const ofA = [
      { key: 'a', text: '{"is":"two"}' },
      { key: 'a', line: 2, column: 1, text: 'two two' },
      { key: 'a', line: 4, column: 1, text: 'two' },
    ];
    const found = await values({ text: 'two' });
    assert.deepEqual(found.matches, [
      ...ofA,
      { key: 'b', line: 1, column: 1, text: 'two' },
      { key: 'c', text: '"two"' },
    ]);
    assert.equal(found.searched, 3);
    assert.deepEqual((await values({ text: 'two' }, 'a')).matches, ofA);
    assert.deepEqual((await values({ regex: 'o\\stwo$' })).matches, [
      { key: 'a', line: 2, column: 3, text: 'two two' },
    ]);
  });

  it('tells of a long line what surrounds the match, whole characters only', () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 400 }).filter((text) => !/[\r\nx]/.test(text)),
        fc.string({ unit: 'binary', maxLength: 400 }).filter((text) => !/[\r\nx]/.test(text)),
        async (before, after) => {
          await store.put({ key: 'a', value: Buffer.from(`${before}x${after}`) });
          const [match] = (await values({ text: 'x' })).matches;
          assert.ok(match);
          assert.ok(match.text.includes('x'));
          assert.ok(match.text.isWellFormed());
          assert.ok(match.text.length <= 202);
          assert.ok(`${before}x${after}`.includes(match.text.replace(/^…|…$/g, '')));
          assert.equal(match.column, before.length + 1);
        },
      ),
    ));

  it('takes expressions with and without the rules of `u`, and refuses what is none', async () => {
    const columns = async (regex: string, text: string): Promise<unknown> =>
      (await matcher({ regex }).find([text], 'whole'))[0]?.map(({ column }) => column);
    assert.deepEqual(await columns('\\p{Lu}', 'aÄ'), [2]);
    assert.deepEqual(await columns('a\\-b', 'a-b'), [1]);
    assert.deepEqual(await columns('\\p{L}\\-[\\p{Lu}\\-]', '1-1 é-Ä'), [5]);
    assert.deepEqual(await columns('[\\p{L}--[a-z]]', 'aÄ'), [2]);
    assert.deepEqual(await columns('\\\\p{L}', 'é \\p{L}'), [3]);
    assert.deepEqual(await columns('^$', ''), [1]);
    assert.deepEqual(await columns('b$', 'b\n'), []);
    assert.throws(
      () => matcherOf({ regex: '(' }),
      (error) => isKvError(error, 'invalidInput'),
    );
  });

  it('finds with an expression what it finds with a text', () => {
    const regex = matcher({ regex: 'ab' });
    return fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '🦊') })), async (texts) => {
        for (const cut of ['lines', 'whole'] as const) {
          const expected = await matcher({ text: 'ab' }).find(texts, cut);
          assert.deepEqual(await regex.find(texts, cut), expected);
        }
      }),
    );
  });

  it('can be cancelled', async () => {
    await store.put({ key: 'a', value: Buffer.from('') });
    for (const pattern of [{ text: 'a' }, { regex: 'a' }]) {
      await assert.rejects(all(searchKeys(store, undefined, matcher(pattern), AbortSignal.abort())), (error) =>
        isKvError(error, 'cancelled'),
      );
    }
  });

  it('is not held up by an expression without an end, and names what it gave up', async () => {
    for (const key of ['a', 'b', 'c']) await store.put({ key, value: Buffer.from(`${key}\na`) });
    await store.put({ key: 'bad', value: Buffer.from(`a\n${endless}\na`), metadata: 'a' });
    const slow = using(new SearchThread(catastrophic, PATIENCE_MS));
    const beside = setInterval(() => beats++, 10);
    let beats = 0;
    const found = await all(searchValues(store, undefined, slow));
    clearInterval(beside);
    assert.deepEqual([found.searched, found.givenUp, slow.hasGivenUp], [4, ['bad'], false]);
    assert.deepEqual(
      found.matches.map(({ key, line }) => [key, line]),
      [
        ['a', 1],
        ['a', 2],
        ['b', 2],
        ['c', 2],
      ],
    );
    // The event loop went on: it was looked at twice at least.
    assert.ok(beats > 2);
  });

  it('ends when an expression has no end on too much, in keys too', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `${'a'.repeat(400)}${String(at).padStart(2, '0')}`);
    for (const key of ['a', ...names]) await store.put({ key, value: Buffer.from('') });
    const slow = using(new SearchThread(catastrophic, PATIENCE_MS));
    const found = await all(searchKeys(store, undefined, slow));
    assert.ok(slow.hasGivenUp);
    assert.deepEqual(found, { searched: 6, matches: ['a'], givenUp: names.slice(0, 5) });
  });

  it('is cancelled at once in the midst of an expression without an end', async () => {
    const patient = using(new SearchThread(catastrophic, 1_000_000));
    const controller = new AbortController();
    const work = patient.find(['a', endless], 'lines', controller.signal);
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(work, (error) => isKvError(error, 'cancelled'));
    assert.equal((await patient.find(['a'], 'lines')).length, 1);
  });

  it('gives up a text for which an expression needs more of the stack than there is', async () => {
    const results = await matcher({ regex: '(?:a|b)*c' }).find(['abc', 'ab'.repeat(5_000_000), 'c'], 'lines');
    assert.deepEqual(
      results.map((hits) => hits?.length),
      [1, undefined, 1],
    );
  });
});
