import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { CloudflareKvApi } from '../../api.d.ts';
import type { KvErrorKind } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';
import { eventually } from '../support/eventually.ts';
import { dataFolderVariable } from '../vscodeHost/server.ts';

/** The folder that is open: a copy of the sample project. */
export const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';

/** The extension under test. */
export function extension(): vscode.Extension<CloudflareKvApi> {
  const found = vscode.extensions.all.find(({ packageJSON }) => packageJSON.name === 'cloudflare-kv');
  assert.ok(found);
  return found;
}

/** A namespace of a test file's own, seen from both sides: the extension's and somebody else's. */
export interface TestNamespace {
  /** As commands take it. */
  readonly namespace: { readonly source: string; readonly id: string };
  /** A second reader and writer of the same files, which the extension hears nothing of. */
  readonly foreign: KvStore;
  uri(key: string): vscode.Uri;
  entryUri(key: string): vscode.Uri;
  /** Writes behind the extension's back. */
  put(key: string, value: string | Uint8Array, extras?: Pick<KvEntry, 'metadata' | 'expiration'>): Promise<void>;
  /** What is stored now, its value as text. */
  get(key: string): Promise<{ value: string; metadata?: unknown; expiration?: number } | undefined>;
  /** Gives a key a lifetime that no writer accepts. */
  expireIn(key: string, seconds: number): void;
  /** Leaves the key listed, with a value that nobody can read. */
  makeUnreadable(key: string): void;
  /** Absolute paths of the namespace's files. */
  readonly files: { readonly database: string; readonly blobs: string };
}

const clients: SqliteClient[] = [];
before(async () => {
  await extension().activate();
});
after(() => {
  for (const client of clients) client.dispose();
});

/** Somebody else's view of a project's local KV. */
export function foreignSource(projectFolder = workspace, stateFolder = defaultStateFolder(projectFolder)): LocalSource {
  const client = new SqliteClient(join(extension().extensionPath, 'dist', 'sqliteWorker.cjs'));
  clients.push(client);
  return new LocalSource(client, {
    projectFolder,
    stateFolder,
    name: 'test',
    label: 'test',
    configs: [],
    problems: [],
    titles: new Map(),
  });
}

export function testNamespace(id: string, source = foreignSource()): TestNamespace {
  const namespace = { source: source.id, id };
  const foreign = source.store(id);
  const files = source.state.filesOf(id);
  return {
    namespace,
    foreign,
    files,
    uri: (key) => extension().exports.valueUri(namespace, key),
    entryUri: (key) => extension().exports.entryUri(namespace, key),
    put: (key, value, extras) => foreign.put({ key, value: Buffer.from(value), ...extras }),
    async get(key) {
      const entry = await foreign.get(key);
      if (!entry) return undefined;
      const { key: _, value, ...extras } = entry;
      return { value: Buffer.from(value).toString('utf8'), ...extras };
    },
    makeUnreadable(key) {
      const database = openDatabase(files.database);
      const row = database.prepare('SELECT blob_id FROM _mf_entries WHERE key = ?').get(key);
      database.close();
      const blob = join(files.blobs, String(row?.blob_id));
      rmSync(blob);
      mkdirSync(blob);
    },
    expireIn(key, seconds) {
      const database = openDatabase(files.database);
      try {
        const expiration = Date.now() + seconds * 1000;
        const { changes } = database
          .prepare('UPDATE _mf_entries SET expiration = ? WHERE key = ?')
          .run(Math.round(expiration), key);
        assert.equal(changes, 1);
      } finally {
        database.close();
      }
    },
  };
}

/** Opens or makes a database that the extension may be looking at; what it does waits until it can. */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 10000');
  return database;
}

/** Removes a folder, though somebody who reads a database in it may make files beside it at the same moment. */
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 20 });

/** A folder of the extension's global storage. */
export const globalStorage = (folder: string): string =>
  join(process.env[dataFolderVariable] ?? '', 'data', 'User', 'globalStorage', extension().id, folder);

/** The files of an undo backup. */
export const backupFiles = (id: string | undefined): string[] =>
  globSync(`${id}.*.ndjson`, { cwd: globalStorage('journal') }).map((file) => join(globalStorage('journal'), file));

/** A key that no other test uses. */
export const freshKey = (name = 'key'): string => `${name}-${randomUUID().slice(0, 8)}`;

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Asserts that a lifetime of so many seconds was given since `start` (in Unix seconds), however long it took. */
export function assertLifetime(expiration: number | undefined, seconds: number, start: number): void {
  assert.ok(expiration !== undefined);
  // A minute is given as a little more, or it would be too short when it arrives.
  const [earliest, latest] = [start + seconds, inSeconds(seconds) + 5];
  assert.ok(earliest <= expiration && expiration <= latest, `${earliest} ≤ ${expiration} ≤ ${latest}`);
}

/** Runs one of our commands by its short name. */
export const run = <T>(name: string, ...args: readonly unknown[]): Thenable<T> =>
  vscode.commands.executeCommand<T>(`cloudflareKv.${name}`, ...args);

/** Opens a document in an editor and waits until it has its language and encoding. */
export async function open(uri: vscode.Uri): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: false });
  await eventually(() => {
    assert.notEqual(document.languageId, 'plaintext');
    assert.match(document.encoding, /^utf8/);
  });
  return document;
}

/**
 * Replaces the text of a document as typing does: it is dirty afterwards. An edit that was made for a version which the
 * workbench has just left, because it read the document anew, is refused and made again.
 */
export async function type(document: vscode.TextDocument, text: string): Promise<void> {
  await eventually(async () => {
    const edit = new vscode.WorkspaceEdit();
    const end = document.lineAt(document.lineCount - 1).range.end;
    edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), end), text);
    assert.ok(await vscode.workspace.applyEdit(edit));
  });
}

/** Closes every editor; unsaved text is thrown away. */
export async function closeEditors(): Promise<void> {
  const tabs = (): readonly vscode.Tab[] => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  // What is closed goes from the tabs a moment later, and what was opened last may come so.
  await eventually(async () => {
    for (let attempt = 0; attempt < 50 && tabs().length > 0; attempt++) {
      const { activeTabGroup } = vscode.window.tabGroups;
      if (activeTabGroup.tabs.length === 0) await vscode.commands.executeCommand('workbench.action.focusNextGroup');
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
    assert.deepEqual(
      tabs().map(({ label }) => label),
      [],
    );
  });
}

/** Runs something with user settings changed, by their full names. */
export async function withSettings(settings: Readonly<Record<string, unknown>>, work: () => Promise<void>) {
  const update = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
    for (const [name, value] of Object.entries(values)) {
      await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
    }
  };
  const before = Object.fromEntries(
    Object.keys(settings).map((name) => [name, vscode.workspace.getConfiguration().inspect(name)?.globalValue]),
  );
  try {
    await update(settings);
    await work();
  } finally {
    await update(before);
  }
}

/** Asserts that something rejects with a KvError of this kind, and what its message says. */
export async function expectKvError(
  work: PromiseLike<unknown>,
  kind: KvErrorKind,
  ...says: readonly (string | RegExp)[]
): Promise<void> {
  await expectError(work, says, (error) => assert.equal(Reflect.get(error, 'kind'), kind, error.message));
}

/** Asserts that something rejects with a `FileSystemError` of this code, and what its message says. */
export async function expectFsError(
  work: PromiseLike<unknown>,
  code: string,
  ...says: readonly (string | RegExp)[]
): Promise<void> {
  await expectError(work, says, (error) => {
    assert.ok(error instanceof vscode.FileSystemError, String(error));
    assert.equal(error.code, code, error.message);
  });
}

async function expectError(
  work: PromiseLike<unknown>,
  says: readonly (string | RegExp)[],
  check: (error: Error) => void,
): Promise<void> {
  const error: unknown = await Promise.resolve(work).then(
    (result) => assert.fail(`resolved to ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.ok(!(error instanceof assert.AssertionError), error.message);
  check(error);
  for (const text of says) assert.match(error.message, typeof text === 'string' ? literally(text) : text);
}

const literally = (text: string): RegExp => new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
