import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { type JsonValue, type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import { byteLength, MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import { BulkFile, readKeyFile } from '../../src/core/transfer/files/bulkFile.ts';
import { type BulkFormat, bulkFormats, formatOfPath } from '../../src/core/transfer/files/bulkFormat.ts';
import { readCsv } from '../../src/core/transfer/files/csv.ts';
import { exportEntries } from '../../src/core/transfer/files/exportEntries.ts';
import { InputFile } from '../../src/core/transfer/files/inputFile.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { makeNamedPipe } from '../support/namedPipe.ts';

const ENDINGS: Record<BulkFormat, string> = { json: '.json', ndjson: '.ndjson', csv: '.csv', folder: '' };

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe('bulk files', () => {
  let root: string;
  let made = 0;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-bulk-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const fresh = (ending: string): string => join(root, `file${made++}${ending}`);
  const file = async (ending: string, content: string | Uint8Array): Promise<string> => {
    const path = fresh(ending);
    await writeFile(path, content);
    return path;
  };
  const read = async (path: string, now?: number, as?: BulkFormat): Promise<{ entries: KvEntry[]; bulk: BulkFile }> => {
    const bulk = await BulkFile.open(path, { ...(now !== undefined && { now }), format: as });
    const entries: KvEntry[] = [];
    for await (const entry of bulk.entries()) entries.push(entry);
    return { entries, bulk };
  };
  const roundTrip = async (format: BulkFormat, entries: readonly KvEntry[]): Promise<KvEntry[]> => {
    const path = fresh(ENDINGS[format]);
    const { done } = await exportEntries(each(entries), { path, format });
    assert.equal(done, entries.length);
    return (await read(path)).entries;
  };
  const refused = async (path: string, says: RegExp, kind: KvErrorKind = 'invalidInput'): Promise<void> => {
    await assert.rejects(read(path), (error) => {
      assert.ok(isKvError(error, kind), String(error));
      assert.match(error.message, says);
      return true;
    });
  };
  const json = (content: unknown): Promise<string> => file('.json', JSON.stringify(content));
  const texts = (entries: readonly KvEntry[]) =>
    entries.map(({ value, ...rest }) => ({ ...rest, value: Buffer.from(value).toString() }));

  for (const format of bulkFormats) {
    describe(`as ${format}`, () => {
      it('give back 500 awkward entries', async () => {
        const entries = awkwardEntries(500, nowSeconds() + 86_400);
        assert.deepEqual(await roundTrip(format, entries), entries);
        assert.deepEqual(await roundTrip(format, []), []);
      });

      it('give back any entry', async () => {
        const later = nowSeconds() + 1000;
        const metadata = fc
          .jsonValue({ maxDepth: 3 })
          .filter((value) => value !== null && byteLength(JSON.stringify(value)) < 1000)
          // Text is all that JSON keeps: there is no -0 in it.
          .map((value): JsonValue => JSON.parse(JSON.stringify(value)));
        const entry = fc.record(
          {
            key: fc
              .string({ unit: 'binary', minLength: 1 })
              .filter((key) => key !== '.' && key !== '..' && byteLength(key) <= 512),
            value: fc.oneof(
              fc.uint8Array(),
              fc.string({ unit: 'binary' }).map((value) => new Uint8Array(Buffer.from(value))),
            ),
            metadata,
            expiration: fc.integer({ min: later, max: 2_147_483_647 }),
          },
          { requiredKeys: ['key', 'value'], noNullPrototype: true },
        );
        await fc.assert(
          fc.asyncProperty(fc.uniqueArray(entry, { selector: ({ key }) => key }), async (entries) => {
            assert.deepEqual(await roundTrip(format, entries), entries);
          }),
          { numRuns: 40 },
        );
      });

      it('written twice at once are not in each other’s way', async () => {
        const path = fresh(ENDINGS[format]);
        const entries = awkwardEntries(50, nowSeconds() + 1000);
        const written = Array.from({ length: 5 }, () => exportEntries(each(entries), { path, format }));
        const outcomes = await Promise.allSettled(written);
        // Whoever comes later finds a folder that is not empty.
        assert.ok(outcomes.filter(({ status }) => status === 'fulfilled').length >= (format === 'folder' ? 1 : 5));
        assert.deepEqual((await read(path)).entries, entries);
        assert.equal((await readdir(root)).length, 1);
      });

      it('make the folder that they are to be in', async () => {
        const path = join(fresh(''), 'deeper', `export${ENDINGS[format]}`);
        await exportEntries(each(awkwardEntries(3, nowSeconds() + 1000)), { path, format });
        assert.equal((await read(path)).entries.length, 3);
      });

      it('leave nothing behind when they are cancelled or fail', async () => {
        const path = join(root, 'new', 'deeper', `export${ENDINGS[format]}`);
        const controller = new AbortController();
        const outcome = await exportEntries(
          each(awkwardEntries(20, nowSeconds() + 1000)),
          { path, format },
          { signal: controller.signal, report: (done) => done === 5 && controller.abort() },
        );
        assert.deepEqual(outcome, { done: 0, cancelled: true, notForWrangler: [] });
        const failing = async function* () {
          yield* awkwardEntries(3, nowSeconds() + 1000);
          throw new Error('lost');
        };
        await assert.rejects(exportEntries(failing(), { path, format }), /lost/);
        assert.deepEqual(await readdir(root), []);
      });
    });
  }

  it('are large without being held in memory', async () => {
    const value = new Uint8Array(1_000_000).fill(65);
    const path = fresh('.ndjson');
    const many = async function* () {
      for (let i = 0; i < 150; i++) yield { key: `${i}`, value };
    };
    await exportEntries(many(), { path, format: 'ndjson' });
    const before = process.memoryUsage.rss();
    let count = 0;
    for await (const { value: found } of (await BulkFile.open(path)).entries()) {
      assert.equal(found.length, value.length);
      count++;
    }
    assert.equal(count, 150);
    assert.ok(process.memoryUsage.rss() - before < 120_000_000);
  });

  it('replace a file, and neither a folder nor what it holds', async () => {
    const path = await file('.json', 'before');
    await exportEntries(each([]), { path, format: 'json' });
    assert.deepEqual((await read(path)).entries, []);
    const folder = fresh('');
    await mkdir(folder);
    await exportEntries(each([]), { path: `${folder}/`, format: 'folder' });
    await assert.rejects(exportEntries(each([]), { path: folder, format: 'folder' }), /not empty/);
    await assert.rejects(exportEntries(each([]), { path: folder, format: 'json' }), /is a folder/);
    await assert.rejects(exportEntries(each([]), { path, format: 'folder' }), /not a folder/);
  });

  it('replace what a link leads to, and leave who may read it as it is', async () => {
    const path = await file('.json', 'secret');
    await chmod(path, 0o600);
    const [link, toNothing] = [fresh('.json'), fresh('.json')];
    await symlink(basename(path), link);
    await exportEntries(each(awkwardEntries(1, nowSeconds() + 1000)), { path: link, format: 'json' });
    assert.equal((await read(path)).entries.length, 1);
    assert.deepEqual([(await lstat(link)).isSymbolicLink(), (await stat(path)).mode & 0o777], [true, 0o600]);
    // Nothing is there yet.
    const late = fresh('.json');
    await symlink(late, toNothing);
    await exportEntries(each([]), { path: toNothing, format: 'json' });
    assert.deepEqual([(await lstat(toNothing)).isSymbolicLink(), (await lstat(late)).isFile()], [true, true]);
    const folder = fresh('');
    await mkdir(folder, { mode: 0o700 });
    await symlink(folder, `${folder}-link`);
    await exportEntries(each(awkwardEntries(1, nowSeconds() + 1000)), { path: `${folder}-link`, format: 'folder' });
    assert.deepEqual(
      [(await lstat(`${folder}-link`)).isSymbolicLink(), (await stat(folder)).mode & 0o777],
      [true, 0o700],
    );
    assert.equal((await readdir(folder)).length, 2);
  });

  it('say which metadata wrangler will refuse', async () => {
    const values: readonly JsonValue[] = [0, 'text', false, {}, [1], { a: 1 }];
    const entries = values.map((metadata, i) => ({ key: `${i}`, value: new Uint8Array(), metadata }));
    const { notForWrangler } = await exportEntries(each(entries), { path: fresh('.json'), format: 'json' });
    assert.deepEqual(notForWrangler, ['0', '1', '2']);
  });

  it('have names of keys in a folder, or their hash where names are too long or the same in other case', async () => {
    const keys = ['user:1', 'a/b.json', '...', 'A', 'a', 'x'.repeat(256), 'kv-manifest.json', 'con', 'CON.txt', 'a. '];
    const path = fresh('');
    await exportEntries(each(keys.map((key) => ({ key, value: Buffer.from(key) }))), { path, format: 'folder' });
    const names = await readdir(path);
    for (const name of ['user%3A1', 'a%2Fb.json', '%2E%2E%2E', 'A', 'kv-manifest.json', '%63on', '%43ON.txt', 'a.%20'])
      assert.ok(names.includes(name), name);
    assert.equal(names.filter((name) => /^[0-9a-f]{64}$/.test(name)).length, 3);
    assert.equal(new Set(names.map((name) => name.toLowerCase())).size, keys.length + 1);
    assert.deepEqual(
      texts((await read(join(path, 'kv-manifest.json'))).entries).map(({ key, value }) => [key, value]),
      keys.map((key) => [key, key]),
    );
  });

  it('of earlier exports with names that Windows does not know are read', async () => {
    const folder = fresh('');
    await mkdir(folder);
    await writeFile(join(folder, 'kv-manifest.json'), '{"user:1":{"key":"user:1"},"what?":{"key":"what?"}}');
    for (const name of ['user:1', 'what?']) await writeFile(join(folder, name), name);
    assert.deepEqual(
      (await read(folder)).entries.map(({ key }) => key),
      ['user:1', 'what?'],
    );
  });

  it('have names as long as a file system takes', async () => {
    const path = join(root, `${'n'.repeat(250)}.json`);
    assert.equal(
      (await exportEntries(each([{ key: 'a', value: Buffer.from('1') }]), { path, format: 'json' })).done,
      1,
    );
    const tooLong = { path: `${path}.json`, format: 'json' } as const;
    await assert.rejects(exportEntries(each([]), tooLong), (error) => {
      assert.ok(isKvError(error, 'invalidInput'), String(error));
      assert.match(error.message, /its name is too long\.$/);
      return true;
    });
    assert.deepEqual(await readdir(root), [basename(path)]);
  });

  it('keep what a spreadsheet takes for a formula: a character in front of it would be another key or value', async () => {
    const entries = ['=1+1', '+1', '-1', '@a', '\tb', '\rc', "'=1"].map((text) => ({
      key: text,
      value: Buffer.from(text),
    }));
    assert.deepEqual(texts(await roundTrip('csv', entries)), texts(entries));
  });

  it('are told apart by their ending', () => {
    assert.deepEqual(['a.json', 'a.NDJSON', 'a.jsonl', 'a.csv', 'a'].map(formatOfPath), [
      'json',
      'ndjson',
      'ndjson',
      'csv',
      'folder',
    ]);
    assert.throws(() => formatOfPath('a.xlsx'), /ending/);
  });

  it('are of the format that is named, whatever their ending', async () => {
    const line = await file('.txt', '{"key":"a","value":"1"}\n');
    const entries = async (path: string, as?: BulkFormat) => (await read(path, undefined, as)).entries;
    assert.deepEqual(texts(await entries(line, 'ndjson')), [{ key: 'a', value: '1' }]);
    await assert.rejects(entries(line), /ending/);
    await assert.rejects(entries(line, 'csv'), /quote/);
    await assert.rejects(entries(line, 'folder'), /a file, not a folder/);
    await assert.rejects(entries(root, 'json'), /is a folder/);
  });

  it('are read as wrangler writes them', async () => {
    const objects = await json({
      a: { value: 'A', metadata: { m: 1 } },
      b: 'B',
      c: null,
      d: { value: null },
      __proto: 'x',
    });
    const { entries, bulk } = await read(objects);
    assert.deepEqual(texts(entries), [
      { key: 'a', value: 'A', metadata: { m: 1 } },
      { key: 'b', value: 'B' },
      { key: '__proto', value: 'x' },
    ]);
    assert.deepEqual(bulk.leftOut, { expired: [], missing: ['c', 'd'] });
    const now = nowSeconds();
    const items = await json([
      { key: 'a', value: 'QQ==', base64: true, expiration_ttl: 60 },
      { key: 'b', value: 'B', base64: false, metadata: null, expiration: `${now + 90}` },
    ]);
    assert.deepEqual(texts((await read(items, now)).entries), [
      // The shortest lifetime gets a little more, or it would be too short by the time that it is written.
      { key: 'a', value: 'A', expiration: now + 63 },
      { key: 'b', value: 'B', expiration: now + 90 },
    ]);
    const own = '{"__proto__":{"value":"x","metadata":{"__proto__":1}}}';
    assert.equal(JSON.stringify((await read(await file('.json', own))).entries[0]?.metadata), '{"__proto__":1}');
  });

  it('leave out what has expired, and pass what the store refuses', async () => {
    const now = nowSeconds();
    const items = [-1, 0, 1, 59, 60].map((ahead) => ({ key: `${ahead}`, value: '', expiration: now + ahead }));
    const { entries, bulk } = await read(await json(items), now);
    assert.deepEqual(bulk.leftOut, { expired: ['-1', '0'], missing: [] });
    assert.deepEqual(
      entries.map(({ key }) => key),
      ['1', '59', '60'],
    );
  });

  it('count lifetimes from the first start, and leave out what has expired by now', async () => {
    const [since, now] = [1_900_000_000, 1_900_000_500];
    const path = await json([
      { key: 'between', value: '', expiration: since + 100 },
      { key: 'ttl', value: '', expiration_ttl: 3600 },
      { key: 'short', value: '', expiration_ttl: 100 },
    ]);
    const bulk = await BulkFile.open(path, { since, now });
    const found: unknown[] = [];
    for await (const { key, expiration } of bulk.entries()) found.push([key, expiration]);
    assert.deepEqual(found, [['ttl', since + 3600]]);
    assert.deepEqual(bulk.leftOut, { expired: ['between', 'short'], missing: [] });
  });

  it('tell from when on an earlier start may have let a lifetime end, and of no time that stands in the file', async () => {
    const [firstSince, since] = [1_900_000_000, 1_900_001_000];
    const path = await json([
      { key: 'ttl', value: '', expiration_ttl: 3600 },
      { key: 'time', value: '', expiration: since + 3600 },
      { key: 'short', value: '', expiration_ttl: 90 },
    ]);
    const found: unknown[] = [];
    const bulk = await BulkFile.open(path, { firstSince, since, now: since });
    for await (const { value: _, ...entry } of bulk.entries()) {
      found.push(entry);
    }
    assert.deepEqual(found, [
      {
        key: 'ttl',
        expiration: since + 3600,
        endsBetween: [firstSince + 3600, since + 3600],
        lastsFrom: since + 1800,
      },
      { key: 'time', expiration: since + 3600 },
      // What ends within a minute has nothing left, whatever it had.
      {
        key: 'short',
        expiration: since + 90,
        endsBetween: [firstSince + 90, since + 90],
        lastsFrom: since + 60,
      },
    ]);
  });

  it('name what is wrong by position and key', async () => {
    const ok = { key: 'ok', value: '' };
    const wrong: [item: unknown, says: RegExp][] = [
      [{ key: 'k' }, /“k”.*“value”/],
      [{ value: 'v' }, /“key”/],
      [{ key: '', value: '' }, /empty/],
      [{ key: '..', value: '' }, /“\.\.”/],
      [{ key: 'x'.repeat(513), value: '' }, /“x{513}”.*512 bytes/],
      [{ key: 'k', value: 5 }, /“k”.*text/],
      [{ key: 'k', value: '?', base64: true }, /“k”.*base64/],
      [{ key: 'k', value: '', base64: 'yes' }, /“k”.*base64/],
      [{ key: 'k', value: '\ud800' }, /“k”.*Unicode/],
      [{ key: 'k\ud800', value: '' }, /“k\ufffd”.*Unicode/],
      [{ key: 'k', value: '', metadata: 'x'.repeat(1025) }, /“k”.*metadata/],
      [{ key: 'k', value: '', expiration: 'soon' }, /“k”.*expiration/],
      [{ key: 'k', value: '', expiration: 1.5 }, /“k”.*expiration/],
      [{ key: 'k', value: '', expiration: 99_999_999_999 }, /“k”.*expiration/],
      [{ key: 'k', value: '', expiration_ttl: 59 }, /“k”.*expiration_ttl.*60/],
      [{ key: 'k', value: '', expiration_ttl: '60' }, /“k”.*expiration_ttl/],
      [{ key: 'k', value: '', expiration: 2_000_000_000, expiration_ttl: 60 }, /“k”.*exclude/],
      [{ key: 'k', value: '', expirationTtl: 60 }, /“k”.*“expirationTtl”/],
      [{ key: 'ok', value: '' }, /“ok”.*twice/],
      ['text', /object/],
      [null, /object/],
      [[], /object/],
    ];
    for (const [item, says] of wrong) {
      for (const path of [
        await json([ok, item]),
        await file('.ndjson', `${JSON.stringify(ok)}\n\n${JSON.stringify(item)}`),
      ]) {
        await refused(path, new RegExp(`Nothing was written.*[Ii]tem 2[.:] .*${says.source}`));
      }
    }
    await refused(await json({ a: 'A', b: 7 }), /Item 2: “b”/);
    await refused(await json({ '': 'A' }), /^Nothing was written\. Item 1: A key cannot be empty\.$/);
    await refused(await json({ a: { value: '', key: 'b' } }), /Item 1: “a”/);
    await refused(await file('.json', '{"a":"1","a":"2"}'), /Item 2: “a”.*twice/);
  });

  it('are refused where they are not what they seem', async () => {
    await refused(await file('.json', ''), /empty/);
    await refused(await file('.json', '"text"'), /array or object/);
    await refused(await file('.json', '[{"key":"a","value":""},'), /Item 2.*too early/);
    await refused(await file('.json', '[{"key":"a","value":""} x]'), /Item 1.*JSON/);
    await refused(await file('.json', '[] []'), /JSON/);
    await refused(await file('.ndjson', '{"key":"a","value":""}\n{'), /Item 2.*JSON/);
    await refused(await file('.ndjson', Buffer.from([0x7b, 0xff, 0x0a])), /UTF-8/);
    await refused(await file('.json', Buffer.from('[{"key":"a","value":"\u00e9"}]', 'latin1')), /UTF-8/);
    await refused(await file('.csv', Buffer.from('key,value\na,\u00e9', 'latin1')), /UTF-8/);
    await refused(await file('.txt', ''), /ending/);
    await refused(join(root, 'none.json'), /does not exist/);
    await refused(root, /kv-manifest\.json.*does not exist/);
    await refused(await file('.json', '[{"key":"a","value":""},]'), /Item 2.*JSON/);
    await refused(await file('.json', '{"a":"",,"b":""}'), /Item 2.*JSON/);
    await refused(await file('.json', '[{"key":"a","value":""}}'), /Item 1.*JSON/);
  });

  it('are not read on where a line is longer than any entry', async () => {
    const path = await file('.ndjson', '{"key":"a","value":""}\n');
    // What follows has no content on the disk.
    await truncate(path, 400_000_000);
    await assert.rejects(read(path), /Item 2: the line is longer/);
  });

  it('in CSV are not read on where a quote is not closed', async () => {
    const path = await file('.csv', `key,value\na,1\nb,"2\n${'c,3\n'.repeat(200_000)}`);
    await using input = await InputFile.open(path);
    await assert.rejects(readCsv(input, undefined, 1000).next(), /Item 2: the row is longer/);
  });

  it('may begin with a byte order mark', async () => {
    for (const path of [
      await file('.json', '\ufeff[{"key":"a","value":"1"}]'),
      await file('.ndjson', '\ufeff{"key":"a","value":"1"}\r\n'),
      await file('.csv', '\ufeffkey,value\r\na,1\r\n'),
    ]) {
      assert.deepEqual(texts((await read(path)).entries), [{ key: 'a', value: '1' }]);
    }
  });

  it('in CSV have columns in any order, and leave nothing to be guessed', async () => {
    const columns = await file('.csv', 'expiration,value,metadata,key\n2031-01-01,"a\nb","{""a"":1}",k\n\n,,,"q"""\n');
    assert.deepEqual(texts((await read(columns)).entries), [
      { key: 'k', value: 'a\nb', metadata: { a: 1 }, expiration: Date.UTC(2031, 0) / 1000 },
      { key: 'q"', value: '' },
    ]);
    const header = 'key,value,base64,metadata,expiration\nok,,,,\n';
    const wrong: [rows: string, says: RegExp][] = [
      ['a,b\n', /Item 2: .*columns/],
      ['a,b,,,,\n', /Item 2: .*columns/],
      ['a,b"c,,,\n', /Item 2: .*quote/],
      ['a,"b"c,,,\n', /Item 2: .*quote/],
      ['a,"b,,,\n', /Item 2: .*quote/],
      ['a,b,yes,,\n', /Item 2: “a”: .*base64/],
      ['a,b,,text,\n', /Item 2: “a”: .*metadata/],
      ['a,b,,,soon\n', /Item 2: .*“a”.*expiration/],
      ['ok,b,,,\n', /Item 2: .*“ok”.*twice/],
    ];
    for (const [rows, says] of wrong) await refused(await file('.csv', header + rows), says);
    for (const first of ['key\n', 'key,value,key\n', 'key,value,other\n', 'a,b\n']) {
      await refused(await file('.csv', `${first}k,v\n`), /first line/);
    }
    await refused(await file('.csv', `Table 1\n\n${header}`), /first line/);
    await refused(await file('.csv', ''), /empty/);
  });

  it('in CSV may have been saved by a spreadsheet', async () => {
    for (const by of [';', '\t']) {
      const rows = ['key,value,base64', 'a,"1,2"', 'b,aGk=,TRUE'].map((row) => row.replaceAll(/,(?!2)/g, by));
      const saved = await file('.csv', `\ufeff${rows[0]}\r\n${rows[1]}${by}\r\n${rows[2]}\r\n`);
      assert.deepEqual(texts((await read(saved)).entries), [
        { key: 'a', value: '1,2' },
        { key: 'b', value: 'hi' },
      ]);
    }
    for (const line of ['sep=;', '"sep=;"', 'SEP=;']) {
      const saved = await file('.csv', `${line}\r\nkey;value\r\na;"1,2"\r\n`);
      assert.deepEqual(texts((await read(saved)).entries), [{ key: 'a', value: '1,2' }]);
    }
    await refused(await file('.csv', 'key;value;other\na;"b";\n'), /first line/);
  });

  it('in a folder name only files in it', async () => {
    for (const manifest of [{ '../x': { key: 'a' } }, { '': { key: 'a' } }, { x: 'a' }, { gone: { key: 'a' } }]) {
      const folder = fresh('');
      await mkdir(folder);
      await writeFile(join(folder, 'kv-manifest.json'), JSON.stringify(manifest));
      await refused(folder, /Item 1: /);
    }
  });

  it('in a folder are ordinary files, each named once', async () => {
    const folder = fresh('');
    await mkdir(folder);
    const manifest = join(folder, 'kv-manifest.json');
    await writeFile(join(root, 'outside'), 'secret');
    await symlink(join(root, 'outside'), join(folder, 'link'));
    await mkdir(join(folder, 'folder'));
    makeNamedPipe(join(folder, 'pipe'));
    for (const name of ['link', 'folder', 'pipe']) {
      await writeFile(manifest, JSON.stringify({ [name]: { key: 'k' } }));
      await refused(folder, /Item 1: “k”: .* not an ordinary file/);
    }
    await writeFile(join(folder, 'a'), '');
    await writeFile(manifest, '{"a":{"key":"one"},"a":{"key":"two"}}');
    await refused(folder, /Item 2: “two”: .*“a” twice/);
    for (const [part, content] of Object.entries({
      outside: '{"key":"s","value":"secret"}',
      part: '{"key":"p","value":""}',
    })) {
      await writeFile(join(part === 'part' ? folder : root, `${part}.ndjson`), content);
    }
    await symlink(join(root, 'outside.ndjson'), join(folder, 'link.ndjson'));
    for (const name of ['link.ndjson', 'folder', 'pipe']) {
      await writeFile(manifest, JSON.stringify({ parts: ['part.ndjson', name] }));
      await refused(folder, new RegExp(`^Nothing was written\\. ${name}: .*not an ordinary file`));
    }
    await writeFile(manifest, JSON.stringify({ parts: ['part.ndjson', 'part.ndjson'] }));
    await refused(folder, /Item 2: .*“part\.ndjson” twice/);
    await rm(manifest);
    makeNamedPipe(manifest);
    await refused(folder, /not an ordinary file/);
  });

  it('in UTF-16 with a mark are read, as PowerShell writes them', async () => {
    const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
    const expected = [
      { key: 'ä', value: '1' },
      { key: '👋', value: '2' },
    ];
    const array = JSON.stringify(expected);
    const lines = expected.map((item) => JSON.stringify(item)).join('\r\n');
    for (const path of [
      await file('.json', utf16(array)),
      await file('.json', utf16(array).swap16()),
      await file('.ndjson', utf16(lines)),
      await file('.ndjson', utf16(lines).swap16()),
      await file('.csv', utf16('key,value\r\nä,1\r\n👋,2\r\n')),
    ]) {
      assert.deepEqual(texts((await read(path)).entries), expected);
    }
    await refused(await file('.json', utf16(array).subarray(0, -1)), /not UTF-8/);
  });

  it('may have the lines of tools around their JSON, and nothing else', async () => {
    const items = `{\n"a": {"value": "1"},\n"b": {"value": "}\\nSuccess!"}\n}`;
    const expected = [
      { key: 'a', value: '1' },
      { key: 'b', value: '}\nSuccess!' },
    ];
    for (const [before, behind] of [
      ['', '\n\nSuccess!\n'],
      ['\n> shop@1.0.0 get\n> wrangler kv bulk get keys.json --binding KV\n\n', ''],
      ['yarn run v1.22.22\n$ wrangler kv bulk get keys.json\n', '\nSuccess!\nDone in 1.23s.\n'],
      ['Success!\n', ''],
      ['$ wrangler kv bulk get keys.json\r\n\r\nSuccess! \r\n', '\nSuccess!'],
      ['\n ⛅️ wrangler 4.10.0\n-------------------\n\nResource location: remote\n', '\nSuccess!'],
    ] as const) {
      assert.deepEqual(texts((await read(await file('.json', before + items + behind))).entries), expected);
    }
    const many = Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i}`, value: 'v'.repeat(i % 20) }));
    assert.equal((await read(await file('.json', `${JSON.stringify(many)}\nSuccess!\n`))).entries.length, 20_000);
    await refused(await file('.json', `hello\n${items}`), /not a JSON array or object/);
    await refused(await file('.json', `Success! {}\n${items}`), /not a JSON array or object/);
    await refused(await file('.json', `${items}\nSuccess! {}`), /not valid JSON/);
    await refused(await file('.json', `${items.slice(0, -1)}\nSuccess!`), /ends too early/);
  });

  it('say that nothing was written only while that is so', async () => {
    const folder = fresh('');
    await mkdir(folder);
    await writeFile(join(folder, 'kv-manifest.json'), '{"one":{"key":"a"},"two":{"key":"b"}}');
    for (const name of ['one', 'two']) await writeFile(join(folder, name), '');
    const file = await BulkFile.open(folder);
    for await (const _ of file.entries());
    await truncate(join(folder, 'two'), MAX_VALUE_BYTES + 1);
    await assert.rejects(
      async () => {
        for await (const _ of file.entries());
      },
      ({ message }: Error) => message.startsWith('Item 2: “b” was not written: '),
    );
  });

  it('in a folder tell of which key a file is missing or too large', async () => {
    const folder = fresh('');
    await mkdir(folder);
    await writeFile(join(folder, 'kv-manifest.json'), '{"there":{"key":"a"},"file":{"key":"b/c"}}');
    await writeFile(join(folder, 'there'), '');
    await refused(folder, /Nothing was written\. Item 2: “b\/c”: file cannot be used: it does not exist\./);
    await writeFile(join(folder, 'file'), '');
    await truncate(join(folder, 'file'), MAX_VALUE_BYTES + 1);
    await refused(folder, /Item 2: “b\/c” was not written: .*25 MiB/, 'tooLarge');
    await truncate(join(folder, 'file'), MAX_VALUE_BYTES);
    assert.equal((await read(folder)).entries[1]?.value.length, MAX_VALUE_BYTES);
  });

  it('refuse a value that is too large as such', async () => {
    const value = Buffer.alloc(MAX_VALUE_BYTES + 1).toString('base64');
    const item = JSON.stringify({ key: 'k', value, base64: true });
    for (const path of [await file('.json', `[${item}]`), await file('.ndjson', item)]) {
      await refused(path, /Item 1: “k” .*25 MiB/, 'tooLarge');
    }
  });

  it('that change while they are read are not read on', async () => {
    const path = await json([{ key: 'a', value: '1' }]);
    const { bulk } = await read(path);
    await writeFile(path, '[]');
    await assert.rejects(bulk.entries().next(), (error) => isKvError(error, 'conflict'));
  });

  const TEXT_FORMATS = ['json', 'ndjson', 'csv'] as const;
  const textOf = (format: (typeof TEXT_FORMATS)[number], letter: string): string => {
    const items = Array.from({ length: 3000 }, (_, at) => ({ key: `k${at}`, value: letter.repeat(1000) }));
    if (format === 'json') return JSON.stringify(items);
    if (format === 'ndjson') return items.map((item) => `${JSON.stringify(item)}\n`).join('');
    return `key,value\n${items.map(({ key, value }) => `${key},${value}\n`).join('')}`;
  };
  for (const format of TEXT_FORMATS) {
    for (const how of ['written anew in its place', 'gone on with'] as const) {
      it(`in ${format} that are ${how} during a pass give nothing of that`, async () => {
        const path = await file(ENDINGS[format], textOf(format, 'x'));
        await utimes(path, 1_700_000_000, 1_700_000_000);
        const { bulk } = await read(path);
        const found: KvEntry[] = [];
        const pass = async (): Promise<void> => {
          for await (const entry of bulk.entries()) {
            if (found.push(entry) !== 10) continue;
            if (how === 'gone on with') await appendFile(path, textOf(format, 'y'));
            else await writeFile(path, textOf(format, 'y'));
          }
        };
        await assert.rejects(pass(), (error) => isKvError(error, 'conflict') && error.message.includes(basename(path)));
        assert.ok(found.length < 3000 && found.every(({ value }) => value[0] === 0x78));
      });
    }
  }

  it('that change while they are checked say that nothing was written', async () => {
    const path = await file('.ndjson', textOf('ndjson', 'x'));
    await utimes(path, 1_700_000_000, 1_700_000_000);
    const entries = (await BulkFile.open(path)).entries();
    await entries.next();
    await appendFile(path, 'x');
    const rest = async (): Promise<void> => {
      for await (const _ of entries);
    };
    await assert.rejects(rest(), /^KvError: Nothing was written\. .* was changed while it was being read/);
  });

  it('may be links, and are no pipes', async () => {
    for (const ending of ['.json', '.ndjson', '.csv']) {
      const link = fresh(ending);
      await symlink(await file(ending, ending === '.csv' ? 'key,value\na,1\n' : '{"key":"a","value":"1"}'), link);
      if (ending === '.json') await writeFile(link, '[{"key":"a","value":"1"}]');
      assert.deepEqual(texts((await read(link)).entries), [{ key: 'a', value: '1' }]);
      const pipe = fresh(ending);
      makeNamedPipe(pipe);
      await refused(pipe, /not an ordinary file/);
      await assert.rejects(readKeyFile(pipe), /not an ordinary file/);
    }
  });

  it('list keys to delete', async () => {
    assert.deepEqual(await readKeyFile(await json(['a', { name: 'b', expiration: 5 }, { key: 'c', value: '' }])), [
      'a',
      'b',
      'c',
    ]);
    assert.deepEqual(await readKeyFile(await file('.ndjson', '"a"\n{"name":"b"}\n')), ['a', 'b']);
    assert.deepEqual(await readKeyFile(await file('.json', 'Success!\n["a"]')), ['a']);
    await assert.rejects(readKeyFile(await json(['a', 5])), /Item 2/);
    await assert.rejects(readKeyFile(await json(['a', 'a'])), /Item 2: “a”.*twice/);
    await assert.rejects(readKeyFile(await json(['a', ''])), /Nothing was written\. Item 2: /);
    assert.match(await readFile(await json([]), 'utf8'), /\[\]/);
  });

  it('list keys to delete under any name, by what they hold, and guess nothing', async () => {
    const lists: readonly (readonly [string, readonly string[]])[] = [
      ['["a", {"name": "b"}]', ['a', 'b']],
      ['> wrangler kv key list\n\n[\n  {"name": "a"}\n]\n', ['a']],
      ['Success!\n["a"]', ['a']],
      ['"a"\r\n"b"\r\n', ['a', 'b']],
      ['{"name":"a"}\n{"key":"b","value":""}\n', ['a', 'b']],
      ['{\n  "a": {"value": "1"},\n  "b": "2"\n}', ['a', 'b']],
      ['{"a":"1"}\nSuccess!\n', ['a']],
      [
        `[${Array.from({ length: 30_000 }, (_, i) => `"k${i}"`).join(',')}]`,
        Array.from({ length: 30_000 }, (_, i) => `k${i}`),
      ],
    ];
    for (const [text, keys] of lists) {
      for (const ending of ['.txt', ''])
        assert.deepEqual(await readKeyFile(await file(ending, text)), keys, text.slice(0, 40));
    }
    await assert.rejects(readKeyFile(await file('.txt', '{"name":"a"}')), /may be one key.*Name its format/);
    assert.deepEqual(await readKeyFile(await file('.txt', '{"name":"a"}'), undefined, 'ndjson'), ['a']);
    assert.deepEqual(await readKeyFile(await file('.txt', '{"name":"a"}'), undefined, 'json'), ['name']);
    assert.deepEqual(await readKeyFile(await file('.txt', 'key,value\na,1\n'), undefined, 'csv'), ['a']);
    await assert.rejects(readKeyFile(await file('.txt', 'key,value\na,1\n')), /holds no JSON/);
    await assert.rejects(readKeyFile(await file('', '')), /it is empty/);
    await assert.rejects(readKeyFile(fresh('.txt')), /does not exist/);
    await assert.rejects(BulkFile.open(await file('.txt', '[]')), /stands for no format/);
  });
});
