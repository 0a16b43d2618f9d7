import assert from 'node:assert/strict';
import { delayBefore } from '../../src/cloudflare/backoff.ts';
import { checkBaseUrl } from '../../src/cloudflare/baseUrl.ts';
import { BULK_LIMITS, bulkBodies } from '../../src/cloudflare/bulkBodies.ts';
import type { BulkReply } from '../../src/cloudflare/bulkReply.ts';
import { NothingToSend } from '../../src/cloudflare/comparison.ts';
import { deleting, deletingNamespace, listingKeys, toKvError, writing } from '../../src/cloudflare/errors.ts';
import { FailedRequest, type Failure, maybeDone, redacted } from '../../src/cloudflare/failure.ts';
import { decodePlace, encodePlace, START } from '../../src/cloudflare/pageCursor.ts';
import { parseRateLimit } from '../../src/cloudflare/rateLimit.ts';
import { type BulkBatch, runBulk } from '../../src/cloudflare/remoteBulk.ts';
import { isKvError, KvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import type { Expectation, KeyReview } from '../../src/core/store/store.ts';
import { HastyTiming } from '../support/hastyTiming.ts';

const refused = (status: number, ...codes: number[]): Failure => ({ kind: 'refused', status, codes, detail: 'detail' });

describe('errors of the account API', () => {
  const cases: readonly [Failure, KvErrorKind, says: string][] = [
    [refused(401, 10000), 'unauthenticated', 'Sign in again'],
    [refused(401, 1000), 'unauthenticated', 'Sign in again'],
    [refused(400, 9106), 'unauthenticated', 'Sign in again'],
    [refused(400, 6003, 6111), 'unauthenticated', 'Sign in again'],
    [refused(403, 10000), 'forbidden', '“Workers KV Storage: Edit”'],
    [refused(403, 9109), 'forbidden', '“Workers KV Storage: Edit”'],
    [refused(403), 'forbidden', '“Workers KV Storage: Edit”'],
    [refused(404, 10009), 'notFound', 'does not exist any more'],
    [refused(404, 10013), 'namespaceNotFound', 'no such namespace'],
    [refused(404, 7003, 7000), 'namespaceNotFound', 'no such namespace'],
    [refused(400, 10011), 'namespaceNotFound', 'no such namespace'],
    [refused(404), 'server', 'Check the address of the API'],
    [refused(400, 10014), 'conflict', 'with this title'],
    [refused(400, 10018), 'invalidInput', 'as many namespaces as it may'],
    [refused(413, 10024), 'tooLarge', '25 MiB'],
    [refused(413), 'tooLarge', '25 MiB'],
    [refused(414, 10030), 'invalidInput', 'does not take this key'],
    [refused(400, 10042), 'invalidInput', 'does not take this key'],
    [refused(400, 10033), 'invalidInput', '60 s ahead'],
    [refused(400, 10034), 'invalidInput', '60 s ahead'],
    [refused(400, 10047), 'invalidInput', 'metadata'],
    [refused(400, 10041), 'invalidInput', 'too old to go on'],
    [refused(400, 10029), 'invalidInput', 'code 10029'],
    [refused(429, 971), 'rateLimited', 'too many requests'],
    [refused(200, 971), 'rateLimited', 'too many requests'],
    [refused(429, 10022), 'rateLimited', 'one write per second'],
    [refused(429), 'rateLimited', 'Wait a few minutes'],
    [refused(429, 10048), 'rateLimited', '00:00 UTC'],
    [refused(403, 10048), 'rateLimited', '00:00 UTC'],
    [refused(500, 10001), 'server', 'HTTP 500'],
    [refused(520), 'server', 'HTTP 520'],
    [refused(302), 'server', 'Check the address of the API'],
    [{ kind: 'unreachable', connected: false, detail: 'x' }, 'offline', 'cannot be reached'],
    [{ kind: 'timeout', detail: 'x' }, 'offline', 'did not answer in time'],
    [{ kind: 'redirected', detail: 'x' }, 'server', 'not allowed'],
    [{ kind: 'strange', detail: 'x' }, 'server', 'not one of the Cloudflare API'],
    [{ kind: 'overBudget', retryAfterMs: 12_300, detail: 'x' }, 'rateLimited', 'Try again in 13 s'],
  ];
  for (const [failure, kind, says] of cases) {
    it(`${'status' in failure ? `${failure.status} ${failure.codes}` : failure.kind} is ${kind}`, () => {
      const error = toKvError(new FailedRequest(failure), writing('key'));
      assert.equal(error.kind, kind);
      assert.ok(error.message.startsWith('“key” was not written: ') && error.message.includes(says), error.message);
      assert.ok(error.cause instanceof Error);
    });
  }

  it('name the permission that the work needs, and keep errors that are told already', () => {
    assert.match(toKvError(new FailedRequest(refused(403)), listingKeys).message, /“Workers KV Storage: Read”/);
    const told = toKvError(new FailedRequest(refused(403)), deletingNamespace);
    assert.equal(toKvError(told, listingKeys), told);
  });

  it('have details without a token, in one short line', () => {
    assert.equal(redacted('a s3cret b s3cret', 's3cret'), 'a [token] b [token]');
    assert.equal(redacted('authorization: bearer abc.def\nx', undefined), 'authorization: Bearer [token] x');
    assert.ok(redacted('<p>'.repeat(1000), undefined).length < 310);
  });
});

describe('sending again', () => {
  it('waits longer each time, as long as the server says, and gives up', () => {
    const delays = [1, 2, 3, 4, 5].map((attempt) => delayBefore(refused(500), attempt, 1));
    assert.deepEqual(delays, [500, 1000, 2000, 4000, undefined]);
    assert.equal(delayBefore({ ...refused(429), retryAfterMs: 3000 } as Failure, 1, 0), 3000);
    assert.equal(delayBefore({ ...refused(429), retryAfterMs: 3_600_000 } as Failure, 1, 0), 300_000);
  });

  it('outlasts the five minutes for which all requests are refused', () => {
    let waited = 0;
    for (let attempt = 1; waited < 300_000; attempt++) {
      const failure = { ...refused(429), retryAfterMs: 300_000 - waited } as Failure;
      const delay = delayBefore(failure, attempt, 0);
      assert.ok(delay !== undefined, `given up after ${waited} ms`);
      waited += delay;
    }
  });

  it('is for what may pass', () => {
    const isRepeated = (failure: Failure): boolean => delayBefore(failure, 1, 0.5) !== undefined;
    for (const failure of [refused(408), refused(429), refused(502), refused(200, 971)]) assert.ok(isRepeated(failure));
    for (const failure of [refused(400), refused(401), refused(403), refused(404, 10009), refused(429, 10048)]) {
      assert.ok(!isRepeated(failure));
    }
  });
});

describe('bulk requests', () => {
  const entry = (key: string, value: Uint8Array) => ({ key, value });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  it('are split by count and by the bytes that are sent, and lose nothing', () => {
    assert.deepEqual(BULK_LIMITS, { items: 10_000, bytes: 100_000_000 });
    const entries = Array.from({ length: 100 }, (_, i) =>
      entry(`ü"${i}`, i % 2 ? text('\n"ü'.repeat(i)) : new Uint8Array(i).fill(255)),
    );
    for (const limits of [
      { items: 7, bytes: 1_000_000 },
      { items: 1000, bytes: 1000 },
    ]) {
      const bodies = [...bulkBodies(entries, limits)];
      assert.deepEqual(
        bodies.flatMap((body) => body.entries),
        entries,
      );
      for (const { json, entries: some } of bodies) {
        assert.ok(some.length <= limits.items && (json.length <= limits.bytes || some.length === 1));
        const items: { key: string; value: string; base64?: boolean }[] = JSON.parse(Buffer.from(json).toString());
        assert.deepEqual(
          items.map(({ key, value, base64 }) =>
            entry(key, new Uint8Array(Buffer.from(value, base64 ? 'base64' : 'utf8'))),
          ),
          some,
        );
      }
    }
    const sizes = [...bulkBodies(entries, { items: 1000, bytes: 1000 })].map(({ json }) => json.length);
    assert.ok(
      sizes.every((size, i) => i === sizes.length - 1 || size > 500),
      'requests are filled',
    );
  });

  it('have base64 for what text would damage', () => {
    const item = (value: Uint8Array) => {
      const [body] = bulkBodies([entry('k', value)], BULK_LIMITS);
      return JSON.parse(Buffer.from(body?.json ?? []).toString())[0];
    };
    assert.deepEqual(item(text('plain\r\n\u0000')), { key: 'k', value: 'plain\r\n\u0000' });
    assert.deepEqual(item(text('\ufeffbom')), { key: 'k', value: '77u/Ym9t', base64: true });
    assert.deepEqual(item(Uint8Array.of(0xff)), { key: 'k', value: '/w==', base64: true });
  });

  it('have room for any value of the largest size', () => {
    const [body] = bulkBodies([entry('k', new Uint8Array(MAX_VALUE_BYTES))], BULK_LIMITS);
    assert.ok(body && body.json.length <= BULK_LIMITS.bytes, `${body?.json.length} bytes`);
  });
});

describe('a bulk operation', () => {
  const offline = new KvError('offline', 'no network');
  const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

  type Answer = BulkReply | Error;
  const undone = (...keys: readonly string[]): BulkReply => ({ undone: keys });

  /**
   * Deletes keys, three a request, whose answers are those given. `reviews` tells what a review shows; unless given,
   * the work relies on nothing.
   */
  const run = async (
    answers: readonly Answer[],
    { signal, reviews }: { signal?: AbortSignal; reviews?: Readonly<Record<string, KeyReview>> } = {},
  ) => {
    const sent: string[] = [];
    const looked: string[] = [];
    const timing = new HastyTiming();
    const expected: Expectation = {
      entry: () => undefined,
      readAt: reviews ? timing.now() : Number.POSITIVE_INFINITY,
      async review(keys) {
        looked.push(keys.join(''));
        return new Map(keys.map((key) => [key, reviews?.[key] ?? 'unchanged']));
      },
    };
    // As requests do it.
    const send: BulkBatch<string>['send'] = async (left, compared) => {
      if (timing.now() - compared.readAt > 1000 && !(await compared.review())) throw new NothingToSend();
      const answer = answers[sent.push(left().join('')) - 1] ?? { undone: [] };
      if (!(answer instanceof Error)) return answer;
      if (answer instanceof FailedRequest && maybeDone(answer.failure)) compared.lose(answer.failure);
      throw answer;
    };
    const batches = (keys: readonly string[]) =>
      [keys.slice(0, 3), keys.slice(3)].filter(({ length }) => length > 0).map((items) => ({ items, send }));
    const work = { keyOf: (key: string) => key, batches, subject: deleting, timing, expected };
    const outcome = await runBulk(KEYS, work, signal ? { signal } : {});
    const failed = outcome.failed.map(({ key, error, uncertain }) => `${key} ${error.kind}${uncertain ? '?' : ''}`);
    return { ...outcome, sent, failed, ...(looked.length > 0 && { looked }) };
  };

  it('counts what was done, when what was left undone cannot be sent again', async () => {
    assert.deepEqual(await run([undone('b'), offline]), {
      done: 2,
      skipped: 0,
      cancelled: false,
      sent: ['abc', 'b'],
      failed: ['b offline', 'd offline', 'e offline', 'f offline'],
    });
    const refused = new FailedRequest({ kind: 'refused', status: 400, codes: [10029], detail: 'bad' });
    assert.deepEqual(await run([undone('a', 'b'), refused, refused]), {
      done: 5,
      skipped: 0,
      cancelled: false,
      sent: ['abc', 'ab', 'a', 'b', 'def'],
      failed: ['a invalidInput'],
    });
  });

  it('names what was left undone, when it is cancelled before that is sent again', async () => {
    assert.deepEqual(await run([undone('b'), new KvError('cancelled', '')]), {
      done: 2,
      skipped: 0,
      failed: ['b server'],
      cancelled: true,
      sent: ['abc', 'b'],
      untried: ['d', 'e', 'f'],
    });
  });

  it('names what was not tried, when it is cancelled while a request waits', async () => {
    assert.deepEqual(await run([undone(), new KvError('cancelled', '')]), {
      done: 3,
      skipped: 0,
      failed: [],
      cancelled: true,
      sent: ['abc', 'def'],
      untried: ['d', 'e', 'f'],
    });
  });

  const lost = new FailedRequest({ kind: 'refused', status: 502, codes: [], detail: 'lost' });
  const forbidden = new FailedRequest({ kind: 'refused', status: 403, codes: [10000], detail: 'no' });

  it('is not certain of keys whose answer was lost, and certain of those that were not sent', async () => {
    assert.deepEqual(await run([lost], { reviews: { a: 'written', b: 'unchanged', c: 'moved' } }), {
      done: 1,
      skipped: 0,
      cancelled: false,
      sent: ['abc'],
      looked: ['abc'],
      failed: ['c conflict?', 'b server?', 'd server', 'e server', 'f server'],
    });
    assert.deepEqual(
      (await run([forbidden], { reviews: {} })).failed,
      KEYS.map((key) => `${key} forbidden`),
    );
  });

  it('does not take an answer for success that does not account for its keys', async () => {
    const answers: readonly BulkReply[] = [
      { undone: [], done: 2 },
      { undone: ['who'], done: 2 },
      { undone: ['who'] },
      { undone: ['b'], done: 1 },
    ];
    for (const answer of answers) {
      const read = await run([answer], { reviews: { a: 'written', b: 'unchanged', c: 'moved' } });
      assert.deepEqual([read.done, read.failed], [5, ['c conflict?']], JSON.stringify(answer));
      // What was not done is sent again, and nothing else; the last three have waited meanwhile.
      assert.deepEqual(
        [read.sent, read.looked],
        [
          ['abc', 'b', 'def'],
          ['abc', 'def'],
        ],
      );
    }
    const again = await run([...answers, ...answers].map(() => ({ undone: [], done: 0 })));
    assert.deepEqual(
      again.failed,
      KEYS.map((key) => `${key} server?`),
    );
    assert.deepEqual((await run([{ undone: ['b'], done: 2 }])).failed, []);
  });

  it('lets a key that cannot be read again fail alone, by its own error', async () => {
    const unread = new KvError('busy', '“a” is listed, but could not be read');
    const { sent, done, failed } = await run([undone('a', 'b')], { reviews: { a: unread } });
    assert.deepEqual([sent, done, failed], [['abc', 'b', 'def'], 5, ['a busy']]);
    const doubtful = await run([{ undone: [], done: 0 }], { reviews: { a: unread } });
    assert.deepEqual([doubtful.sent, doubtful.done, doubtful.failed], [['abc', 'bc', 'def'], 5, ['a server?']]);
  });

  it('leaves alone what was changed while a key waited to be sent again', async () => {
    const { sent, done, failed } = await run([undone('a', 'b')], { reviews: { a: 'moved' } });
    assert.deepEqual([sent, done, failed], [['abc', 'b', 'def'], 5, ['a conflict']]);
  });
});

describe('addresses and places', () => {
  it('are safe for a token: https, or this machine', () => {
    assert.equal(checkBaseUrl('https://api.cloudflare.com/client/v4/'), 'https://api.cloudflare.com/client/v4');
    assert.equal(checkBaseUrl('http://127.0.0.1:8080/x'), 'http://127.0.0.1:8080/x');
    assert.equal(checkBaseUrl('http://[::1]:1'), 'http://[::1]:1');
    for (const bad of [
      'http://api.cloudflare.com',
      'http://127.0.0.1.example.com',
      'http://localhost.example.com',
      'https://user:secret@example.com',
      'https://example.com/?a=b',
      'https://example.com/#a',
      'ftp://localhost',
      'nothing',
      '',
    ]) {
      assert.throws(
        () => checkBaseUrl(bad),
        (error) => isKvError(error, 'invalidInput'),
        bad,
      );
    }
  });

  it('in a listing come back as they were', () => {
    const mark = '0123456789abcdef';
    const pages = 7;
    for (const place of [{ skip: 0, pages, cursor: 'abc:=\n' }, START, { skip: 3, pages, mark, cursor: '0:x' }]) {
      assert.deepEqual(decodePlace(encodePlace(place)), place);
    }
    for (const bad of ['', 'abc', ':abc', '-1:abc', '99999:']) assert.equal(decodePlace(bad), undefined);
  });

  it('of rate limits are read from both headers', () => {
    const headers = new Headers({ ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"burst";q=120;w=60' });
    assert.deepEqual(parseRateLimit(headers), { remaining: 50, reserve: 20, resetMs: 30_000 });
    assert.equal(parseRateLimit(new Headers()), undefined);
    assert.equal(parseRateLimit(new Headers({ ratelimit: 'nonsense' })), undefined);
  });
});
