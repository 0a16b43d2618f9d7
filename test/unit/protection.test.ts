import assert from 'node:assert/strict';
import { isAffected, Protection, type ProtectionChange } from '../../src/core/store/protection.ts';
import { FakeMemory } from '../support/auth/memory.ts';

describe('the protection of namespaces', () => {
  const remote = { source: `account-${'a'.repeat(32)}`, id: 'sessions' };
  const otherRemote = { ...remote, id: 'flags' };
  const local = { source: 'local-0123456789abcdef', id: 'sessions' };
  let memory: FakeMemory;
  let settings: { remoteReadOnly: boolean; remoteReadOnlyInWorkspace: boolean };
  let protection: Protection;
  let changes: ProtectionChange[];

  beforeEach(() => {
    memory = new FakeMemory();
    settings = { remoteReadOnly: false, remoteReadOnlyInWorkspace: false };
    restart();
  });
  function restart(): void {
    protection = new Protection(memory, settings);
    changes = [];
    protection.onDidChange((change) => changes.push(change));
  }
  const protectors = () => [remote, otherRemote, local].map((namespace) => protection.protectorOf(namespace));

  it('is for none by itself, and by the default for those of accounts', () => {
    assert.deepEqual(protectors(), [undefined, undefined, undefined]);
    settings.remoteReadOnly = true;
    assert.deepEqual(protectors(), ['default', 'default', undefined]);
    assert.match(protection.reason(remote) ?? '', /cloudflareKv\.remote\.readOnly\b.*“Toggle Read-Only”/);
    assert.equal(protection.reason(local), undefined);
  });

  it('stays what was chosen, whatever the default becomes, over restarts', async () => {
    await protection.choose(remote, true);
    await protection.choose(otherRemote, false);
    await protection.choose(local, true);
    for (const byDefault of [false, true, false]) {
      settings.remoteReadOnly = byDefault;
      restart();
      assert.deepEqual(protectors(), ['choice', undefined, 'choice']);
    }
  });

  it('is for every namespace of an account where the workspace says so, and no choice is lost by that', async () => {
    await protection.choose(remote, false);
    settings.remoteReadOnlyInWorkspace = true;
    assert.deepEqual(protectors(), ['workspace', 'workspace', undefined]);
    assert.match(protection.reason(remote) ?? '', /cloudflareKv\.remote\.readOnlyInWorkspace/);
    settings.remoteReadOnlyInWorkspace = false;
    settings.remoteReadOnly = true;
    assert.deepEqual(protectors(), [undefined, 'default', undefined]);
  });

  it('tells which namespaces a choice, the settings and a sign-out concern', async () => {
    await protection.choose(local, true);
    protection.settingsChanged();
    await protection.forget((source) => source === local.source);
    assert.deepEqual(changes, [local, 'accounts', local]);
    assert.deepEqual(protectors(), [undefined, undefined, undefined]);
    const affected = changes.map((change) => [remote, local].filter((namespace) => isAffected(namespace, change)));
    assert.deepEqual(affected, [[local], [remote], [local]]);
  });

  it('takes what was once toggled as chosen to be read-only', async () => {
    await memory.update('readOnly', [remote, local]);
    settings.remoteReadOnly = true;
    restart();
    assert.deepEqual(protectors(), ['choice', 'default', 'choice']);
    await protection.choose(remote, false);
    restart();
    assert.deepEqual(protectors(), [undefined, 'default', 'choice']);
    assert.equal(memory.get('readOnly'), undefined);
  });
});
