import assert from 'node:assert/strict';
import type { RemoteNamespace } from '../../src/cloudflare/accountKv.ts';
import { NamespaceList } from '../../src/cloudflare/namespaceList.ts';
import { KvError } from '../../src/core/base/errors.ts';
import { HastyTiming } from '../support/hastyTiming.ts';

describe('the namespaces of an account', () => {
  it('keep what else is known of them when they are renamed', async () => {
    const european: RemoteNamespace = { id: 'a'.repeat(32), title: 'SESSIONS', jurisdiction: 'eu' };
    const other: RemoteNamespace = { id: 'b'.repeat(32), title: 'OTHER' };
    const list = new NamespaceList(
      {
        listNamespaces: async () => ({ namespaces: [european, other], more: false }),
        renameNamespace: async () => {},
        createNamespace: async () => assert.fail(),
        deleteNamespace: async () => assert.fail(),
      },
      new HastyTiming(),
    );
    await list.all();
    await list.rename(european.id, 'VISITS', undefined);
    assert.deepEqual(await list.all(), [{ ...european, title: 'VISITS' }, other]);
  });

  it('stay known while they cannot be listed anew, but count as old', async () => {
    const one: RemoteNamespace = { id: 'a'.repeat(32), title: 'SESSIONS' };
    let asked = 0;
    const list = new NamespaceList(
      {
        listNamespaces: async () => {
          if (asked++ > 0) throw new KvError('offline', 'No network');
          return { namespaces: [one], more: false };
        },
        renameNamespace: async () => assert.fail(),
        createNamespace: async () => assert.fail(),
        deleteNamespace: async () => assert.fail(),
      },
      new HastyTiming(),
    );
    await list.all();
    list.forget();
    await assert.rejects(list.all(), /No network/);
    assert.deepEqual(list.known, { listed: [one], ageMs: Number.POSITIVE_INFINITY });
  });
});
