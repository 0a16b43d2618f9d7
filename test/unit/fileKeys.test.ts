import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { keyUnder } from '../../src/core/keys/keyUnder.ts';
import { fileKeys } from '../../src/core/transfer/fileKeys.ts';
import { placedUnder } from '../../src/core/transfer/placedUnder.ts';
import { planPut } from '../../src/core/transfer/putPlan.ts';
import { MemoryStore } from '../support/memoryStore.ts';

describe('files that become values', () => {
  it('have the keys of their names, and are refused where one would take the place of another', () => {
    assert.deepEqual(fileKeys(['/a/logo.png', '/b/Logo.png', '/c/it:em']), ['logo.png', 'Logo.png', 'it:em']);
    assert.throws(
      () => fileKeys(['/a/index.html', '/logo.png', '/b/index.html']),
      (error) => isKvError(error, 'invalidInput') && error.message.includes('“index.html”'),
    );
  });
});

describe('keys in a group', () => {
  it('begin with its prefix, once', () => {
    assert.equal(keyUnder('home/', 'banner.txt'), 'home/banner.txt');
    assert.equal(keyUnder('home/', 'home/banner'), 'home/banner');
    assert.equal(keyUnder('', 'banner'), 'banner');
  });

  const named = (...keys: string[]) =>
    async function* (): AsyncGenerator<KvEntry> {
      for (const key of keys) yield { key, value: new Uint8Array(Buffer.from(key)) };
    };

  for (const keys of [
    ['a', 'b', 'home/a'],
    ['home/a', 'b', 'a'],
  ]) {
    it(`are refused by name before anything is written where two would become one: ${keys.join(', ')}`, async () => {
      const planned = planPut(placedUnder('home/', named(...keys)), new MemoryStore(), { onConflict: 'overwrite' });
      await assert.rejects(planned, (error) => {
        assert.ok(isKvError(error, 'invalidInput'));
        assert.match(error.message, /^Nothing was written\. “a” and “home\/a” would both become “home\/a”/);
        return true;
      });
    });
  }

  it('say of one that comes to be there only while they are written that the two cannot both be', async () => {
    const keys = ['home/a'];
    const plan = await planPut(
      placedUnder('home/', () => named(...keys)()),
      new MemoryStore(),
      {
        onConflict: 'overwrite',
      },
    );
    keys.push('a');
    const written = async () => {
      for await (const _ of plan.steps('overwrite', undefined));
    };
    await assert.rejects(written, /^KvError: “a” and “home\/a” would both become “home\/a”/);
  });

  it('keep apart what only looks alike', async () => {
    const found: string[] = [];
    for await (const { key } of placedUnder('home/', named('a', 'home/b', 'homea'))(undefined)) found.push(key);
    for await (const { key } of placedUnder('', named('a', 'home/a'))(undefined)) found.push(key);
    assert.deepEqual(found, ['home/a', 'home/b', 'home/homea', 'a', 'home/a']);
  });
});
