import type { KvStore } from '../../src/core/store.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';

/** The local KV of a project beside the extension's own: somebody else who reads and writes the same state folder. */
export interface LocalStores {
  store(namespaceId: string): KvStore;
  dispose(): void;
}

/** Opens the state folder of the project in this folder; a path below it names a nested project. */
export function openLocalStores(projectFolder: string): LocalStores {
  const client = new SqliteClient();
  const source = new LocalSource(client, {
    projectFolder,
    stateFolder: defaultStateFolder(projectFolder),
    label: 'elsewhere',
    configs: [],
    problems: [],
    titles: new Map(),
  });
  return {
    store: (namespaceId) => source.store(namespaceId),
    dispose: () => {
      source.dispose();
      client.dispose();
    },
  };
}
