import * as vscode from 'vscode';
import { realTiming } from './core/base/timing.ts';
import type { Changes } from './core/change/changes.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import { fileSystemHost } from './fileSystemHost.ts';
import { DocumentHolds } from './fs/documentHolds.ts';
import { entryDocument, valueDocument } from './fs/documentKinds.ts';
import { type DocumentMemory, DocumentRegistry } from './fs/documentRegistry.ts';
import { KeyDocument } from './fs/keyDocument.ts';
import { KeyMoves } from './fs/keyMoves.ts';
import { type KeptKeys, KeysDocument } from './fs/keysDocument.ts';
import { KeysFileSystem } from './fs/keysFileSystem.ts';
import { KvFileSystem } from './fs/kvFileSystem.ts';
import { checkEncoding, hasUnsavedText } from './fs/openDocuments.ts';
import type { SaveState } from './fs/saveState.ts';
import { checkAutomaticKeys, watchSaves } from './fs/saveWatch.ts';
import { targetOf } from './fs/target.ts';
import { watchUnsavedText } from './fs/unsavedText.ts';
import type { KeptVersions } from './fs/versions.ts';
import { CALLED_BY_MESSAGE, commandId, entryScheme, keysScheme, valueScheme } from './ids.ts';
import type { Settings } from './settings.ts';

const commands = () => import('./commands/commands.lazy.ts');

/** Tabs of the last session are restored within this time after a start, in milliseconds. */
const RESTORED_MS = 30_000;

export interface FileSystemsParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly settings: Settings;
  readonly memory: DocumentMemory;
  readonly log: vscode.LogOutputChannel;
}

export interface FileSystems {
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly keys: KeysFileSystem;
  readonly moves: KeyMoves;
  readonly owned: readonly vscode.Disposable[];
}

/** Registers the file systems and creates the registries of their documents. */
export function createFileSystems({ sources, changes, settings, memory, log }: FileSystemsParts): FileSystems {
  const holds = new DocumentHolds();
  const common = { memory, holds, timing: realTiming };
  const keyDocuments = (scheme: string): DocumentRegistry<KeptVersions, KeyDocument> =>
    new DocumentRegistry({
      ...common,
      scheme,
      make(id, kept, onMove) {
        const target = targetOf(vscode.Uri.parse(id, true));
        const get = async () => (await sources.store(target.namespace)).get(target.key);
        return new KeyDocument(target, get, kept, onMove);
      },
    });
  const ofKeys = new DocumentRegistry<KeptKeys, KeysDocument>({
    ...common,
    scheme: keysScheme,
    make: (id, kept, onMove) => new KeysDocument(vscode.Uri.parse(id, true), kept, onMove),
  });
  const moves = new KeyMoves({ sources, changes, holds, hasUnsavedText });
  const host = fileSystemHost(settings, sources, log);
  const parts = { sources, changes, moves, host };
  const values = new KvFileSystem({ ...parts, kind: valueDocument, documents: keyDocuments(valueScheme) });
  const entries = new KvFileSystem({ ...parts, kind: entryDocument, documents: keyDocuments(entryScheme) });
  const keys = new KeysFileSystem({
    sources,
    changes,
    documents: ofKeys,
    host: {
      hasUnsavedText,
      checkDocument({ uri, save }) {
        checkAutomaticKeys(save);
        checkEncoding(uri);
      },
      confirm: async (plan, where) => (await commands()).confirmKeysPlan(plan, where, settings),
      onDidSave: (plan, where, { undo, left }) =>
        void commands()
          .then(({ tellKeysPlan }) => tellKeysPlan(plan, where, { canUndo: undo !== undefined, left }))
          .then((wanted) => {
            if (wanted) void vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, undo);
          }),
    },
  });
  const registries = [values.documents, entries.documents, keys.documents];
  const stateOf = (uri: vscode.Uri): SaveState | undefined => {
    const id = uri.toString();
    if (uri.scheme === valueScheme) return values.documents.obtain(id).save;
    return uri.scheme === entryScheme ? entries.documents.obtain(id).save : keys.documents.find(id)?.save;
  };
  const forgetting = setTimeout(() => {
    for (const registry of registries) registry.forgetClosed();
  }, RESTORED_MS);
  const owned = [
    values,
    entries,
    keys,
    ...registries,
    holds,
    watchSaves(stateOf),
    watchUnsavedText((uri) => [values, entries].map(({ documents }) => documents.find(uri.toString()))),
    registerFileSystem(valueScheme, values),
    registerFileSystem(entryScheme, entries),
    registerFileSystem(keysScheme, keys),
    { dispose: () => clearTimeout(forgetting) },
  ];
  return { values, entries, keys, moves, owned };
}

const registerFileSystem = (scheme: string, provider: vscode.FileSystemProvider): vscode.Disposable =>
  vscode.workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true });
