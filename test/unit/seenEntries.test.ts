import assert from 'node:assert/strict';
import { SeenEntries, stateOf } from '../../src/core/store/wrappers/seenEntries.ts';

const MOST = 5000;
const PAGE = 1000;
const names = Array.from({ length: PAGE }, (_, i) => `key-${i}`);
const known = (seen: SeenEntries): number => names.filter((name) => seen.get(name) !== undefined).length;

describe('what was seen of keys', () => {
  it('takes no more room however many stores there are, and is the newest', () => {
    const all = Array.from({ length: 20 }, () => new SeenEntries());
    const metadata = 'm'.repeat(1000);
    for (const seen of all) for (const name of names) seen.addInfo({ name, metadata });
    assert.deepEqual(
      all.map(known),
      all.map((_, at) => (at < all.length - MOST / PAGE ? 0 : PAGE)),
    );
  });

  it('stays while it is seen again, and goes before what is newer', () => {
    const [often, once, many] = [new SeenEntries(), new SeenEntries(), new SeenEntries()];
    often.add('key', undefined);
    once.add('key', undefined);
    for (let i = 0; i < 2 * MOST; i++) {
      many.addInfo({ name: `key-${i}` });
      often.add('key', undefined);
    }
    assert.equal(once.get('key'), undefined);
    assert.notEqual(often.get('key'), undefined);
  });

  it('has the digest of a value, however large that is', () => {
    const value = new Uint8Array(1_000_000);
    const { whole = '' } = stateOf({ key: 'k', value });
    assert.ok(whole.length < 200, `${whole.length}`);
    value[0] = 1;
    assert.notEqual(stateOf({ key: 'k', value }).whole, whole);
  });
});
