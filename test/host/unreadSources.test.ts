import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Run } from '../../src/commands/invocation/command.ts';
import { otherSide } from '../../src/commands/key/otherSide.ts';
import { askCounterpart } from '../../src/commands/sync/askCounterpart.ts';
import { KvError } from '../../src/core/base/errors.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvNamespace, KvSource } from '../../src/core/store/store.ts';
import { wayOutOf } from '../../src/core/text/wayOut.ts';
import type { Services } from '../../src/services.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import { stub } from './stub.ts';

const expired = new KvError('unauthenticated', 'The sign-in has expired.');
const damaged = new KvError('server', 'The database is damaged.');
const fails = (error: unknown) => async () => {
  throw error;
};
const none = { dispose: () => {} };

describe('the other side, where a source cannot be read', () => {
  const base = namespaceNode(new MemoryStore()).parent.source;
  const id = 'a'.repeat(32);
  const account = `account-${'b'.repeat(32)}`;
  /** The rows that were offered, by their labels; the one of `choice` is chosen. */
  let offered: string[];
  let choice: string | undefined;
  beforeEach(() => {
    offered = [];
    choice = undefined;
    stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[]) => {
      offered = items.map(({ label }) => label);
      return items.find(({ label }) => label === choice);
    });
  });

  const source = (own: string, binding: string, over: Partial<KvSource> = {}): KvSource => {
    const kind = own.startsWith('account-') ? 'remote' : 'local';
    const bindings: KvNamespace['bindings'] = [{ name: binding, config: `/${own}/wrangler.toml`, field: 'id' }];
    const namespaceId = over.store ? id : `${own}-id`;
    const store = new MemoryStore();
    return {
      ...base,
      id: own,
      kind,
      label: own,
      store: () => store,
      onDidChange: () => none,
      namespaces: async () => [{ source: own, sourceKind: kind, id: namespaceId, title: own, bindings }],
      ...over,
    };
  };
  const holding = async (): Promise<() => MemoryStore> => {
    const store = new MemoryStore();
    await store.put({ key: 'k', value: Buffer.from('v') });
    return () => store;
  };
  const broken = (): MemoryStore => Object.assign(new MemoryStore(), { get: fails(damaged) });
  const services = (...sources: KvSource[]): Services => {
    const group = { sources, onDidChange: () => none, ready: Promise.resolve() };
    // Nothing else is asked for.
    return { sources: new SourceRegistry([group], () => undefined) } as Partial<Services> as Services;
  };
  const run = (given: Services, isInteractive: boolean): Run =>
    ({ services: given, isInteractive, waitFor: (asked) => asked }) as Partial<Run> as Run;
  const question = { title: (key: string) => key, placeHolder: '' };
  const of = { source: 'local-own', id };

  it('is not said to be none while it may be in an account that cannot be listed', async () => {
    const own = source('local-own', 'CACHE', { store: await holding() });
    const given = services(own, source(account, 'CACHE', { namespaces: fails(expired) }));
    for (const isAsked of [true, false]) {
      await assert.rejects(askCounterpart(of, 'remote', given, isAsked), expired);
      await assert.rejects(otherSide({ namespace: of, key: 'k' }, question, run(given, isAsked)), expired);
    }
    await assert.rejects(askCounterpart(of, 'local', given, false), /has no local counterpart/);
  });

  it('is not said to be none without an account, and offers to sign in', async () => {
    const own = source('local-own', 'CACHE', { store: await holding() });
    const ways = async (given: Services): Promise<(string | undefined)[]> => {
      const errors = [
        await askCounterpart(of, 'remote', given, true).catch((error: unknown) => error),
        await otherSide({ namespace: of, key: 'k' }, question, run(given, true)).catch((error: unknown) => error),
      ];
      return errors.map((error) => wayOutOf(error)?.command);
    };
    assert.deepEqual(await ways(services(own)), ['cloudflareKv.signIn', 'cloudflareKv.signIn']);
    const empty = source(account, 'OTHER', { namespaces: async () => [] });
    assert.deepEqual(await ways(services(own, empty)), [undefined, undefined]);
  });

  it('is offered beside what cannot be listed, and that says why when it is chosen', async () => {
    const own = source('local-own', 'CACHE', { store: await holding() });
    const shut = source(`account-${'c'.repeat(32)}`, 'CACHE', { label: 'Shut', namespaces: fails(expired) });
    const given = services(own, source(account, 'CACHE', { store: await holding() }), shut);
    assert.deepEqual(await askCounterpart(of, 'remote', given, true), { source: account, id });
    const others = services(own, source(account, 'CACHE'), shut);
    assert.equal(await askCounterpart(of, 'remote', others, true), undefined);
    assert.equal(offered.length, 2);
    [, choice] = offered;
    await assert.rejects(askCounterpart(of, 'remote', others, true), expired);
    await assert.rejects(askCounterpart(of, 'remote', others, false), expired);
  });

  it('is found where another one is damaged', async () => {
    const own = source('local-own', 'CACHE', { store: await holding() });
    const good = source(account, 'CACHE', { store: await holding() });
    const copy = source('local-copy', 'CACHE', { store: broken });
    const target = { namespace: of, key: 'k' };
    for (const isAsked of [true, false]) {
      const found = await otherSide(target, question, run(services(own, copy, good), isAsked));
      assert.equal(found?.source, account);
      await assert.rejects(otherSide(target, question, run(services(own, copy), isAsked)), damaged);
    }
    const second = source('local-second', 'CACHE', { store: await holding() });
    assert.equal(await otherSide(target, question, run(services(own, copy, good, second), true)), undefined);
    assert.equal(offered.length, 3);
    choice = offered[2];
    await assert.rejects(otherSide(target, question, run(services(own, copy, good, second), true)), damaged);
  });
});
