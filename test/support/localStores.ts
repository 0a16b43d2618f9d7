import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { SqliteWriter } from '../../src/local/sqliteWriter.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';

/** The local KV of a project from outside the extension, as another program that uses the same state folder. */
export interface LocalStores {
  store(namespaceId: string): KvStore;
  /** Writes in the same way but without KV's limits, for example an entry with a few seconds left. */
  putUnchecked(namespaceId: string, entry: KvEntry): Promise<void>;
  dispose(): void;
}

/** Opens the state folder of the project in this folder. */
export function openLocalStores(projectFolder: string): LocalStores {
  const client = new SqliteClient();
  const source = new LocalSource(client, {
    projectFolder,
    stateFolder: defaultStateFolder(projectFolder),
    name: 'elsewhere',
    label: 'elsewhere',
    configs: [],
    problems: [],
    titles: new Map(),
  });
  return {
    store: (namespaceId) => source.store(namespaceId),
    async putUnchecked(namespaceId, entry) {
      const writer = new SqliteWriter(client, async () => source.state.filesOf(namespaceId));
      const { failed } = await writer.put([entry], { durable: true });
      if (failed[0]) {
        throw failed[0].error;
      }
    },
    dispose: () => {
      source.dispose();
      client.dispose();
    },
  };
}
