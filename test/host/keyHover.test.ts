import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { analyse } from '../../src/language/code/analysis.ts';
import type { CodeNamespaces } from '../../src/language/providers/codeNamespaces.ts';
import { KeyHover } from '../../src/language/providers/keyHover.ts';
import type { RemoteKeys } from '../../src/language/providers/remoteKeys.ts';
import type { WorkerDocuments } from '../../src/language/providers/workerDocuments.ts';
import type { Services } from '../../src/services.ts';
import { MemoryStore } from '../support/memoryStore.ts';

describe('hover inside Worker code over a namespace that cannot be read', () => {
  const good = new MemoryStore();
  const broken = new MemoryStore();
  const odd = new MemoryStore();
  const stores: Readonly<Record<string, MemoryStore>> = { good, broken, odd };
  before(async () => {
    await good.put({ key: 'user:1', value: Buffer.from('Ada') });
    broken.intercept = () => {
      throw new KvError('busy', 'The database is in use.');
    };
    odd.intercept = () => {
      throw new Error('EIO');
    };
  });

  /** What a hover says over the place that the text marks; each part by its namespace. */
  async function hovered(marked: string): Promise<readonly string[]> {
    const content = marked.replace('|', '');
    const document = await vscode.workspace.openTextDocument({ language: 'javascript', content });
    const analysis = analyse('worker.js', content, new Set(['KV']));
    const documents = { code: () => ({ analysis, configs: [] }) };
    const namespaces = {
      of: async () =>
        Object.keys(stores).map((id) => ({
          ref: { source: 'local', id },
          source: { kind: 'local', label: id },
          bindings: ['KV'],
          isLocal: true,
          namespace: { source: 'local', id, bindings: [] },
        })),
      describe: ({ ref }: { ref: { id: string } }) => ref.id,
      store: async ({ ref }: { ref: { id: string } }) => stores[ref.id],
    };
    const hover = new KeyHover(
      documents as unknown as WorkerDocuments,
      namespaces as unknown as CodeNamespaces,
      { isAsked: false } as RemoteKeys,
      { codeHover: true } as Services['settings'],
    );
    const { token } = new vscode.CancellationTokenSource();
    const found = await hover.provideHover(document, document.positionAt(marked.indexOf('|')), token);
    return (found?.contents ?? []).map((part) => (part instanceof vscode.MarkdownString ? part.value : ''));
  }

  for (const [what, text, says, unread] of [
    ['a key', 'env.KV.get("us|er:1");', /Ada/, /This value cannot be read/],
    ['a prefix', 'env.KV.list({ prefix: "us|er:" });', /user\\:1/, /The keys here cannot be read/],
    ['a binding', 'env.K|V.get("user:1");', /1 key/, /The keys here cannot be read/],
  ] as const) {
    it(`says so in its part, and what the others have: ${what}`, async () => {
      const [first = '', second = '', third = '', ...others] = (await hovered(text)).map((part) =>
        part.replaceAll('&nbsp;', ' '),
      );
      assert.match(first, says);
      assert.match(second, /broken[\s\S]*The database is in use/);
      assert.match(third, unread);
      assert.deepEqual(others, []);
    });
  }
});
