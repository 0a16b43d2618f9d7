import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { KeyChange, Step } from '../../src/core/change/keyChange.ts';
import { checkPlan, planChanges } from '../../src/core/change/keysPlan.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import { checkEditable, formatKeysDocument, parseKeysDocument } from '../../src/core/entry/keysDocument.ts';
import { metadataText, parseMetadata } from '../../src/core/entry/metadataJson.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const NOW = 1_800_000_000;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const openedOf = (entries: readonly KvEntry[]): ReadonlyMap<string, string> =>
  new Map(entries.map((entry) => [entry.key, entryDigest(entry) ?? '']));

const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null && JSON.stringify(value).length < 200);
const entry = fc.record(
  {
    key: fc
      .oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.constantFrom('__proto__', '10', '9', '\u2028'),
      )
      .filter((key) => key !== '.' && key !== '..' && key.isWellFormed()),
    value: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string({ unit: 'grapheme' }).map(bytes)),
    metadata: json,
    expiration: fc.constantFrom(NOW + 10, NOW + 100, NOW - 10),
  },
  { requiredKeys: ['key', 'value'] },
);
const entries = fc.uniqueArray(entry, { selector: ({ key }) => key, maxLength: 10 }) as fc.Arbitrary<KvEntry[]>;

describe('the document of many keys', () => {
  it('changes nothing as long as nothing is typed', () =>
    fc.assert(
      fc.property(entries, (given) => {
        const text = formatKeysDocument(given);
        assert.doesNotMatch(text, /[\u2028\u2029\r]/);
        assert.deepEqual(parseKeysDocument(text, openedOf(given), NOW), {
          changes: [],
          additions: [],
          removals: [],
          hasLifetimes: false,
        });
      }),
    ));

  it('reads back every entry whole', () => {
    const given: KvEntry[] = [
      { key: '2', value: bytes('a\r\n\uFEFFb'), metadata: 0, expiration: NOW + 3600 },
      { key: '1', value: Uint8Array.of(0, 255) },
    ];
    const text = formatKeysDocument(given);
    assert.ok(text.indexOf('"2"') < text.indexOf('"1"'));
    assert.deepEqual(new Set(parseKeysDocument(text, new Map(), NOW).additions), new Set(given));
  });

  it('finds changes, additions and removals', () => {
    const given = ['same', 'value', 'metadata', 'gone'].map((key) => ({ key, value: bytes('v'), metadata: 1 }));
    const document = {
      same: { value: 'v', metadata: 1 },
      value: { base64: Buffer.from('w').toString('base64'), metadata: 1 },
      metadata: { value: 'v', metadata: null },
      new: { value: '', expirationTtl: 100 },
    };
    assert.deepEqual(parseKeysDocument(JSON.stringify(document), openedOf(given), NOW), {
      changes: [
        { key: 'value', value: bytes('w'), metadata: 1 },
        { key: 'metadata', value: bytes('v') },
      ],
      additions: [{ key: 'new', value: bytes(''), expiration: NOW + 100 }],
      removals: ['gone'],
      hasLifetimes: true,
    });
  });

  it('is read back however large its values are', () => {
    for (const byte of [0x61, 0x0a, 0xff]) {
      const given = [{ key: 'large', value: new Uint8Array(15_000_000).fill(byte) }];
      const plan = parseKeysDocument(formatKeysDocument(given), openedOf(given), NOW);
      assert.deepEqual(plan, { changes: [], additions: [], removals: [], hasLifetimes: false });
    }
  });

  it('names the key and what is wrong with it', () => {
    const wrong: [text: string, kind: KvErrorKind, says: RegExp][] = [
      ['{ "a": {} ', 'invalidInput', /not JSON at line 1, column 11/],
      ['{ "a": { "value": "" }, "a": { "value": "" } }', 'invalidInput', /“a” comes twice/],
      ['[]', 'invalidInput', /must be an object/],
      ['{ "a": "v" }', 'invalidInput', /“a”.*object with “value”/],
      ['{ "a": {} }', 'invalidInput', /“a”.*either “value” or “base64”/],
      ['{ "a": { "value": "", "base64": "" } }', 'invalidInput', /“a”.*either/],
      ['{ "a": { "value": 1 } }', 'invalidInput', /“a”.*“value” must be text/],
      ['{ "a": { "value": "\\ud800" } }', 'invalidInput', /“a”.*“value”.*Unicode/],
      ['{ "a": { "base64": "x" } }', 'invalidInput', /“a”.*“base64”/],
      ['{ "a": { "value": "", "ttl": 1 } }', 'invalidInput', /“a”.*no field “ttl”/],
      ['{ "": { "value": "" } }', 'invalidInput', /key “”.*cannot be empty/],
      ['{ "a": { "value": "", "expiration": "soon" } }', 'invalidInput', /“a”.*“expiration” must be/],
      ['{ "a": { "value": "", "expirationTtl": 5 } }', 'invalidInput', /“a”.*“expirationTtl” is 5/],
      ['{ "a": { "value": "", "expiration": 1, "expirationTtl": 100 } }', 'invalidInput', /“a”.*exclude/],
      ['{ "a": { "value": "", "expiration": 1000 } }', 'invalidInput', /“a”.*expiration has passed/],
      ['{ "a": { "value": "", "expiration": 5 } }', 'invalidInput', /“a”.*expiration has passed/],
      [`{ "a": { "value": "", "metadata": "${'x'.repeat(1100)}" } }`, 'invalidInput', /“a”.*metadata/],
    ];
    for (const [text, kind, says] of wrong) {
      assert.throws(
        () => parseKeysDocument(text, new Map(), NOW),
        (error) => isKvError(error, kind) && says.test(error.message),
        text,
      );
    }
    assert.throws(() => checkEditable(501, 0), /500/);
    assert.throws(() => checkEditable(1, 20_000_001), /20 MB/);
    checkEditable(500, 20_000_000);
  });

  it('stops at keys that moved meanwhile, and at no others', async () => {
    const store = new MemoryStore();
    const given = ['change', 'moved', 'settled', 'gone', 'movedGone'].map((key) => ({ key, value: bytes('v') }));
    await store.putMany(given);
    for (const key of ['moved', 'movedGone', 'taken']) await store.put({ key, value: bytes('other') });
    await store.put({ key: 'settled', value: bytes('w') });
    const put = (key: string): KvEntry => ({ key, value: bytes('w') });
    const plan = await checkPlan(
      store,
      {
        changes: ['change', 'moved', 'settled'].map(put),
        additions: ['new', 'taken'].map(put),
        removals: ['gone', 'movedGone'],
      },
      openedOf(given),
    );
    assert.deepEqual(plan, {
      changes: [put('change')],
      additions: [put('new')],
      removals: ['gone'],
      conflicts: ['moved', 'taken', 'movedGone'],
      settled: ['settled'],
      bytes: 2,
      unread: [],
      present: new Set(['change', 'moved', 'settled', 'taken', 'gone', 'movedGone']),
    });
  });

  it('change only what is still as it was when they were opened', async () => {
    const [was, wanted, other] = ['v', 'w', 'other'].map((text) => (key: string) => ({ key, value: bytes(text) }));
    assert.ok(was && wanted && other);
    const opened = openedOf(['change', 'remove'].map(was));
    const plan = { changes: [wanted('change')], additions: [wanted('add')], removals: ['remove'] };
    const changes: KeyChange[] = [];
    for await (const change of planChanges(plan, opened, new Set(['change']))) changes.push(change);
    assert.deepEqual(
      changes.map(({ key }) => key),
      ['change', 'add', 'remove'],
    );
    assert.deepEqual(
      changes.map(({ isListed }) => isListed),
      [true, false, false],
    );
    const isConflict = (error: unknown): boolean => isKvError(error, 'conflict');
    for (const { key, decide } of changes) {
      const isAddition = key === 'add';
      const step: Step = key === 'remove' ? 'delete' : { entry: wanted(key) };
      assert.deepEqual(decide(isAddition ? undefined : was(key), new Map()), step);
      assert.deepEqual(decide(key === 'remove' ? undefined : wanted(key), new Map()), 'keep');
      assert.throws(() => decide(other(key), new Map()), isConflict, key);
      if (!isAddition && key !== 'remove') assert.throws(() => decide(undefined, new Map()), isConflict, key);
      if (isAddition) assert.throws(() => decide(was(key), new Map()), isConflict);
    }
  });

  it('leave metadata in its own words where it means the same', async () => {
    const metadata = parseMetadata('{"b": 1.10, "1":2}');
    assert.ok(metadata !== undefined);
    const before: KvEntry = { key: 'a', value: bytes('v'), metadata };
    const opened = openedOf([before]);
    const textAfter = async (replace: (text: string) => string): Promise<string | undefined> => {
      const plan = parseKeysDocument(replace(formatKeysDocument([before])), opened, NOW);
      for await (const { decide } of planChanges(plan, opened, new Set())) {
        const step = decide(before, new Map());
        return typeof step === 'object' ? metadataText(step.entry.metadata ?? null) : step;
      }
      return undefined;
    };
    assert.equal(await textAfter((text) => text.replace('"v"', '"w"')), '{"b": 1.10, "1":2}');
    assert.equal(await textAfter((text) => text.replace('1.10', '1.20')), '{"1":2,"b":1.20}');
  });

  it('is read by the clock that is given, whatever that of this machine shows', () => {
    const hourAgo = Math.floor(Date.now() / 1000) - 3600;
    const { additions } = parseKeysDocument('{ "a": { "value": "", "expirationTtl": 600 } }', new Map(), hourAgo);
    assert.equal(additions[0]?.expiration, hourAgo + 600);
  });
});
