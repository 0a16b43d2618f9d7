import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the host', () => {
  it('is a VS Code that the extension supports', () => {
    const [major, minor] = vscode.version.split('.').map(Number);
    assert.equal(major, 1);
    assert.ok(minor !== undefined && minor >= 106, vscode.version);
  });

  it('has the extension, in a copy of the sample project', async () => {
    const extension = vscode.extensions.all.find(({ packageJSON }) => packageJSON.name === 'cloudflare-kv');
    assert.ok(extension);
    await extension.activate();
    assert.ok(await vscode.workspace.findFiles('wrangler.jsonc', undefined, 1).then((files) => files.length === 1));
  });
});
