import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import { distinct } from '../../src/core/store/selection.ts';
import { Comparison, type Difference } from '../../src/core/transfer/comparison.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const NOW = 1_800_000_000;
const makeStore = async (entries: Iterable<KvEntry>): Promise<MemoryStore> => {
  const store = new MemoryStore({ now: () => NOW });
  await store.putMany([...entries]);
  return store;
};

const keys = fc.constantFrom('a', 'b', 'ab', 'a/b', '\uFFFD', '\u{1F6D2}', 'é', '0', '1', 'zz', 'z');
const state = fc.record(
  {
    value: fc.constantFrom('', 'x', 'y').map((text) => Uint8Array.from(Buffer.from(text))),
    metadata: fc.constantFrom(0, '', { a: 1 }, { b: 2, a: 1 }),
    expiration: fc.constantFrom(NOW + 100, NOW + 200),
  },
  { requiredKeys: ['value'] },
);
const model = fc.dictionary(keys, state).map((entries) => new Map(Object.entries(entries)));
const entriesOf = (map: ReadonlyMap<string, Omit<KvEntry, 'key'>>): KvEntry[] =>
  [...map].map(([key, rest]) => ({ key, ...rest }));

type Found = Pick<Difference, 'kind' | 'key'>;

async function drain(comparison: Comparison): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { kind, key } of comparison) found.push({ kind, key });
  return found;
}

describe('comparing namespaces', () => {
  it('finds what comparing maps finds, in byte order', () =>
    fc.assert(
      fc.asyncProperty(model, model, fc.constantFrom('', 'a', 'z'), async (left, right, prefix) => {
        const expected: Found[] = [];
        let same = 0;
        for (const key of [...new Set([...left.keys(), ...right.keys()])].sort(compareUtf8)) {
          if (!key.startsWith(prefix)) continue;
          const [a, b] = [left.get(key), right.get(key)];
          if (!b) expected.push({ kind: 'add', key });
          else if (!a) expected.push({ kind: 'remove', key });
          else if (isSame(a, b)) same++;
          else expected.push({ kind: 'change', key });
        }
        const comparison = new Comparison(await makeStore(entriesOf(left)), await makeStore(entriesOf(right)), {
          selection: { keys: [], prefixes: [prefix] },
        });
        assert.deepEqual(await drain(comparison), expected);
        const count = (kind: Difference['kind']): number => expected.filter((one) => one.kind === kind).length;
        assert.deepEqual(comparison.counts, {
          add: count('add'),
          change: count('change'),
          remove: count('remove'),
          same,
        });
      }),
    ));

  it('compares what is selected and nothing else, and names single keys that are not there', () =>
    fc.assert(
      fc.asyncProperty(
        model,
        model,
        fc.array(keys),
        fc.array(fc.constantFrom('a', 'ab', 'z', 'nothing')),
        async (left, right, single, prefixes) => {
          const selection = distinct({ keys: single, prefixes });
          const isSelected = (key: string): boolean =>
            selection.keys.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
          const both = [await makeStore(entriesOf(left)), await makeStore(entriesOf(right))] as const;
          const all = await drain(new Comparison(...both));
          const comparison = new Comparison(...both, { selection });
          const found = await drain(comparison);
          const order = ({ key: a }: Found, { key: b }: Found): number => compareUtf8(a, b);
          assert.deepEqual(
            found.toSorted(order),
            all.filter(({ key }) => isSelected(key)),
          );
          const missing = selection.keys.filter((key) => !left.has(key));
          assert.deepEqual(comparison.missing, missing.toSorted(compareUtf8));
          const { add, change, remove, same } = comparison.counts;
          const compared = [...new Set([...left.keys(), ...right.keys()])].filter(isSelected).length;
          assert.equal(add + change + remove + same, compared);
        },
      ),
    ));

  it('goes over pages and batches', async () => {
    const entries = Array.from({ length: 2500 }, (_, at) => ({ key: `k${at}`, value: Buffer.from(String(at)) }));
    const left = await makeStore(entries);
    const right = await makeStore(entries.filter((_, at) => at % 5 !== 0));
    await right.put({ key: 'k1234', value: Buffer.from('other') });
    await right.put({ key: 'only', value: Buffer.from('') });
    const reports: number[] = [];
    const comparison = new Comparison(left, right, { report: ({ same }) => reports.push(same) });
    assert.equal((await drain(comparison)).length, 502);
    assert.deepEqual(comparison.counts, { add: 500, change: 1, remove: 1, same: 1999 });
    assert.ok(reports.length > 3);
    assert.equal(reports.at(-1), 1999);
  });

  it('reads values only where the listings do not tell', async () => {
    const value = Buffer.from('v');
    const left = await makeStore([
      { key: 'left', value },
      { key: 'metadata', value, metadata: 1 },
      { key: 'open', value },
      { key: 'time', value, expiration: NOW + 100 },
    ]);
    const right = await makeStore([
      { key: 'metadata', value, metadata: 2 },
      { key: 'open', value },
      { key: 'right', value },
      { key: 'time', value },
    ]);
    const read: string[] = [];
    left.intercept = right.intercept = (call, key) => {
      if (call === 'get') read.push(key);
    };
    await drain(new Comparison(left, right));
    assert.deepEqual(read, ['open', 'open']);
  });

  it('takes a key that vanishes meanwhile for missing', async () => {
    const entries = ['a', 'b', 'c'].map((key) => ({ key, value: Buffer.from('v') }));
    const [left, right] = [await makeStore(entries), await makeStore(entries)];
    left.getMany = (given) => right.getMany(given.filter((key) => key !== 'b'));
    assert.deepEqual(await drain(new Comparison(left, right)), [{ kind: 'remove', key: 'b' }]);
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const store = await makeStore([{ key: 'a', value: Buffer.from('v') }]);
    await assert.rejects(drain(new Comparison(store, store, { signal: controller.signal })), (error) =>
      isKvError(error, 'cancelled'),
    );
  });
});

function isSame(a: Omit<KvEntry, 'key'>, b: Omit<KvEntry, 'key'>): boolean {
  const comparable = ({ value, ...rest }: Omit<KvEntry, 'key'>): unknown => ({ ...rest, value: [...value] });
  try {
    assert.deepEqual(comparable(a), comparable(b));
    return true;
  } catch {
    return false;
  }
}
