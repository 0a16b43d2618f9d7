import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CloudflareKvApi } from '../../../api.d.ts';
import type { NamespaceRef } from '../../../src/core/store/namespaceRef.ts';

// Apart from the host tests' support, which activates the extension before anything can be measured.

/** The extension that is measured. */
export function extension(): vscode.Extension<CloudflareKvApi> {
  const found = vscode.extensions.all.find(({ packageJSON }) => packageJSON.name === 'cloudflare-kv');
  assert.ok(found);
  return found;
}

/** The first namespace of the workspace, as commands take it. */
export async function firstNamespace(): Promise<NamespaceRef> {
  const [namespace] = await extension().exports.namespaces();
  assert.ok(namespace);
  return { source: namespace.source, id: namespace.id };
}
