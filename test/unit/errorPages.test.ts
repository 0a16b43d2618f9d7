import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { reading, toKvError, toUncertain } from '../../src/cloudflare/errors.ts';
import { FailedRequest, type Failure } from '../../src/cloudflare/failure.ts';
import { type ErrorPage, errorPages, errorsIn, pageOfCode } from '../../src/core/base/errorPages.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { holdsError } from '../../src/core/code/syntax.ts';
import { checkEntry } from '../../src/core/entry/limits.ts';
import { explainCommand, wayOutOf } from '../../src/core/text/wayOut.ts';
import { analyse } from '../../src/language/code/analysis.ts';
import { check } from '../../src/language/code/diagnostics/check.ts';

const folder = new URL('../../media/errors/', import.meta.url);
const diagnosticsFolder = new URL('../../media/diagnostics/', import.meta.url);
const read = (page: string): string => readFileSync(new URL(`${page}.md`, folder), 'utf8');

/** What stands in a terminal, the part that is a link, and where it leads. */
const told: readonly (readonly [line: string, link: string, page: ErrorPage])[] = [
  [
    '✘ [ERROR] Uncaught Error: KV PUT failed: 429 Too Many Requests',
    'KV PUT failed: 429 Too Many Requests',
    'write-rate',
  ],
  ['  message: "put: \'too many requests\' [code: 10022]"', '[code: 10022]', 'write-rate'],
  ['Error: KV put() limit exceeded for the day.', 'KV put() limit exceeded for the day', 'daily-limit'],
  ['KV list() limit exceeded for the day', 'KV list() limit exceeded for the day', 'daily-limit'],
  [
    '  your account has reached the free usage limit for this operation for today [code: 10048]',
    '[code: 10048]',
    'daily-limit',
  ],
  ['Error: Too many subrequests.', 'Too many subrequests', 'too-many-operations'],
  [
    'Error: Too many API requests by single Worker invocation. To configure this limit, refer to …',
    'Too many API requests by single Worker invocation',
    'too-many-operations',
  ],
  [
    'Error: KV PUT failed: 400 Invalid expiration_ttl of 30. Expiration TTL must be at least 60.',
    'KV PUT failed: 400 Invalid expiration_ttl of 30.',
    'expiration',
  ],
  [
    'KV PUT failed: 400 Invalid expiration of 12. Please specify integer greater than …',
    'KV PUT failed: 400 Invalid expiration of 12.',
    'expiration',
  ],
  ["  put: 'invalid expiration' [code: 10033]", '[code: 10033]', 'expiration'],
  [
    'KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.',
    'KV GET failed: 400 Invalid cache_ttl of 10.',
    'cache-ttl',
  ],
  ['TypeError: Key name cannot be empty.', 'Key name cannot be empty.', 'key'],
  ['TypeError: "." is not allowed as a key name.', '"." is not allowed as a key name.', 'key'],
  [
    'KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.',
    'KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.',
    'key',
  ],
  ['KV GET_BULK failed: 400 Key name . is not legal', 'KV GET_BULK failed: 400 Key name .', 'key'],
  [
    'TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
    'KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams',
    'value',
  ],
  [
    'KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.',
    'KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.',
    'value-size',
  ],
  [
    'KV PUT failed: 413 Metadata length of 1030 exceeds limit of 1024.',
    'KV PUT failed: 413 Metadata length of 1030 exceeds limit of 1024.',
    'metadata',
  ],
  [
    'KV GET failed: 400 Invalid key_count_limit of 5000. Please specify an integer less than 1000.',
    'KV GET failed: 400 Invalid key_count_limit of 5000.',
    'list-limit',
  ],
  ["list keys: 'invalid list cursor' [code: 10041]", '[code: 10041]', 'list-cursor'],
  [
    'KV GET_BULK failed: 400 You can request a maximum of 100 keys',
    'KV GET_BULK failed: 400 You can request a maximum of 100 keys',
    'bulk-read',
  ],
  [
    'TypeError: Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
    'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream"',
    'value-type',
  ],
  [
    "TypeError: Failed to execute 'put' on 'KvNamespace': parameter 3 is not of type 'PutOptions'.",
    "on 'KvNamespace': parameter 3 is not of type 'PutOptions'",
    'options',
  ],
  ['  Authentication error [code: 10000]', '[code: 10000]', 'authentication'],
  ['{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}', '"code":10000', 'authentication'],
  ['✘ [ERROR] Unable to authenticate request [code: 10001]', '[code: 10001]', 'authentication'],
  [
    '  Max auth failures reached, please check your Authorization header. [code: 9109]',
    '[code: 9109]',
    'authentication',
  ],
  ["  get: 'key not found' [code: 10009]", '[code: 10009]', 'key-not-found'],
  ["  list keys: 'namespace not found' [code: 10013]", '[code: 10013]', 'namespace-not-found'],
  [
    "  KV namespace '00000000000000000000000000000000' not found. [code: 10041]",
    "KV namespace '00000000000000000000000000000000' not found",
    'namespace-not-found',
  ],
  ['⚠️  Error 10014: a namespace with this account ID and title already exists', 'Error 10014:', 'title-taken'],
  ['  too many namespaces in this account [code: 10018]', '[code: 10018]', 'too-many-namespaces'],
  ['  Please wait and consider throttling your request speed [code: 971]', '[code: 971]', 'api-rate'],
  [
    '✘ [ERROR] service core:user:api: Uncaught Error: Disallowed operation called within global scope. Asynchronous I/O …',
    'Disallowed operation called within global scope',
    'global-scope',
  ],
  ['Error: KV GET failed: 500 Internal Server Error', 'KV GET failed: 500 Internal Server Error', 'failed'],
];

describe('Errors of KV', () => {
  for (const [line, link, page] of told) {
    it(`finds “${link}”`, () => {
      const found = errorsIn(line);
      const first = found.find((one) => line.slice(one.start, one.start + one.length) === link);
      assert.equal(first?.page, page, JSON.stringify(found.map((one) => line.substr(one.start, one.length))));
    });
  }

  it('takes no code of KV for what it means elsewhere', () => {
    // There it is a service that is unavailable for a while.
    assert.equal(pageOfCode(10001), undefined);
    assert.deepEqual(errorsIn('service temporarily unavailable [code: 10001]'), []);
  });

  it('leads to every page from some line', () => {
    const led = new Set(told.map(([, , page]) => page));
    assert.deepEqual(
      errorPages.filter((page) => !led.has(page)),
      [],
    );
  });

  it('finds several in one line, in their order, and none twice', () => {
    const line = 'KV GET failed: 503 Service Unavailable; KV PUT failed: 429 Too Many Requests';
    assert.deepEqual(
      errorsIn(line).map(({ page }) => page),
      ['failed', 'write-rate'],
    );
    const twice = 'KV PUT failed: 414 UTF-8 encoded length of 600 exceeds key length limit of 512.';
    assert.equal(errorsIn(twice).length, 1);
  });

  for (const line of [
    '',
    'GET /api/kv 200 OK (12ms)',
    'R2 GET failed: 400 Invalid cache_ttl',
    'D1_ERROR: too many requests [code: 10022]',
    'fetch failed: 429 Too Many Requests',
    'KV PUT succeeded',
    'MKV GET failed: 400',
    '  workers.api.error.unknown [code: 10013]',
    '  Script startup exceeded CPU time limit. [code: 10021]',
    '  Please enable R2 through the Cloudflare Dashboard. [code: 10042]',
    '  This bucket already exists [code: 10014]',
    'listen EADDRINUSE [code: 10048]',
    'exit code: 10009',
    '{"code":10009,"message":"You do not have access to this user"}',
    'HTTP 429 Too Many Requests',
    'src/index.ts(10000,10009): error TS2345',
    'TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive).',
    "Cannot read properties of undefined (reading 'get')",
    'Error: key not found',
  ]) {
    it(`leaves “${line}” alone`, () => assert.deepEqual(errorsIn(line), []));
  }

  it('takes a line of any length', () => {
    assert.deepEqual(errorsIn('KV GET failed '.repeat(100_000)), []);
    assert.deepEqual(errorsIn(`${'"code": 10009'.repeat(50_000)}`), []);
  });
});

describe('Pages of the errors', () => {
  it('are there for every error and no other', () => {
    assert.deepEqual(readdirSync(folder).sort(), errorPages.map((page) => `${page}.md`).sort());
  });

  for (const page of errorPages) {
    it(`${page}: says what it means, what gives it and what to do, with code that is right`, () => {
      const text = read(page);
      assert.match(text, /^# [A-Z].*\n\n[A-Z`]/);
      assert.match(text, /\n\*\*Given by\*\* /);
      assert.match(text, /\n\*\*What to do\*\* /);
      const snippets = [...text.matchAll(/```(js|jsonc|sh)\n([\s\S]*?)\n```/g)];
      assert.ok(snippets.length > 0);
      for (const [, language, code = ''] of snippets.filter(([, one]) => one === 'js')) {
        const bindings = new Set([...code.matchAll(/env\.([A-Z]+)/g)].map(([, name = '']) => name));
        const analysis = analyse(`worker.${language}`, code, bindings);
        assert.ok(!holdsError(analysis.code.tree.topNode), code);
        assert.deepEqual(check({ analysis, isTyped: false, now: 1_800_000_000 }), []);
      }
    });

    it(`${page}: leads only to pages that are there, and back from those of the code`, () => {
      const links = [...read(page).matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, link = '']) => link);
      for (const link of links) {
        const other = readFileSync(new URL(link, folder), 'utf8');
        if (link.startsWith('../diagnostics/')) assert.ok(other.includes(`(../errors/${page}.md)`), link);
      }
    });
  }

  it('are led to from the code only where there are such', () => {
    for (const file of readdirSync(diagnosticsFolder)) {
      const text = readFileSync(new URL(file, diagnosticsFolder), 'utf8');
      for (const [, page = ''] of text.matchAll(/\(\.\.\/errors\/([\w-]+)\.md\)/g)) {
        assert.ok(read(page).includes(`(../diagnostics/${file})`), `${file} → ${page}`);
      }
    }
  });
});

describe('Learn More', () => {
  const refusal = (status: number, ...codes: number[]): FailedRequest =>
    new FailedRequest({ kind: 'refused', status, codes, detail: '' });
  const pageOf = (failure: FailedRequest): string | undefined => toKvError(failure, reading('a')).page;

  it('is offered for what Cloudflare refuses', () => {
    assert.equal(pageOf(refusal(404, 10009)), 'key-not-found');
    assert.equal(pageOf(refusal(404, 10013)), 'namespace-not-found');
    assert.equal(pageOf(refusal(400, 10014)), 'title-taken');
    assert.equal(pageOf(refusal(400, 10033)), 'expiration');
    assert.equal(pageOf(refusal(400, 10041)), 'list-cursor');
    assert.equal(pageOf(refusal(400, 10042)), 'key');
    assert.equal(pageOf(refusal(403, 10000)), 'authentication');
    assert.equal(pageOf(refusal(429, 10022)), 'write-rate');
    assert.equal(pageOf(refusal(429, 10048)), 'daily-limit');
    assert.equal(pageOf(refusal(429)), 'api-rate');
    assert.equal(pageOf(refusal(500)), undefined);
    assert.equal(toUncertain(refusal(404, 10013), reading('a')).page, 'namespace-not-found');
    const page: Failure = { kind: 'refused', status: 429, codes: [], page: {}, detail: '' };
    assert.equal(pageOf(new FailedRequest(page)), undefined);
  });

  it('is the way out where there is no other', () => {
    const way = wayOutOf(toKvError(refusal(429, 10048), reading('a')));
    assert.deepEqual(way, { title: 'Learn More', command: explainCommand, argument: 'daily-limit' });
    assert.equal(wayOutOf(toKvError(refusal(401, 10000), reading('a')))?.title, 'Sign In…');
  });

  it('is offered for what is over a limit', () => {
    const pageOfEntry = (entry: { key?: string; bytes?: number; metadata?: string; expiration?: number }) => {
      const { key = 'a', bytes = 1, metadata, expiration } = entry;
      const value = new Uint8Array(bytes);
      try {
        checkEntry({ key, value, ...(metadata && { metadata }), ...(expiration && { expiration }) }, 1000);
      } catch (error) {
        assert.ok(isKvError(error));
        return error.page;
      }
      return undefined;
    };
    assert.equal(pageOfEntry({ key: '.' }), 'key');
    assert.equal(pageOfEntry({ key: 'k'.repeat(513) }), 'key');
    assert.equal(pageOfEntry({ bytes: 26_214_401 }), 'value-size');
    assert.equal(pageOfEntry({ metadata: 'm'.repeat(1100) }), 'metadata');
    assert.equal(pageOfEntry({ expiration: 1030 }), 'expiration');
    assert.equal(pageOfEntry({}), undefined);
  });
});
