import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { registerDecorations } from '../../src/fs/decorations.ts';
import { containerUri, groupUri, isRemote, valueUri } from '../../src/fs/kvUri.ts';
import { stub } from './stub.ts';

describe('decorations', () => {
  it('of a group of keys are its own: what is wrong in a key shows above it where VS Code takes a path for a folder', () => {
    const namespace = { source: `account-${'a'.repeat(32)}`, id: 'ns' };
    const group = groupUri(namespace, 'a/b:');
    const above = [containerUri(namespace.source), containerUri(namespace.source, namespace.id)];
    for (const key of ['a/b:c', 'a/b', 'a', 'other']) {
      const { path } = valueUri(namespace, key);
      assert.ok(above.every((uri) => path.startsWith(uri.path)));
      assert.ok(!path.startsWith(group.path), path);
    }
    assert.equal(isRemote(group), true);
  });

  it('are drawn again when other namespaces are read-only', () => {
    const uri = valueUri({ source: `account-${'a'.repeat(32)}`, id: 'ns' }, 'key');
    const protection = new vscode.EventEmitter<unknown>();
    const never = () => new vscode.Disposable(() => {});
    let reason: string | undefined;
    let provider: vscode.FileDecorationProvider | undefined;
    stub(vscode.window, 'registerFileDecorationProvider', (given: vscode.FileDecorationProvider) => {
      provider = given;
      return never();
    });
    registerDecorations({
      readOnlyReason: () => reason,
      namespaceOfKeys: () => undefined,
      onDidOpen: never,
      onDidChange: never,
      onDidChangeProtection: protection.event,
    });
    const drawn: (string | undefined)[] = [];
    const draw = (): void => {
      const decoration = provider?.provideFileDecoration(uri, new vscode.CancellationTokenSource().token);
      assert.ok(decoration && !('then' in decoration));
      drawn.push(decoration.tooltip);
    };
    provider?.onDidChangeFileDecorations?.(draw);
    draw();
    reason = 'because';
    protection.fire(undefined);
    assert.deepEqual(drawn, ['Remote: a real account', 'Remote, read-only: because']);
  });
});
