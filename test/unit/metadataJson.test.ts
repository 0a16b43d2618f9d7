import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { bulkBodies } from '../../src/cloudflare/bulkBodies.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { parseRecord, recordText } from '../../src/core/change/journal/format.ts';
import type { JsonValue, KvEntry } from '../../src/core/entry/entry.ts';
import { aboutText, entryDigest, sameMetadata } from '../../src/core/entry/entryDigest.ts';
import { formatEntryDocument, parseEntryDocument } from '../../src/core/entry/entryDocument.ts';
import { formatKeysDocument, parseKeysDocument } from '../../src/core/entry/keysDocument.ts';
import { checkMetadata } from '../../src/core/entry/limits.ts';
import { metadataText, parseJson, parseMetadata, parseWithMetadata } from '../../src/core/entry/metadataJson.ts';
import { parseStrictJson } from '../../src/core/entry/strictJson.ts';
import { consistent } from '../../src/core/store/wrappers/consistent.ts';
import { Comparison } from '../../src/core/transfer/comparison.ts';
import { BulkFile } from '../../src/core/transfer/files/bulkFile.ts';
import { exportEntries } from '../../src/core/transfer/files/exportEntries.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const NUMBERS = '{"id":12345678901234567890,"price":1.10,"x":1e400}';
/** Spelled as no `JSON.stringify` spells it. */
const SPELLED = '{ "10":1.10, "2":[ "\\u0061\\/" ], "10":-0 }';

/** A text by itself, spelled so. */
const SPELLED_TEXT = String.raw`"str\u00e9 \/ \"{[,:]}"`;

const metadataOf = (text: string): JsonValue => parseMetadata(text) ?? null;
const entryOf = (text: string, key = 'a', value = 'v'): KvEntry => ({
  key,
  value: new Uint8Array(Buffer.from(value)),
  metadata: metadataOf(text),
});
const textOf = ({ metadata }: Pick<KvEntry, 'metadata'>): string => metadataText(metadata ?? null);
const now = 1_800_000_000;

/** Numbers of any spelling, up to what no double holds. */
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits.map((text) => text.replace(/^0+(?=.)/, '')),
    fc.option(digits, { nil: '' }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), fc.nat(400)), { nil: undefined }),
  )
  .map(([sign, whole, fraction, power]) => sign + whole + (fraction && `.${fraction}`) + (power?.join('') ?? ''));
const space = fc.constantFrom('', '', ' ', '\n', '\t\r');
const text = fc.oneof(
  fc.string().map((one) => JSON.stringify(one)),
  number.map((one) => JSON.stringify(`: ${one},`)),
);
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    number,
    text,
    fc.constantFrom('true', 'null'),
    fc
      .array(fc.tuple(space, tie('json'), space), { maxLength: 3 })
      .map((all) => `[${all.map((one) => one.join('')).join()}]`),
    fc
      .uniqueArray(fc.tuple(text, space, tie('json')), { maxLength: 3, selector: ([name]) => name })
      .map((all) => `{${all.map(([name, between, value]) => `${name}${between}:${between}${value}`).join()}}`),
  ),
}));
/** Without the white space, which no text between quotes has here as such. */
const tokens = (whole: string): string =>
  whole.replace(/"(?:[^"\\]|\\.)*"|[ \t\r\n]+/g, (one) => (one.trim() === '' ? '' : one));
/** Names that look like numbers come first in every object of JavaScript. */
const hasNumberName = (whole: string): boolean => /"\d+"[ \t\r\n]*:/.test(whole);

describe('the JSON of metadata', () => {
  it('keeps every digit of every number', () => {
    fc.assert(
      fc.property(json, (whole) => {
        fc.pre(!hasNumberName(whole));
        assert.equal(JSON.stringify(parseJson(whole)), tokens(whole));
        const strict = parseStrictJson(whole);
        assert.ok('value' in strict, whole);
        assert.equal(JSON.stringify(strict.value), tokens(whole));
      }),
      { numRuns: 2000 },
    );
    for (const one of ['1.10', ' -0 ', '1e400', '12345678901234567890', '[1.0]', '{"a": 1E5}', '0.0000001']) {
      assert.equal(JSON.stringify(parseJson(one)), tokens(one));
    }
  });

  it('gives plain numbers where JavaScript writes them as they stand', () => {
    for (const one of [0, -1, 1.5, 0.1, 1e21, 1e-7, 123456789012345680000, Number.MAX_SAFE_INTEGER]) {
      assert.equal(parseJson(JSON.stringify(one)), one);
    }
    assert.deepEqual(parseJson('{"a":[1,"1.10",":1.10,"]}'), { a: [1, '1.10', ':1.10,'] });
    assert.deepEqual(Object.keys(Object(parseJson('{"__proto__":1.10}'))), ['__proto__']);
  });

  it('is the text that it came in, up to the size of metadata', () => {
    for (const one of [NUMBERS, SPELLED, SPELLED_TEXT, '[ ]', '{}', '"a"', '""', '1.10', 'true'])
      assert.equal(metadataText(metadataOf(one)), one);
    assert.equal(metadataOf('"a"'), 'a');
    assert.equal(metadataText(metadataOf(` ${SPELLED_TEXT}\n`)), SPELLED_TEXT);
    fc.assert(
      fc.property(fc.oneof(json.map((one) => `[${one}]`)), (one) => {
        fc.pre(Buffer.byteLength(one) <= 1024);
        assert.equal(metadataText(metadataOf(one)), one);
      }),
    );
    // White space that whoever passed it on put in.
    const long = `{"a":${' '.repeat(1100)}1.10}`;
    assert.equal(metadataText(metadataOf(long)), '{"a":1.10}');
    assert.doesNotThrow(() => checkMetadata('a', metadataOf(long)));
    assert.throws(() => checkMetadata('a', metadataOf(`{"a":0.${'1'.repeat(1020)}}`)), /1028 bytes/);
  });

  it('is found in an answer', () => {
    const answer = `{ "success":true, "result":{"values":{"\\u0061":{"value":"\\"}{","metadata":${SPELLED}},"b":{"metadata":null},"c":null}} }`;
    const parsed = parseWithMetadata(answer, ['result', 'values', '*', 'metadata']);
    assert.deepEqual(
      parsed,
      JSON.parse(answer.replace(SPELLED, '{"10":-0,"2":["a/"]}'), (_, value, context: { source?: string }) =>
        context.source === '-0' ? parseJson('-0') : value,
      ),
    );
    const { result } = parsed as unknown as { result: { values: { a: { metadata: JsonValue } } } };
    assert.equal(metadataText(result.values.a.metadata), SPELLED);
  });

  it('is found in an answer where it is a text by itself, or one in a list', () => {
    const answer = `{ "result":[{"metadata":${SPELLED_TEXT}},{"metadata":"plain"}], "texts":[${SPELLED_TEXT}] }`;
    const parsed = parseWithMetadata(answer, ['result', '*', 'metadata']);
    const { result, texts } = parsed as unknown as Record<'result' | 'texts', { metadata: JsonValue }[]>;
    assert.deepEqual(
      result.map(({ metadata }) => metadataText(metadata)),
      [SPELLED_TEXT, '"plain"'],
    );
    assert.deepEqual(texts, [JSON.parse(SPELLED_TEXT)]);
  });

  it('is refused with its place where a number would be rounded', () => {
    const { rawJSON } = JSON;
    try {
      delete JSON.rawJSON;
      assert.deepEqual(parseJson('{"a":1.5}'), { a: 1.5 });
      assert.throws(
        () => parseJson('{"a":1.10}'),
        (error) => isKvError(error, 'unsupported') && /1\.10 \(character 6\)/.test(error.message),
      );
    } finally {
      if (rawJSON) JSON.rawJSON = rawJSON;
    }
  });

  it('counts by what it means, with every digit', () => {
    const same = (a: string, b: string) => sameMetadata(metadataOf(a), metadataOf(b));
    for (const [a, b] of [
      ['1.10', '1.1'],
      ['1.10', '11e-1'],
      ['-0', '0'],
      ['0.0e7', '0'],
      ['1e5', '100000'],
      ['1e400', '10E399'],
      ['12345678901234567890', '1234567890123456789.0e1'],
      ['1e-400', '0.1e-399'],
      ['{"a":1,"b":[2.0]}', '{ "b":[2], "a":1 }'],
      [SPELLED, '{"2":["a/"],"10":0}'],
      [SPELLED_TEXT, JSON.stringify(JSON.parse(SPELLED_TEXT))],
      [String.raw`"\u0031"`, '"1"'],
    ] as const) {
      assert.ok(same(a, b), `${a} and ${b}`);
    }
    for (const [a, b] of [
      ['12345678901234567890', '12345678901234567891'],
      ['1e400', '1e401'],
      ['1e-400', '0'],
      ['0.1', '0.1000000000000000055511151231257827'],
      ['9007199254740993', '9007199254740992'],
      ['1.10', '"1.10"'],
      ['1', String.raw`"\u0031"`],
      ['[1]', '{"0":1}'],
    ] as const) {
      assert.ok(!same(a, b), `${a} and ${b}`);
    }
    assert.ok(sameMetadata(undefined, null));
    assert.ok(!sameMetadata(undefined, 0));
  });

  it('has the digest that backups on disk hold', () => {
    const entry: KvEntry = {
      key: 'a',
      value: new Uint8Array([1]),
      metadata: { b: [1.5, 'x', -0], '10': null, a: true },
    };
    assert.equal(aboutText(entry), '[["{",["10",null],["a",true],["b",["[",1.5,"x",0]]],null]');
    assert.equal(entryDigest(entry), 'd50bcc1d0eef0a5190ffdc2bb961a49aaf700d29cbc852ff983ed6da4575993b');
  });
});

describe('metadata that no double holds', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-metadata-'));
  });
  after(() => rm(root, { recursive: true }));

  it('passes through exports and imports', async () => {
    for (const format of ['json', 'ndjson', 'csv', 'folder'] as const) {
      const path = join(root, format);
      await exportEntries(Readable.from([entryOf(NUMBERS), entryOf(SPELLED.replace(', "10":-0', ''), 'b')]), {
        path,
        format,
      });
      const written = await readFile(format === 'folder' ? join(path, 'kv-manifest.json') : path, 'utf8');
      assert.ok(written.replaceAll('""', '"').includes(NUMBERS), format);
      const entries: KvEntry[] = [];
      for await (const entry of (await BulkFile.open(path, { now, format })).entries()) entries.push(entry);
      const [first, second] = entries;
      assert.ok(first && second);
      assert.equal(textOf(first), NUMBERS, format);
      assert.equal(textOf(second), SPELLED.replace(', "10":-0', ''), format);
      assert.ok(sameMetadata(second.metadata, metadataOf('{"2":["a/"],"10":1.1}')), format);
    }
  });

  it('passes through exports and imports where it is a text by itself', async () => {
    for (const format of ['json', 'ndjson', 'csv', 'folder'] as const) {
      const path = join(root, `texts.${format}`);
      const all = [SPELLED_TEXT, '"plain"', String.raw`"\\"`, '1.10'].map((one, at) => entryOf(one, `k${at}`));
      await exportEntries(Readable.from(all), { path, format });
      const texts: string[] = [];
      for await (const entry of (await BulkFile.open(path, { now, format })).entries()) texts.push(textOf(entry));
      assert.deepEqual(texts, all.map(textOf), format);
    }
    // However it is laid out, and wherever a piece of it ends.
    const path = join(root, 'laid-out.json');
    const items = Array.from({ length: 3000 }, (_, at) => {
      const name = at % 2 === 0 ? '"metadata"' : String.raw`"m\u0065tadata"`;
      return `{"key":"k${at}", ${name} :\n ${SPELLED_TEXT} , "value":"metadata"}`;
    });
    await writeFile(path, `[${items.join(',\n')}]`);
    let count = 0;
    for await (const entry of (await BulkFile.open(path, { now })).entries()) {
      assert.equal(textOf(entry), SPELLED_TEXT, entry.key);
      count++;
    }
    assert.equal(count, items.length);
  });

  it('is imported from every format where it is metadata only when it is written plainly', async () => {
    const [plain, long] = [
      `${'é'.repeat(400)}${'a'.repeat(100)}`,
      `${'é'.repeat(400)}${String.raw`\u0061`.repeat(100)}`,
    ];
    assert.ok(long.length < 1024 && Buffer.byteLength(long) > 1024);
    const spellings: readonly (readonly [string, string])[] = [
      [`"${long}"`, `"${plain}"`],
      [`["${long}"]`, `["${plain}"]`],
      [`{"a":"${long}"}`, `{"a":"${plain}"}`],
    ];
    for (const [source, kept] of spellings) {
      const files = {
        json: `[{"key":"a","value":"v","metadata":${source}}]`,
        ndjson: `{"key":"a","value":"v","metadata":${source}}\n`,
        csv: `key,value,metadata\na,v,"${source.replaceAll('"', '""')}"\n`,
      };
      for (const format of ['json', 'ndjson', 'csv'] as const) {
        const path = join(root, `long.${format}`);
        await writeFile(path, files[format]);
        const texts: string[] = [];
        for await (const entry of (await BulkFile.open(path, { now, format })).entries()) texts.push(textOf(entry));
        assert.deepEqual(texts, [kept], format);
      }
      assert.equal(metadataText(metadataOf(source)), kept);
    }
  });

  it('stays in one line of NDJSON, however it was spelled', async () => {
    const path = join(root, 'lines.ndjson');
    await exportEntries(Readable.from([entryOf('{\r\n"a":1.10}')]), { path, format: 'ndjson' });
    assert.equal(await readFile(path, 'utf8'), '{"key":"a","value":"v","metadata":{  "a":1.10}}\n');
  });

  it('does not make numbers of other fields strange', async () => {
    const path = join(root, 'other.ndjson');
    await writeFile(path, '{"key":"a","value":"v","expiration":2e9}\n{"key":"b","value":"v","expiration_ttl":1e5}\n');
    const ends: unknown[] = [];
    for await (const { expiration } of (await BulkFile.open(path, { now })).entries()) ends.push(expiration);
    assert.deepEqual(ends, [2_000_000_000, now + 100_000]);
  });

  it('passes through bulk bodies', () => {
    for (const one of [SPELLED, SPELLED_TEXT]) {
      const [body] = bulkBodies([entryOf(one)], { items: 10, bytes: 1000 });
      assert.equal(Buffer.from(body?.json ?? []).toString(), `[{"key":"a","value":"v","metadata":${one}}]`);
    }
  });

  it('passes through journals', () => {
    for (const one of [NUMBERS, SPELLED, SPELLED_TEXT, '{\n"a":1.10}']) {
      const { key, ...before } = entryOf(one);
      const record = parseRecord(recordText({ line: { key, before, after: 'x' } }));
      assert.ok(record && 'line' in record && record.line.before);
      assert.equal(textOf(record.line.before), one);
    }
  });

  it('passes through a save of the value alone, and through reads that follow it', async () => {
    for (const one of [SPELLED, SPELLED_TEXT]) {
      const store = consistent(new MemoryStore());
      await store.put(entryOf(one));
      const read = await store.get('a');
      assert.ok(read);
      await store.put({ ...read, value: new Uint8Array([1]) });
      const again = await store.get('a');
      assert.equal(again && textOf(again), one);
    }
  });

  it('is compared digit by digit', async () => {
    const [left, right] = [new MemoryStore(), new MemoryStore()];
    await left.put(entryOf('{"id":12345678901234567890}', 'a'));
    await right.put(entryOf('{"id":12345678901234567891}', 'a'));
    await left.put(entryOf('{"price":1.10,"n":1}', 'b'));
    await right.put(entryOf('{ "n":1, "price":1.1}', 'b'));
    const found: string[] = [];
    for await (const { kind, key } of new Comparison(left, right)) found.push(`${kind} ${key}`);
    assert.deepEqual(found, ['change a']);
  });

  it('survives the edit of another member of its document', () => {
    const shown = formatEntryDocument(entryOf(NUMBERS));
    assert.match(shown, /12345678901234567890,\n.*1\.10,\n.*1e400\n/);
    const { metadata } = parseEntryDocument('a', shown.replace('1e400', '"y"'), now, metadataOf(NUMBERS));
    assert.equal(metadataText(metadata ?? null), NUMBERS.replace('1e400', '"y"'));
    const opened = new Map([['a', entryDigest(entryOf(NUMBERS)) ?? '']]);
    const document = formatKeysDocument([entryOf(NUMBERS)]);
    assert.deepEqual(parseKeysDocument(document, opened, now).changes, []);
    const [change] = parseKeysDocument(document.replace('"v"', '"w"'), opened, now).changes;
    assert.equal(change && textOf(change), NUMBERS);
    assert.equal(parseKeysDocument(document.replace('67890', '67891'), opened, now).changes.length, 1);
  });

  it('keeps its text where only the expiration of its document is edited', () => {
    for (const one of [SPELLED, SPELLED_TEXT]) {
      const entry = entryOf(one);
      const edited = formatEntryDocument(entry).replace('"expiration": null', '"expiration": 1.9e9');
      const { metadata, expiration } = parseEntryDocument('a', edited, now, entry.metadata);
      assert.equal(metadataText(metadata ?? null), one);
      assert.equal(expiration, 1_900_000_000);
    }
  });

  it('has no line separator in a document that an editor would remove', () => {
    const entry = entryOf('{"a\u2028":"\u2029"}');
    for (const document of [formatEntryDocument(entry), formatKeysDocument([entry])]) {
      assert.ok(document.includes('"a\\u2028": "\\u2029"'));
      assert.ok(!/[\u2028\u2029]/.test(document));
    }
    assert.deepEqual(parseEntryDocument('a', formatEntryDocument(entry), now).metadata, entry.metadata);
  });
});
