import assert from 'node:assert/strict';
import type { DevServerStatus, KvSource } from '../../src/core/store/store.ts';
import { type ShownInStatusBar, statusBarText, statusBarTooltip } from '../../src/ui/statusBarText.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('the status bar', () => {
  const { namespace, parent } = namespaceNode(new MemoryStore());
  const shown = (status?: DevServerStatus, more: Partial<ShownInStatusBar> = {}): ShownInStatusBar => {
    const source: KvSource = Object.assign(Object.create(parent.source), { status });
    return { source, namespace, key: 'user:1', isStale: false, ...more };
  };

  it('names project and namespace, and what is to be known of the value', () => {
    assert.equal(statusBarText(shown()), '$(device-desktop) shop / KV');
    assert.equal(statusBarText(shown(undefined, { readOnly: 'why' })), '$(device-desktop) shop / KV $(lock)');
    assert.equal(
      statusBarText(shown(undefined, { isStale: true })),
      '$(device-desktop) shop / KV · may be stale elsewhere',
    );
    assert.equal(statusBarText(shown({ devServer: 'running', port: 8787 })), '$(device-desktop) shop / KV');
  });

  it('says that the running Worker looks elsewhere, with the way out in its tooltip', () => {
    const known = shown({ devServer: 'elsewhere', port: 8787, folder: '/data/persisted' });
    assert.equal(statusBarText(known), '$(device-desktop) shop / KV · Worker’s data elsewhere');
    assert.match(statusBarTooltip(known), /^user:1 · KV \(local, shop\)\nThe dev server .* in \/data\/persisted: /);
    assert.match(statusBarTooltip(shown({ devServer: 'elsewhere' })), /cloudflareKv\.local\.stateFolders/);
    assert.match(statusBarTooltip(shown(undefined, { key: undefined })), /^Keys of KV \(local, shop\)$/);
  });
});
