import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { toolNames } from '../../src/ids.ts';
import { useAccount } from './account.ts';
import { assertLifetime, freshKey, inSeconds, run, testNamespace, withSettings } from './support.ts';
import { type Asked, WindowSpy } from './windowSpy.ts';

/** A longer result is written to a file by VS Code, and the model is told to read that. */
const MAX_RESULT_BYTES = 8000;
const writing = { 'cloudflareKv.tools.write': true };

/** Runs a tool as any extension may; gives what the model reads. */
async function invoke(name: string, input: object) {
  const { content } = await vscode.lm.invokeTool(`cloudflare_kv_${name}`, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart && content.length === 1);
  assert.ok(Buffer.byteLength(part.value) <= MAX_RESULT_BYTES);
  return JSON.parse(part.value);
}

const refused = async (name: string, input: object, ...says: readonly RegExp[]): Promise<void> => {
  const error: unknown = await invoke(name, input).then(
    (result) => assert.fail(JSON.stringify(result)),
    (reason: unknown) => reason,
  );
  for (const text of says) assert.match(String(error), text);
};

describe('tools for language models', () => {
  const kv = testNamespace('host-tools');
  const {
    namespace: { source, id },
  } = kv;
  const where = { namespace: id, source };
  let spy: WindowSpy;
  before(() => kv.put('there', 'value'));
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());
  const agree = (): void => {
    spy.answer = ({ items }) => items[0];
  };
  const theQuestion = (): Asked => {
    assert.equal(spy.asked.length, 1, JSON.stringify(spy.asked));
    return spy.asked[0] ?? assert.fail();
  };

  it('are those of the manifest, each with a schema of its parameters', () => {
    const ours = vscode.lm.tools.filter(({ name }) => name.startsWith('cloudflare_kv_'));
    assert.deepEqual(ours.map(({ name }) => name).sort(), [...toolNames].sort());
    for (const { inputSchema } of ours) assert.ok(inputSchema);
  });

  describe('that read', () => {
    it('list namespaces with what the other tools take', async () => {
      const { namespaces, complete } = await invoke('list_namespaces', {});
      const sessions = namespaces.find(({ namespace }: { namespace: string }) => namespace === 'SESSIONS');
      assert.deepEqual([sessions.side, sessions.source_name, complete], ['local', 'shop', true]);
      const { keys, side } = await invoke('list_keys', { namespace: sessions.id, source: sessions.source });
      assert.ok(keys.length > 0);
      assert.equal(side, 'local');
    });

    it('give a value as it is, with what belongs to it', async () => {
      const key = freshKey();
      const expiration = inSeconds(3600);
      await kv.put(key, '{ "a": 1.10 }', { metadata: { by: 'anna' }, expiration });
      const { uri, ...result } = await invoke('get_value', { ...where, key });
      assert.deepEqual(result, {
        side: 'local',
        namespace: id,
        id,
        source,
        source_name: result.source_name,
        key,
        found: true,
        kind: 'json',
        bytes: 13,
        value: { a: 1.1 },
        metadata: { by: 'anna' },
        expires: new Date(expiration * 1000).toISOString().replace('.000Z', 'Z'),
      });
      assert.equal(uri, kv.uri(key).toString());
    });

    it('say that there is no such key', async () => {
      const { found, side } = await invoke('get_value', { ...where, key: 'missing' });
      assert.deepEqual([found, side], [false, 'local']);
    });

    it('list keys page by page', async () => {
      const prefix = `${freshKey('paged')}:`;
      await kv.foreign.putMany(Array.from({ length: 120 }, (_, at) => ({ key: prefix + at, value: Buffer.from('') })));
      const first = await invoke('list_keys', { ...where, prefix });
      const second = await invoke('list_keys', { ...where, prefix, cursor: first.cursor });
      assert.deepEqual([first.keys.length, second.keys.length, second.complete], [100, 20, true]);
    });

    it('refuse what they do not know, by name, and what is not there', async () => {
      await refused('get_value', { wrong: 5 }, /no parameter "wrong": this tool takes namespace, source, key/);
      await refused('get_value', { namespace: id }, /"key" must be given/);
      await refused(
        'list_keys',
        { namespace: 'nowhere' },
        /no KV namespace "nowhere"/,
        /cloudflare_kv_list_namespaces/,
      );
      await refused('list_namespaces', { cursor: 'x' }, /"cursor" must be/);
    });

    it('ask nothing and tell nothing', async () => {
      await invoke('get_value', { ...where, key: 'there' });
      assert.deepEqual(spy.asked, []);
    });
  });

  describe('that write', () => {
    it('are off until the setting lets them', async () => {
      agree();
      for (const [tool, input] of [
        ['put_value', { ...where, key: 'there', value: 'x' }],
        ['delete_key', { ...where, key: 'there' }],
      ] as const) {
        await refused(tool, input, /cloudflareKv\.tools\.write/, /Tell the user/);
      }
      assert.deepEqual(spy.asked, []);
      assert.equal((await kv.get('there'))?.value, 'value');
    });

    it('ask with what changes, write, and name the way back', async () => {
      const key = freshKey();
      await kv.put(key, 'before', { metadata: { by: 'anna' }, expiration: inSeconds(7200) });
      agree();
      await withSettings(writing, async () => {
        const { undo, ...result } = await invoke('put_value', { ...where, key, value: 'first\nsecond\u202e\n' });
        assert.deepEqual([result.written, result.side, result.key], [true, 'local', key]);
        const { text, detail = '', items } = theQuestion();
        assert.match(text, new RegExp(`^Write “${key}” to host-tools \\(local, shop\\)\\?$`));
        assert.deepEqual(items, ['Write 1 Key']);
        for (const says of [
          'A language model or an extension asks for this.',
          'Stored now: Text, 6 bytes.',
          'To be written: Text, 16 bytes.',
          '    first\n    second[U+202E]',
          'It expires: ',
          'Metadata: {"by":"anna"}',
          'You can undo this for 7 days.',
        ]) {
          assert.ok(detail.includes(says), `${says} in ${detail}`);
        }
        const written = await kv.get(key);
        assert.deepEqual([written?.value, written?.metadata], ['first\nsecond\u202e\n', { by: 'anna' }]);
        const [, undoId] = /cloudflareKv\.undo with \{ "id": "([^"]+)" \}/.exec(undo) ?? assert.fail(undo);
        await run('undo', { id: undoId, confirm: true });
        assert.equal((await kv.get(key))?.value, 'before');
      });
    });

    it('take metadata and a lifetime, and null for none', async () => {
      const key = freshKey();
      agree();
      await withSettings(writing, async () => {
        const start = inSeconds(0);
        await invoke('put_value', { ...where, key, value: '', expiration_ttl: 3600, metadata: { v: 0 } });
        assert.match(spy.asked[0]?.detail ?? '', /There is no such key now\./);
        const first = await kv.get(key);
        assert.deepEqual([first?.value, first?.metadata], ['', { v: 0 }]);
        assertLifetime(first?.expiration, 3600, start);
        await invoke('put_value', { ...where, key, value: '', expiration_ttl: null, metadata: null });
        assert.match(spy.asked[1]?.detail ?? '', /It never expires\.\nIts metadata is removed\./);
        assert.deepEqual(await kv.get(key), { value: '' });
      });
    });

    it('delete, and name the way back', async () => {
      const key = freshKey();
      await kv.put(key, 'gone');
      agree();
      await withSettings(writing, async () => {
        const { undo, deleted } = await invoke('delete_key', { ...where, key });
        assert.equal(deleted, true);
        const { text, items } = theQuestion();
        assert.match(text, new RegExp(`^Delete “${key}” from host-tools \\(local, shop\\)\\?$`));
        assert.deepEqual(items, ['Delete 1 Key']);
        assert.equal(await kv.get(key), undefined);
        await run('undo', { id: /"id": "([^"]+)"/.exec(undo)?.[1], confirm: true });
        assert.equal((await kv.get(key))?.value, 'gone');
      });
    });

    it('write nothing when the user declines, which is no error', async () => {
      await withSettings(writing, async () => {
        for (const [tool, input, done] of [
          ['put_value', { ...where, key: 'there', value: 'x' }, 'written'],
          ['delete_key', { ...where, key: 'there' }, 'deleted'],
        ] as const) {
          const result = await invoke(tool, input);
          assert.equal(result[done], false);
          assert.match(result.reason, /The user declined\. Do not try again/);
        }
        assert.equal(spy.asked.length, 2);
        assert.equal((await kv.get('there'))?.value, 'value');
      });
    });

    it('ask nothing where nothing changes: what is local is told anyway', async () => {
      agree();
      await withSettings(writing, async () => {
        const same = await invoke('put_value', { ...where, key: 'there', value: 'value' });
        assert.deepEqual([same.written, same.reason], [false, 'The key is exactly so already.']);
        const gone = await invoke('delete_key', { ...where, key: 'missing' });
        assert.deepEqual([gone.deleted, gone.reason], [false, 'There is no such key.']);
        assert.deepEqual(spy.asked, []);
      });
    });

    it('leave alone what was changed while the question was open', async () => {
      const key = freshKey();
      await withSettings(writing, async () => {
        for (const [tool, more] of [
          ['put_value', { value: 'mine' }],
          ['delete_key', {}],
        ] as const) {
          await kv.put(key, 'before');
          spy.answer = async ({ items }) => {
            await kv.put(key, 'newer');
            return items[0];
          };
          await refused(tool, { ...where, key, ...more }, /changed elsewhere while the user was asked/);
          assert.equal((await kv.get(key))?.value, 'newer');
        }
      });
    });

    it('refuse what KV would, before anybody is asked', async () => {
      agree();
      const key = freshKey();
      await kv.put(key, 'short');
      kv.expireIn(key, 30);
      await withSettings(writing, async () => {
        await refused('put_value', { ...where, key, value: 'x' }, /at least 60/);
        await refused('put_value', { ...where, key: 'there', value: 'x', metadata: 'm'.repeat(1100) }, /metadata/);
        await refused('put_value', { ...where, key: 'there', value: 'x', expiration_ttl: 5 }, /"expiration_ttl"/);
        assert.deepEqual(spy.asked, []);
      });
    });

    it('refuse a namespace that is read-only', async () => {
      agree();
      await run('toggleReadOnly', { namespace: kv.namespace });
      try {
        await withSettings(writing, async () => {
          await refused('put_value', { ...where, key: 'there', value: 'x' }, /read-only/);
          await refused('delete_key', { ...where, key: 'there' }, /read-only/);
        });
      } finally {
        await run('toggleReadOnly', { namespace: kv.namespace });
      }
      assert.deepEqual(spy.asked, []);
    });
  });

  describe('on an account', () => {
    const account = useAccount('told');
    before(() => run('putKey', { namespace: account.namespace, key: 'secret', value: 's' }));

    // In tests VS Code answers its own confirmation, with yes.
    it('read, and say that it is remote', async () => {
      const { namespaces } = await invoke('list_namespaces', { source: 'remote' });
      assert.deepEqual(
        namespaces.map(({ namespace, side }: { namespace: string; side: string }) => [namespace, side]),
        [['told', 'remote']],
      );
      const { side, value } = await invoke('get_value', { namespace: 'told', key: 'secret' });
      assert.deepEqual([side, value], ['remote', 's']);
      assert.deepEqual((await invoke('list_keys', { namespace: 'told' })).keys, [{ key: 'secret' }]);
    });

    it('ask before each write, whatever the settings of commands say', async () => {
      await withSettings({ ...writing, 'cloudflareKv.remote.confirmWrites': 'never' }, async () => {
        const declined = await invoke('put_value', { namespace: 'told', key: 'secret', value: 'x' });
        assert.equal(declined.written, false);
        agree();
        const { undo } = await invoke('put_value', { namespace: 'told', key: 'secret', value: 'new' });
        assert.match(undo, /cloudflareKv\.undo/);
        assert.equal(spy.asked.length, 2);
        assert.match(spy.asked[1]?.text ?? '', /^Write “secret” to told \(.+\)\?$/);
        assert.match(spy.asked[1]?.detail ?? '', /1 write: under 1% of the free plan’s day/);
        assert.equal((await invoke('get_value', { namespace: 'told', key: 'secret' })).value, 'new');
      });
    });

    // Whether a key is there, and whether it is exactly so, would tell what a read asks for.
    it('tell nothing of a key, where there is nothing to write, before somebody has agreed', async () => {
      await run('putKey', { namespace: account.namespace, key: 'same', value: 's' });
      await withSettings(writing, async () => {
        for (const [tool, input, done, question, stored, reason] of [
          ['put_value', { key: 'same', value: 's' }, 'written', /^Write “same”/, 'Stored now: Text', /exactly so/],
          ['delete_key', { key: 'none' }, 'deleted', /^Delete “none”/, 'There is no such key now.', /no such key/],
        ] as const) {
          spy.asked.length = 0;
          spy.answer = () => undefined;
          const declined = await invoke(tool, { namespace: 'told', ...input });
          assert.match(declined.reason, /The user declined/);
          agree();
          const agreed = await invoke(tool, { namespace: 'told', ...input });
          assert.equal(agreed[done], false);
          assert.match(agreed.reason, reason);
          assert.equal(spy.asked.length, 2);
          for (const { text, detail = '' } of spy.asked) {
            assert.match(text, question);
            assert.ok(detail.includes(stored), detail);
            assert.ok(detail.endsWith('Nothing changes; whoever asks is told so.'), detail);
          }
        }
      });
    });

    it('refuse what KV would at once only where that hangs on nothing stored', async () => {
      const { id: plain, keys } = account.server.createPlainNamespace('plain');
      await keys.put({ key: 'soon', expiration: inSeconds(30) }, Buffer.from('s'));
      await run('refresh', {});
      agree();
      await withSettings(writing, async () => {
        const input = { namespace: plain, key: 'soon', value: 'x' };
        await refused('put_value', { ...input, metadata: 'm'.repeat(1100) }, /metadata/);
        assert.deepEqual(spy.asked, []);
        await refused('put_value', input, /at least 60/);
        assert.equal(spy.asked.length, 1);
      });
    });
  });
});
