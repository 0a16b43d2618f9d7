import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { KvNamespace, KvSource } from '../../src/core/store/store.ts';
import type { ToolName } from '../../src/ids.ts';
import { prepareTool } from '../../src/language/tools/tools.lazy.ts';
import type { Services } from '../../src/services.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const { source: anySource } = namespaceNode(new MemoryStore()).parent;

function source(kind: KvSource['kind'], label: string, titles: readonly string[] | Error): KvSource {
  const id = kind === 'remote' ? `account-${label}` : `local-${label}`;
  const namespace = (title: string): KvNamespace => ({
    ...{ source: id, sourceKind: kind, id: `id of ${title}`, title, bindings: [] },
  });
  return {
    ...{ ...anySource, id, kind, label },
    namespaces: async () => (titles instanceof Error ? Promise.reject(titles) : titles.map(namespace)),
  };
}

describe('what is confirmed before a tool runs', () => {
  const shop = source('local', 'shop', ['cache', 'sessions']);
  const acme = source('remote', 'Acme Inc', ['sessions', '[billing](command:x) https://a.example']);

  /** What is asked, as Markdown. */
  const asked = async (name: string, input: object, sources: readonly KvSource[] = [shop, acme]) => {
    const services = { sources: { sources, ready: async () => {} } } as unknown as Services;
    const tool = `cloudflare_kv_${name}` as ToolName;
    const { confirmationMessages, invocationMessage } = await prepareTool(tool, input, services);
    assert.ok(invocationMessage);
    if (!confirmationMessages) return undefined;
    const { title, message } = confirmationMessages;
    assert.ok(message instanceof vscode.MarkdownString && !message.isTrusted && !message.supportHtml);
    return { title, message: message.value };
  };

  it('is nothing where local KV is read', async () => {
    assert.equal(await asked('get_value', { namespace: 'cache', key: 'a' }), undefined);
    assert.equal(await asked('list_keys', { namespace: 'sessions', source: 'shop' }), undefined);
    assert.equal(await asked('list_namespaces', {}, [shop]), undefined);
    assert.equal(await asked('list_namespaces', { source: 'local' }), undefined);
  });

  it('names account, namespace and key where an account is read', async () => {
    assert.deepEqual(await asked('get_value', { namespace: 'sessions', source: 'remote', key: 'user:1' }), {
      title: 'Read a value of an account for the language model?',
      message: 'The value and the metadata of “user\\:1” in sessions \\(Acme Inc\\) go to the provider of the model.',
    });
    const { message: all } = (await asked('list_keys', { namespace: 'id of sessions', source: 'Acme Inc' })) ?? {};
    assert.equal(all, 'Names and metadata of the keys of sessions \\(Acme Inc\\) go to the provider of the model.');
    const { message: some } =
      (await asked('list_keys', { namespace: 'sessions', source: 'remote', prefix: 'u' })) ?? {};
    assert.match(some ?? '', /that begin with “u” go/);
    const { message: names } = (await asked('list_namespaces', {})) ?? {};
    assert.match(names ?? '', /KV namespaces of Acme Inc go/);
  });

  it('makes no links of names', async () => {
    const namespace = '[billing](command:x) https://a.example';
    const { message = '' } = (await asked('get_value', { namespace, key: '<b>[x](y)' })) ?? {};
    assert.ok(
      message.includes('“\\<b\\>\\[x\\]\\(y\\)” in \\[billing\\]\\(command\\:x\\) https\\://a\\.example'),
      message,
    );
  });

  it('is nothing where the call is refused anyway', async () => {
    for (const input of [{ wrong: 5 }, { namespace: 'sessions', key: 'a' }, { namespace: 'nowhere', key: 'a' }]) {
      assert.equal(await asked('get_value', input), undefined);
    }
  });

  it('is asked where it is not certain that no account is meant', async () => {
    const offline = source('remote', 'Acme Inc', new Error('offline'));
    assert.ok(await asked('get_value', { namespace: 'nowhere', key: 'a' }, [shop, offline]));
    assert.equal(await asked('get_value', { namespace: 'cache', key: 'a' }, [shop, offline]), undefined);
  });

  it('is left to the question of the tool itself where something is written', async () => {
    const input = { namespace: 'sessions', source: 'remote', key: 'a' };
    assert.equal(await asked('put_value', { ...input, value: '' }), undefined);
    assert.equal(await asked('delete_key', input), undefined);
  });
});
