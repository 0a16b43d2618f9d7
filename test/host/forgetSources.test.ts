import assert from 'node:assert/strict';
import { Pins } from '../../src/core/store/pins.ts';
import { Protection } from '../../src/core/store/protection.ts';
import { forgetSignedOut, forgetSources } from '../../src/forgetSources.ts';
import { FakeMemory } from '../support/auth/memory.ts';

const account = (letter: string) => `account-${letter.repeat(32)}`;
const [acme, globex, local] = [account('a'), account('b'), 'local-0123456789abcdef'];

describe('what is kept by the id of a source', () => {
  const known = [{ id: 'b'.repeat(32), name: 'Globex' }];
  let memory: FakeMemory;
  let keepers: Parameters<typeof forgetSources>[1];
  /** Whom each keeper of documents or backups was asked to forget. */
  let forgotten: Record<string, readonly string[]>;

  beforeEach(async () => {
    memory = new FakeMemory();
    forgotten = {};
    const pins = new Pins(memory);
    const protection = new Protection(memory, { remoteReadOnly: false, remoteReadOnlyInWorkspace: false });
    for (const source of [acme, globex, local]) {
      await pins.set({ source, id: 'ns' }, true);
      await pins.set({ source, id: 'ns', prefix: 'user:' }, true);
      await protection.choose({ source, id: 'ns' }, true);
    }
    await memory.update('lastUsedNamespaces', [`${acme}/ns`, `${local}/a/b`, `${globex}/ns`]);
    const keeper = (name: string) => ({
      async forget(isGone: (source: string) => boolean) {
        forgotten[name] = [acme, globex, local].filter(isGone);
      },
    });
    keepers = {
      pins,
      protection,
      accounts: { known },
      values: keeper('values'),
      entries: keeper('entries'),
      journals: keeper('journals'),
      keys: { ...keeper('keys'), namespaceOf: () => undefined },
      memory: {
        keys: () => [...memory.kept.keys()],
        get: <T>(key: string, otherwise?: T): T => memory.get<T>(key) ?? otherwise ?? assert.fail(),
        update: (key, value) => memory.update(key, value),
      },
    };
  });

  const sourcesIn = (key: string): string[] =>
    [...new Set((memory.get<{ source: string }[]>(key) ?? []).map(({ source }) => source))].sort();

  it('goes when the account is signed out, and nothing else does', async () => {
    await forgetSources([acme], keepers);
    assert.deepEqual(sourcesIn('pins'), [globex, local]);
    assert.deepEqual(sourcesIn('protection'), [globex, local]);
    assert.deepEqual(memory.get('lastUsedNamespaces'), [`${local}/a/b`, `${globex}/ns`]);
    assert.deepEqual(forgotten, { keys: [acme], values: [acme], entries: [acme], journals: [acme] });
  });

  it('goes at the next start where another workspace was open meanwhile', async () => {
    await forgetSignedOut(keepers);
    assert.deepEqual(sourcesIn('pins'), [globex, local]);
    assert.deepEqual(memory.get('lastUsedNamespaces'), [`${local}/a/b`, `${globex}/ns`]);
    assert.deepEqual(forgotten, {}, 'what is kept of documents goes with their tabs');
  });
});
