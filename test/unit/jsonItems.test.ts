import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { isKvError } from '../../src/core/base/errors.ts';
import type { JsonValue } from '../../src/core/entry/entry.ts';
import { byteLength, MAX_METADATA_BYTES, MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import { metadataText, parseJson } from '../../src/core/entry/metadataJson.ts';
import { parseStrictJson } from '../../src/core/entry/strictJson.ts';
import { BulkFile, readKeyFile } from '../../src/core/transfer/files/bulkFile.ts';
import { InputFile } from '../../src/core/transfer/files/inputFile.ts';
import { readJson } from '../../src/core/transfer/files/json.ts';
import { type JsonItem, JsonItems, NotJson } from '../../src/core/transfer/files/jsonItems.ts';

/** So many characters of a file go to the parser at once. */
const SLICE = 4096;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
setFlagsFromString('--no-expose-gc');

/** What stands between quotes in JSON. */
const inText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\"',
        '\\\\',
        '\\/',
        '\\b',
        '\\f',
        '\\n',
        '\\r',
        '\\t',
        '\\u0000',
        '\\u00e9',
        '\\u20AC',
        '\\ufeff',
      ),
      fc.constantFrom(
        '\\ud83d\\ude00',
        '\\uD83D',
        '\\ude00',
        '\\ud83d\\u0041',
        '\ufeff',
        '\u2028',
        '\u007f',
        '😀',
        'é',
        '€',
      ),
      fc.constantFrom(',', ':', '{', '}', '[', ']', ' ', ', nul', "'", '//', 'run '.repeat(80)),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text).slice(1, -1)),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(''));
const text = inText.map((inner) => `"${inner}"`);
const name = fc.oneof(
  fc.constantFrom(
    '"__proto__"',
    '"\\u005f_proto__"',
    '"constructor"',
    '"toString"',
    '"length"',
    '""',
    '"1"',
    '"0"',
    '"a"',
  ),
  text,
);
const number = fc.oneof(
  fc.constantFrom('0', '-0', '0.1', '1e400', '-1e400', '1E-400', '12345678901234567890', '9007199254740993', '5e-324'),
  fc.constantFrom('-12.5e+3', '0e0', '2.2250738585072011e-308', `1${'0'.repeat(400)}`, `0.${'3'.repeat(400)}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n', '   ');
const spaced = (part: fc.Arbitrary<string>) => fc.tuple(space, part, space).map((parts) => parts.join(''));
/** No name twice. */
const members = (value: fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.tuple(spaced(name), spaced(value)), { maxLength: 3, selector: ([one]) => JSON.parse(one) })
    .map((all) => all.map((parts) => parts.join(':')).join(','));
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    number,
    fc.constantFrom('true', 'false', 'null'),
    fc.array(spaced(tie('value')), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    members(tie('value')).map((all) => `{${all}}`),
  ),
}));

/** A text with the items that are in it. */
interface Sample {
  readonly text: string;
  readonly items: readonly JsonItem[];
}
const array = fc.tuple(space, fc.array(spaced(value), { maxLength: 4 }), space).map(
  ([before, items, after]): Sample => ({
    text: `${before}[${items.join(',') || before}]${after}`,
    items: items.map((item) => ({ content: parseJson(item) })),
  }),
);
const object = fc.tuple(space, fc.array(fc.tuple(spaced(name), spaced(value)), { maxLength: 4 }), space).map(
  ([before, items, after]): Sample => ({
    text: `${before}{${items.map((item) => item.join(':')).join(',') || before}}${after}`,
    items: items.map(([key, content]) => ({ name: JSON.parse(key), content: parseJson(content) })),
  }),
);
const sample = fc.oneof(array, object);

/** Cuts a text where the numbers say, wherever that is. */
function cut(whole: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  let rest = whole;
  for (const length of lengths) {
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...pieces, rest];
}
const escaped = (one: string): string => `\\u00${one.charCodeAt(0).toString(16)}`;
const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });

function parsed(pieces: Iterable<string>): JsonItem[] {
  const items = new JsonItems();
  const found = [...pieces].flatMap((piece) => [...items.push(piece)]);
  items.end();
  return found;
}

/** `JSON.parse` for what may stand in a bulk file. */
function isArrayOrObject(whole: string): boolean {
  try {
    const content: unknown = JSON.parse(whole);
    return typeof content === 'object' && content !== null;
  } catch {
    return false;
  }
}

function hasNameTwice(whole: string): boolean {
  const strict = parseStrictJson(whole);
  return 'problem' in strict && /comes twice/.test(strict.problem.message);
}

function isTaken(pieces: Iterable<string>): boolean {
  try {
    parsed(pieces);
    return true;
  } catch (error) {
    assert.ok(error instanceof NotJson, String(error));
    return false;
  }
}

/** The order of names counts too. */
function assertSame(found: readonly JsonItem[], expected: readonly JsonItem[]): void {
  assert.deepEqual(found, expected);
  assert.equal(JSON.stringify(found), JSON.stringify(expected));
}

describe('the items of a JSON text', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-json-'));
  });
  after(() => rm(root, { recursive: true }));

  /** A file of its own each time: a test that was given up as too slow may still be at work. */
  const file = async (content: string): Promise<string> => {
    const path = join(await mkdtemp(join(root, 'one-')), 'file.json');
    await writeFile(path, content);
    return path;
  };
  /** What comes out of a file until it is refused, and why. */
  const read = async (content: string) => {
    const found: unknown[] = [];
    const path = await file(content);
    try {
      await using file = await InputFile.open(path);
      for await (const item of readJson(file, undefined)) found.push(item);
      return { found, says: '' };
    } catch (error) {
      assert.ok(isKvError(error, 'invalidInput'), String(error));
      return { found, says: error.message.replace('Nothing was written. ', '') };
    } finally {
      await rm(dirname(path), { recursive: true });
    }
  };

  it('are as JSON.parse reads them, wherever the text is cut', () => {
    fc.assert(
      fc.property(sample, cuts, ({ text: whole, items }, lengths) => {
        assertSame(parsed([whole]), items);
        assertSame(parsed(cut(whole, lengths)), items);
        assertSame(parsed(whole), items);
      }),
      { numRuns: 1000 },
    );
  });

  it('have the text of their metadata, wherever it is cut', () => {
    const fits = value.filter((one) => /^[{[]/.test(one) && byteLength(one) <= MAX_METADATA_BYTES);
    const named = fc.constantFrom('"metadata"', '"meta\\u0064ata"', `"${'metadata'.replace(/./g, escaped)}"`);
    const other = fc.tuple(
      fc.constantFrom('"value"', '"key"', '"a"', '""', '"metadata\\\\"', '"metadata "', '"metadatametadata"'),
      fc.oneof(value, fc.constantFrom('"metadata"', '{"metadata":{}}', '[{"metadata":[]}]', '"\\\\"', '"\\\\\\""')),
    );
    const item = fc
      .record({
        before: fc.array(other, { maxLength: 2 }),
        metadata: fc.option(fc.tuple(named, fits), { nil: undefined }),
        after: fc.array(other, { maxLength: 2 }),
      })
      .map(({ before, metadata, after }) => {
        const all = [...before, ...(metadata ? [metadata] : []), ...after];
        const distinct = all.filter(([one], at) => all.findIndex(([first]) => first === one) === at);
        return { text: `{${distinct.map((parts) => parts.join(' : ')).join(' ,')}}`, source: metadata?.[1] };
      });
    const either = fc.oneof(
      item,
      value.filter((one) => !/^\{/.test(one)).map((one) => ({ text: one, source: undefined })),
    );
    fc.assert(
      fc.property(fc.array(either, { maxLength: 4 }), cuts, fc.boolean(), (items, lengths, isArray) => {
        const members = items.map(({ text: one }, at) => (isArray ? one : `"${at}":${one}`)).join();
        const whole = isArray ? `[${members}]` : `{${members}}`;
        const expected = items.map(({ source }) => source?.replace(/\s*[\r\n]\s*/g, ''));
        for (const pieces of [[whole], cut(whole, lengths), whole]) {
          const texts = parsed(pieces).map(({ content }) => {
            const metadata: unknown = Object(content).metadata;
            return typeof metadata === 'object' && !Array.isArray(content)
              ? metadataText(metadata as JsonValue)
              : undefined;
          });
          assert.deepEqual(texts, expected);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('have metadata without the lines that the file lays it out in', () => {
    const text =
      '[\r\n  {\r\n    "metadata": {\r\n      "b": 1.10,\n\n      "1": "\\n  x",\r\n      "c": [ 1, 2 ]\r\n    }\r\n  }\r\n]';
    const [item] = parsed([text]);
    assert.equal(metadataText(Object(item?.content).metadata), '{"b": 1.10,"1": "\\n  x","c": [ 1, 2 ]}');
  });

  it('hold no more of a text than metadata may have', () => {
    const long = `{ "a": ${' '.repeat(MAX_METADATA_BYTES)}1.10, "1": "ä" }`;
    const wide = `{"a":"${'ä'.repeat(510)}" }`;
    for (const [text, expected] of [
      [long, '{"1":"ä","a":1.10}'],
      [`${wide.slice(0, -2)}   }`, wide.replace(' ', '')],
      [`[${'1, '.repeat(100_000)}1]`, `[${'1,'.repeat(100_000)}1]`],
    ] as const) {
      const [first, second] = parsed([`[{"metadata":${text}},{"metadata":{ "b":1}}]`]).map(({ content }) =>
        metadataText(Object(content).metadata),
      );
      assert.deepEqual([first, second], [expected, '{ "b":1}']);
    }
  });

  it('come out of a file as they are, wherever a slice of it ends', async () => {
    await fc.assert(
      fc.asyncProperty(sample, fc.nat(), async ({ text: whole, items }, at) => {
        const positioned = items.map((item, i) => ({ position: i + 1, ...item }));
        const padding = ' '.repeat(SLICE - (at % (Math.min(whole.length, SLICE) + 1)));
        assert.deepEqual(await read(padding + whole), { found: positioned, says: '' });
      }),
      { numRuns: 100 },
    );
  });

  it('are refused where JSON.parse refuses them', () => {
    const wrong = fc.oneof(
      fc.constantFrom(...',:"{}[]\\x', '01', '+1', '.5', '1.', '1e', '-', '0x1', 'NaN', 'Infinity', 'undefined', 'tru'),
      fc.constantFrom(
        "'a'",
        '/**/',
        '//\n',
        '#',
        '\u0000',
        '\u0001',
        '\n',
        '\u007f',
        '\u00a0',
        '\ufeff',
        '\u2028',
        '\u0085',
      ),
      fc.constantFrom('\\x', '\\u12', '\\u12g4', '\\U0041', '\\0', '"a"', '[]', '{}', 'null', 'truefalse', '1 2', ' '),
    );
    fc.assert(
      fc.property(sample, fc.nat(), fc.nat(4), wrong, cuts, ({ text: whole }, place, removed, added, lengths) => {
        const at = place % (whole.length + 1);
        for (const changed of [
          whole.slice(0, at) + added + whole.slice(at),
          whole.slice(0, at) + added + whole.slice(at + removed),
          whole.slice(0, at) + whole.slice(at + removed),
          whole + added,
        ]) {
          // That is refused too, but of the names of the items by whoever reads them.
          if (hasNameTwice(changed)) continue;
          const isJson = isArrayOrObject(changed);
          assert.equal(isTaken([changed]), isJson, changed);
          assert.equal(isTaken(cut(changed, lengths)), isJson, changed);
        }
      }),
      { numRuns: 1000 },
    );
    for (const whole of [
      '[1,]',
      '{"a":1,}',
      '[,1]',
      '[1 2]',
      '{"a" 1}',
      '{a:1}',
      '{"a":1}{"b":2}',
      '[1]]',
      '[}',
      '{"a"}',
    ]) {
      assert.ok(!isTaken([whole]) && !isTaken(whole), whole);
    }
  });

  it('are refused with their position, wherever a slice of the file ends', async () => {
    const invalid = 'this is not valid JSON.';
    const early = 'the JSON ends too early.';
    const wrong: [text: string, given: number, says: string][] = [
      ['["a","b" x]', 2, `Item 2: ${invalid}`],
      ['["a","b"x,"c"]', 2, `Item 2: ${invalid}`],
      ['["a","b",]', 2, `Item 3: ${invalid}`],
      ['["a", ,"b"]', 1, `Item 2: ${invalid}`],
      ['["a" "b"]', 1, `Item 1: ${invalid}`],
      ['["a","b","\\x","c"]', 2, `Item 3: ${invalid}`],
      ['["a","b","c\u0001"]', 2, `Item 3: ${invalid}`],
      ['["a","b",nulx]', 2, `Item 3: ${invalid}`],
      ['["a","b",1.]', 2, `Item 3: ${invalid}`],
      ['[{"a":1},{"b":01},{"c":1}]', 1, `Item 2: ${invalid}`],
      ['[{"a":1}}', 1, `Item 1: ${invalid}`],
      ['[{"a":1}] x', 1, `Item 2: ${invalid}`],
      ['[] []', 0, `Item 1: ${invalid}`],
      ['[{"a":1},{"b":1,}]', 1, `Item 2: ${invalid}`],
      ['{"a":"","b":"" "c":""}', 2, `Item 2: ${invalid}`],
      ['{"a":"",,"b":""}', 1, `Item 2: ${invalid}`],
      ['{"a":"","b"}', 1, `Item 2: ${invalid}`],
      ['{"a":"",}', 1, `Item 2: ${invalid}`],
      ['["a","b"', 2, `Item 2: ${early}`],
      ['["a","b",', 2, `Item 3: ${early}`],
      ['["a","b","c', 2, `Item 3: ${early}`],
      ['["a","b","c}]', 2, `Item 3: ${early}`],
      ['["a","b","c\\', 2, `Item 3: ${early}`],
      ['["a","b","c\\u12', 2, `Item 3: ${early}`],
      ['["a",nul', 1, `Item 2: ${early}`],
      ['["a",-', 1, `Item 2: ${early}`],
      ['[{"a":1},{"b":1}', 2, `Item 2: ${early}`],
      ['[', 0, `Item 1: ${early}`],
      ['{"a":"","b":', 1, `Item 2: ${early}`],
      ['', 0, 'file.json: it is empty.'],
      [' \n', 0, 'file.json: it is empty.'],
      ['"a"', 0, 'file.json: it is not a JSON array or object.'],
      ['1', 0, 'file.json: it is not a JSON array or object.'],
      ['true', 0, 'file.json: it is not a JSON array or object.'],
      ['x', 0, 'file.json: it is not a JSON array or object.'],
      ['\u00a0[]', 0, 'file.json: it is not a JSON array or object.'],
    ];
    for (const [whole, given, says] of wrong) {
      for (let at = 0; at <= whole.length; at++) {
        const { found, says: told } = await read(' '.repeat(SLICE - at) + whole);
        assert.deepEqual([found.length, told], [given, says], `${whole} cut at ${at}`);
      }
    }
  });

  it('are refused where a name comes twice in one of them, or where they are nested without end', async () => {
    const says = async (whole: string) => (await read(whole)).says;
    assert.equal(await says('[{"key":"b"},{"key":"a","key":"b","value":"1"}]'), 'Item 2: “key” comes twice.');
    assert.equal(
      await says('[{"key":"a","value":"1","metadata":{"tags":[{"a":1,"\\u0061":2}]}}]'),
      'Item 1: “a” comes twice in “metadata.tags”.',
    );
    assert.equal(await says('{"a":{"value":"1","value":"2"}}'), 'Item 1: “value” comes twice.');
    for (const open of ['[', '{"a":']) {
      const deep = open.repeat(200_000);
      assert.equal(await says(`[{"key":"a","value":"","metadata":${deep}`), 'Item 1: it is nested too deeply.');
      assert.equal(await says(`[${deep}`), 'Item 1: it is nested too deeply.');
    }
    const bulk = await BulkFile.open(
      await file(`[{"key":"a","value":"","metadata":${'['.repeat(500)}${']'.repeat(500)}}]`),
    );
    for await (const { metadata } of bulk.entries()) assert.equal(JSON.stringify(metadata).length, 1000);
  });

  it('before the end of a text that is cut off are still read', async () => {
    await fc.assert(
      fc.asyncProperty(sample, fc.nat(), async ({ text: whole, items }, place) => {
        const text = whole.trim();
        const cutOff = text.slice(0, 1 + (place % (text.length - 1)));
        fc.pre(cutOff.isWellFormed());
        const { found, says } = await read(cutOff);
        assert.match(says, new RegExp(`^Item (${found.length}|${found.length + 1}): the JSON ends too early`));
        assert.deepEqual(
          found,
          items.slice(0, found.length).map((item, i) => ({ position: i + 1, ...item })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('are given up when one is larger than any entry', () => {
    const endless = (begin: string, more: string, most: number): void => {
      const items = new JsonItems();
      items.push(begin);
      const pieces = function* () {
        for (let length = 0; length <= most; length += more.length) yield more;
      };
      assert.throws(() => {
        for (const piece of pieces()) items.push(piece);
      }, NotJson);
      assert.equal(items.position, 1);
    };
    endless('[', '['.repeat(4096), 1_100_000);
    endless('[{"a":[', '1,'.repeat(4096), 2_100_000);
    endless('["', 'x'.repeat(1 << 22), 170_000_000);
  });

  it('may have values of 25 MiB', async () => {
    const text = Buffer.alloc(MAX_VALUE_BYTES, 'a "text" of 16é\n');
    const binary = Buffer.alloc(MAX_VALUE_BYTES, 0xff);
    const path = await file(
      JSON.stringify([
        { key: 'text', value: text.toString() },
        { key: 'binary', value: binary.toString('base64'), base64: true },
      ]),
    );
    const expected = [text, binary];
    for await (const { value } of (await BulkFile.open(path)).entries()) assert.ok(expected.shift()?.equals(value));
    assert.deepEqual(expected, []);
  });

  it('do not keep the text in memory that they came from', async () => {
    const count = 1000;
    const to = await open(join(root, 'file.json'), 'w');
    for (let i = 0; i < count; i++) {
      await to.write(
        `${i === 0 ? '[' : ','}${JSON.stringify({ key: `a key of some length ${i}`, value: 'x'.repeat(40_000) })}`,
      );
    }
    await to.write(']');
    await to.close();
    collect();
    const before = process.memoryUsage().heapUsed;
    const keys = await readKeyFile(join(root, 'file.json'));
    collect();
    assert.ok(process.memoryUsage().heapUsed - before < 5_000_000);
    assert.equal(keys.length, count);
  });
});
