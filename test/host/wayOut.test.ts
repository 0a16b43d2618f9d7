import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { registryPlaces } from '../../src/local/explorer/registry.ts';
import { KeyNode, type NamespaceNode } from '../../src/tree/nodes.ts';
import { DevServer, registryEnv, writeDevProject } from '../support/devServer.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import {
  closeEditors,
  expectFsError,
  extension,
  foreignSource,
  inSeconds,
  run,
  type TestNamespace,
  testNamespace,
  withSettings,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const BUTTON = 'Use That Folder';
const LINK = /\[Use That Folder\]\(command:([\w.]+)\?([^)]*)\)$/;

/** The server's process tells where its data lies, where the system lets it be asked. */
describe('a write where the running Worker keeps its data elsewhere', () => {
  const folder = join(workspace, 'packages', 'moved');
  let persisted: string;
  let server: DevServer;
  let kv: TestNamespace;
  let spy: WindowSpy;
  let row: NamespaceNode;

  const setting = (): unknown => vscode.workspace.getConfiguration('cloudflareKv').get('local.stateFolders');
  const withoutFolder = (work: () => Promise<void>) => withSettings({ 'cloudflareKv.local.stateFolders': [] }, work);

  before(async function () {
    if (process.platform !== 'linux') this.skip();
    writeDevProject(folder, { name: 'moved', bindings: { MOVED: 'moved' } });
    const source = foreignSource(folder);
    kv = testNamespace('moved', source);
    for (const key of ['a', 'b', 'c']) await kv.put(key, `value of ${key}`);
    await run('refresh', {});
    await eventually(async () => {
      const listed = await extension().exports.namespaces();
      assert.ok(listed.some((one) => one.source === source.id));
    });
    row = namespaceNode(new MemoryStore());
    row.namespace = { ...row.namespace, ...kv.namespace };
    persisted = mkdtempSync(join(tmpdir(), 'cloudflare-kv-persisted-'));
    const [registry = assert.fail()] = registryPlaces().folders;
    const env = { ...registryEnv(registry), WRANGLER_LOG_PATH: join(persisted, 'logs') };
    server = await DevServer.start(folder, { args: ['--persist-to', persisted], env });
  });
  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    if (persisted) rmSync(persisted, { recursive: true, force: true, maxRetries: 10 });
    await run('refresh', {});
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const rows = (...keys: string[]): KeyNode[] => keys.map((key) => new KeyNode(row, { name: key }, key));
  const press = (): void => {
    spy.answer = ({ items, detail }) => (items.includes(BUTTON) ? BUTTON : detail === undefined ? undefined : items[0]);
  };
  /** Follows the link at the end of a message that VS Code shows by itself. */
  const follow = async ({ message }: Error): Promise<void> => {
    const [, command = '', argument = ''] = LINK.exec(message) ?? assert.fail(message);
    await vscode.commands.executeCommand(command, ...JSON.parse(decodeURIComponent(argument)));
  };
  const refused = async (write: Thenable<unknown>): Promise<Error> => {
    let refusal: Error | undefined;
    await expectFsError(
      Promise.resolve(write).catch((error: Error) => {
        refusal = error;
        throw error;
      }),
      'Unavailable',
      LINK,
    );
    return refusal ?? assert.fail();
  };

  it('of one key offers that folder', async () => {
    await withoutFolder(async () => {
      spy.answer = (asked) => (asked.how === 'showInputBox' ? 'renamed' : asked.items.find((item) => item === BUTTON));
      await run('renameKey', rows('a')[0], rows('a'));
      const [told] = spy.asked.filter(({ how }) => how === 'showErrorMessage');
      assert.deepEqual(told?.items, [BUTTON]);
      await eventually(() => assert.deepEqual(setting(), [persisted]));
    });
  });

  it('can be made in that folder then, which shows the namespaces of the project', async () => {
    await withoutFolder(async () => {
      spy.answer = (asked) => (asked.how === 'showInputBox' ? 'renamed' : asked.items.find((item) => item === BUTTON));
      await run('renameKey', rows('a')[0], rows('a'));
      const there = await eventually(async () => {
        const listed = await extension().exports.namespaces();
        const found = listed.find(({ source, title }) => title === 'MOVED' && source !== kv.namespace.source);
        return found ?? assert.fail(JSON.stringify(listed.map(({ title }) => title)));
      });
      await run('putKey', { namespace: there, key: 'k', value: 'for the Worker' });
      const found = await foreignSource(folder, persisted).store('moved').get('k');
      assert.equal(Buffer.from(found?.value ?? []).toString(), 'for the Worker');
    });
  });

  it('of many keys offers it too', async () => {
    await withoutFolder(async () => {
      press();
      await run('deleteKeys', rows('a')[0], rows('a', 'b'));
      const told = spy.asked.find(({ items }) => items.includes(BUTTON));
      assert.equal(told?.how, 'showWarningMessage');
      await eventually(() => assert.deepEqual(setting(), [persisted]));
      assert.equal((await kv.get('a'))?.value, 'value of a');
    });
  });

  it('by the save of a document has it as a link', async () => {
    await withoutFolder(async () => {
      await follow(await refused(vscode.workspace.fs.writeFile(kv.uri('a'), Buffer.from('other'))));
      await eventually(() => assert.deepEqual(setting(), [persisted]));
    });
    await withoutFolder(async () => {
      const entry = JSON.stringify({ expiration: inSeconds(7200) });
      await follow(await refused(vscode.workspace.fs.writeFile(kv.entryUri('a'), Buffer.from(entry))));
      await eventually(() => assert.deepEqual(setting(), [persisted]));
    });
  });

  it('by the save of a document of many keys as well', async () => {
    await withoutFolder(async () => {
      press();
      const { uri } = await run<{ uri: vscode.Uri }>('editKeys', { namespace: kv.namespace, keys: ['b', 'c'] });
      const text = JSON.stringify({ b: { value: 'other' }, c: { value: 'other' } });
      await follow(await refused(vscode.workspace.fs.writeFile(uri, Buffer.from(text))));
      await eventually(() => assert.deepEqual(setting(), [persisted]));
    });
  });
});
