import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { KvNamespace, KvSource } from '../../src/core/store/store.ts';
import type { ToolName } from '../../src/ids.ts';
import { invokeTool, prepareTool } from '../../src/language/tools/tools.lazy.ts';
import type { Services } from '../../src/services.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const { source: anySource } = namespaceNode(new MemoryStore()).parent;

function source(kind: KvSource['kind'], label: string, titles: readonly string[] | Error): KvSource {
  const id = kind === 'remote' ? `account-${label}` : `local-${label}`;
  const namespace = (title: string): KvNamespace => ({
    source: id,
    sourceKind: kind,
    id: `id of ${title}`,
    title,
    bindings: [],
  });
  return {
    ...anySource,
    id,
    kind,
    label,
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

  describe('holds for what was named, whatever answers when the tool runs', () => {
    const fails = new Set<string>();
    const flaky = (kind: KvSource['kind'], label: string): KvSource => {
      const steady = source(kind, label, ['sessions']);
      const namespaces = () => (fails.has(label) ? Promise.reject(new Error('429')) : steady.namespaces());
      return { ...steady, namespaces };
    };
    const acme = flaky('remote', 'Acme');
    const beta = flaky('remote', 'Beta');
    const shop = flaky('local', 'shop');
    let sources: readonly KvSource[];
    const services = {
      sources: {
        ready: async () => {},
        store: async () => new MemoryStore(),
        readOnlyReason: () => undefined,
        get sources() {
          return sources;
        },
      },
      log: { error: () => {} },
    } as unknown as Services;
    beforeEach(() => fails.clear());

    const READS: readonly ToolName[] = ['cloudflare_kv_get_value', 'cloudflare_kv_list_keys'];
    const inputOf = (tool: ToolName, more: object): object => ({
      namespace: 'sessions',
      ...more,
      ...(tool === 'cloudflare_kv_get_value' && { key: 'a' }),
    });
    const isAsked = async (tool: ToolName, input: object): Promise<boolean> =>
      (await prepareTool(tool, input, services)).confirmationMessages !== undefined;
    const told = async (tool: ToolName, input: object): Promise<string> => {
      const { token } = new vscode.CancellationTokenSource();
      const { content } = await invokeTool(tool, input, services, token);
      return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
    };

    for (const tool of READS) {
      it(`${tool} reads no account that nobody was asked about`, async () => {
        for (const other of [beta, shop]) {
          sources = [acme, other];
          fails.clear();
          // Two are called so: the call is refused, so nothing is asked.
          assert.equal(await isAsked(tool, inputOf(tool, {})), false);
          fails.add(other.label);
          await assert.rejects(told(tool, inputOf(tool, {})), /did not answer\. Call again/);
          // Gone altogether, as by signing out.
          sources = [acme];
          await assert.rejects(told(tool, inputOf(tool, {})), /The user was not asked about this/);
          assert.equal(await isAsked(tool, inputOf(tool, {})), true);
          assert.match(await told(tool, inputOf(tool, {})), /"side":"remote"/);
        }
      });

      it(`${tool} reads the one that was named beside one that does not answer`, async () => {
        sources = [acme, beta];
        fails.add('Beta');
        const input = inputOf(tool, { namespace: 'id of sessions', source: acme.id });
        await assert.rejects(told(tool, input), /The user was not asked about this/);
        assert.equal(await isAsked(tool, input), true);
        assert.match(await told(tool, input), /"side":"remote"/);
      });
    }

    it('cloudflare_kv_list_namespaces leaves out an account that came later', async () => {
      sources = [shop];
      assert.equal(await isAsked('cloudflare_kv_list_namespaces', {}), false);
      sources = [shop, acme];
      const text = await told('cloudflare_kv_list_namespaces', {});
      assert.match(text, /"not_listed":\[[^\]]*not asked about this account/);
      assert.doesNotMatch(text, /"side":"remote","namespace"/);
      assert.equal(await isAsked('cloudflare_kv_list_namespaces', {}), true);
      assert.match(await told('cloudflare_kv_list_namespaces', {}), /"side":"remote","namespace"/);
    });
  });

  it('is left to the question of the tool itself where something is written', async () => {
    const input = { namespace: 'sessions', source: 'remote', key: 'a' };
    assert.equal(await asked('put_value', { ...input, value: '' }), undefined);
    assert.equal(await asked('delete_key', input), undefined);
  });
});
