import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { byteLines } from '../../src/core/base/byteLines.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { BulkFile } from '../../src/core/transfer/files/bulkFile.ts';
import { exportEntries } from '../../src/core/transfer/files/exportEntries.ts';
import { LongText } from '../../src/core/transfer/files/longText.ts';
import { parseLine, WrongLine } from '../../src/core/transfer/files/parseLine.ts';
import { base64Bytes, utf8Bytes } from '../../src/core/transfer/files/valueBytes.ts';

const LONG = 'x'.repeat(50_000);

/** As it would be read the short way. */
function expected(text: string): Uint8Array | undefined | typeof SyntaxError {
  try {
    const parsed: string = JSON.parse(`"${text}"`);
    return parsed.isWellFormed() ? new Uint8Array(Buffer.from(parsed)) : undefined;
  } catch {
    return SyntaxError;
  }
}

function found(text: string): Uint8Array | undefined | typeof SyntaxError {
  try {
    return utf8Bytes(new LongText(Buffer.from(text)));
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return SyntaxError;
  }
}

describe('long values', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-long-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const file = async (content: string | Uint8Array): Promise<string> => {
    const path = join(root, 'file.ndjson');
    await writeFile(path, content);
    return path;
  };
  const read = async (content: string | Uint8Array): Promise<KvEntry[]> => {
    const bulk = await BulkFile.open(await file(content));
    const entries: KvEntry[] = [];
    for await (const entry of bulk.entries()) entries.push(entry);
    return entries;
  };

  it('are unescaped as JSON.parse does', () => {
    const piece = fc.oneof(
      fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\u00e9', '\\u20AC'),
      fc.constantFrom('\\ud83d\\ude00', '\\uD83D', '\\ude00', '\\ud83d\\u0041', '\\ud83d\\n', 'é', '€', '😀', '\ufeff'),
      fc.constantFrom('\\x', '\\u12g4', '\\u12', '\u0000', '\u001f', '\n', '\u007f', 'a', ' '),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text).slice(1, -1)),
      fc.integer({ min: 20, max: 50 }).map((length) => 'run '.repeat(length)),
    );
    const clean = piece.filter((text) => expected(text) instanceof Uint8Array);
    const text = fc.oneof(fc.array(piece, { maxLength: 5 }), fc.array(clean)).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        text.filter((one) => !/(^|[^\\])(\\\\)*"/.test(one)),
        (one) => {
          const [is, should] = [found(one), expected(one)];
          // Where two things are wrong, either may be told.
          if (should === SyntaxError) assert.ok(is === SyntaxError || is === undefined);
          else assert.deepEqual(is, should);
        },
      ),
      { numRuns: 2000 },
    );
    assert.equal(found('ends in \\'), SyntaxError);
  });

  it('are decoded from base64 as Node does, or refused', () => {
    const decoded = (text: string) => base64Bytes(new LongText(Buffer.from(text)));
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        assert.deepEqual(decoded(text), bytes);
        assert.deepEqual(decoded(text.replaceAll('=', '')), bytes);
        assert.deepEqual(decoded(text.replaceAll('/', '\\/')), bytes);
      }),
    );
    const any = fc.string({ unit: fc.constantFrom(...'AZaz09+/=-_ é'), maxLength: 12 });
    fc.assert(
      fc.property(any, (text) => assert.deepEqual(decoded(text), base64Bytes(text))),
      { numRuns: 2000 },
    );
    const long = 'AAAA'.repeat(10_000_000);
    assert.equal(base64Bytes(long)?.length, 30_000_000);
    assert.equal(base64Bytes(`${long}=`), undefined);
  });

  it('are found where they are the value of the line, however it is written', () => {
    const parsed = (line: string): unknown =>
      JSON.parse(
        JSON.stringify(parseLine(Buffer.from(line)), (_, value) =>
          value instanceof LongText ? JSON.parse(`"${value.bytes}"`) : value,
        ),
      );
    const value = JSON.stringify(`${LONG}\\ "{[`);
    const lines = [
      `{"key":"a","value":${value},"metadata":{"value":1}}`,
      ` { "base64" : false , "value" : ${value} , "key" : "a" } `,
      `{"metadata":{"value":${value}},"key":"value","value":"short"}`,
      `{"\\u0076alue":${value},"key":"a"}`,
      `{"key":${value},"value":${value}}`,
      `[{"value":${value}}]`,
      `${value}`,
    ];
    for (const line of lines) assert.deepEqual(parsed(line), JSON.parse(line), line.slice(0, 40));
    const wrong = [
      `["value":${value}]`,
      `{"value" ${value}}`,
      `{"value":${value}`,
      `{"value":"${LONG}`,
      `{"value":${value},"value":"short","key":"a"}`,
      `{"value":"short","value":${value},"key":"a"}`,
    ];
    for (const line of wrong) {
      assert.throws(() => parsed(line), WrongLine, line.slice(0, 40));
    }
  });

  it('come out of a file of lines of any length', async () => {
    const sizes = [0, 5, 40_000, 3_000_000, 10, 1_048_576, 1_000_000, 32_768];
    const entries = sizes.map((size, i): KvEntry => {
      const value = new Uint8Array(Buffer.from('"é\n😀\\ plain '.repeat(Math.ceil(size / 16)).slice(0, size)));
      return { key: `key ${i}`, value, metadata: { i } };
    });
    const asText = entries.map(({ value, ...rest }) => ({ ...rest, value: Buffer.from(value).toString() }));
    const asBase64 = entries.map(({ value, ...rest }) => ({
      ...rest,
      value: Buffer.from(value).toString('base64'),
      base64: true,
    }));
    for (const items of [asText, asBase64]) {
      const lines = items.map((item) => JSON.stringify(item));
      assert.deepEqual(await read(lines.join('\n')), entries);
      assert.deepEqual(await read(`\ufeff\n${lines.join('\r\n \n')}\n`), entries);
    }
  });

  it('are exported as JSON.stringify writes them', async () => {
    const texts = ['', 'a"\\\n\u0000é', `${'x'.repeat(24_575)}€`, '\ufeff😀"\n\u2028'.repeat(30_000), LONG];
    const binary = [0, 1, 24_575, 24_576, 100_000].map((size) => Buffer.alloc(size, 'é\xff', 'latin1'));
    const entries: KvEntry[] = [...texts.map((text) => Buffer.from(text)), ...binary].map((value, i) => ({
      key: `"value":"${i}`,
      value,
      ...(i % 2 === 0 && { metadata: { i }, expiration: 2_000_000_000 }),
    }));
    const items = entries.map(({ key, value, metadata, expiration }) => {
      const text = Buffer.from(value).toString('utf8');
      const isText = Buffer.from(text).equals(value);
      const content = isText ? { value: text } : { value: Buffer.from(value).toString('base64'), base64: true };
      return JSON.stringify({ key, ...content, metadata, expiration });
    });
    const exported = async (format: 'json' | 'ndjson'): Promise<string> => {
      const path = join(root, `out.${format}`);
      await exportEntries(Readable.from(entries), { path, format });
      return await readFile(path, 'utf8');
    };
    assert.equal(await exported('ndjson'), `${items.join('\n')}\n`);
    assert.equal(await exported('json'), `[\n${items.join(',\n')}\n]\n`);
  });

  it('are named by position and key where they are wrong', async () => {
    const bad: [string, RegExp][] = [
      [`{"key":"a","value":"${LONG}\\x"}`, /Item 2: this is not valid JSON/],
      [`{"key":"a","value":"${LONG}\u0001"}`, /Item 2: this is not valid JSON/],
      [`{"key":"a","value":"${LONG}\\ud83d"}`, /Item 2: “a”: .*half of a character/],
      [`{"key":"a","value":"${LONG}_","base64":true}`, /Item 2: “a”: its value is not valid base64/],
      [`{"key":"a","value":"${LONG}","base64":1}`, /Item 2: “a”: “base64” must be/],
      [`{"key":"a","value":"${LONG}"`, /Item 2: the line is not valid JSON/],
      [`{"key":"a","value":"${LONG}é","key":"b"}`, /at column 50024: “key” comes twice/],
      ['{"key":"a","key":"b","value":"1"}', /at column 12: “key” comes twice/],
      ['{"key":"a","value":"1","metadata":{"b":1,"b":2}}', /at column 42: “b” comes twice/],
      [`{"key":"a","value":"1","metadata":${'['.repeat(200_000)}`, /at column \d+: nested too deeply/],
    ];
    for (const [line, says] of bad) {
      await assert.rejects(
        read(`{"key":"b","value":""}\n${line}\n`),
        (error) => isKvError(error, 'invalidInput') && says.test(error.message),
        line.slice(-30),
      );
    }
    const notUtf8 = Buffer.concat([Buffer.from(`{"key":"a","value":"${LONG}`), Buffer.from([0xff]), Buffer.from('"}')]);
    await assert.rejects(read(notUtf8), /it is not UTF-8 text/);
  });

  it('are cut into lines at LF alone', async () => {
    const lines: string[] = [];
    for await (const line of byteLines(await file('a\r\n\nb\u2028c\n'))) lines.push(line.toString());
    assert.deepEqual(lines, ['a\r', '', 'b\u2028c']);
  });
});
