import type { KvStore } from '../../src/core/store/store.ts';
import { validated } from '../../src/core/store/wrappers/validated.ts';
import type { DevServers } from '../../src/local/explorer/devServers.ts';
import { ExplorerStore } from '../../src/local/explorer/explorerStore.ts';
import { ExplorerWriter } from '../../src/local/explorer/explorerWriter.ts';
import { NamespaceLink } from '../../src/local/explorer/namespaceLink.ts';
import { witnessIn } from '../../src/local/explorer/witness.ts';
import type { LocalSource } from '../../src/local/localSource.ts';
import { servedProject } from '../../src/local/servedProject.ts';
import { Serving } from '../../src/local/serving/serving.ts';
import type { SqliteClient } from '../../src/local/sqlite/client.ts';

/** One namespace of a project whose dev server runs, with all access over HTTP, as if the editor had no SQLite. */
export function explorerStore(
  id: string,
  { source, servers, client }: { source: LocalSource; servers: DevServers; client: SqliteClient },
): KvStore {
  const project = () => servedProject(source.project);
  const link = new NamespaceLink(id, async () => source.state.filesOf(id), {
    servers,
    project,
    serving: new Serving({ servers, state: source.state, project }),
    witness: witnessIn(client),
    onDidChange: () => {},
  });
  const connect = async () => await link.connect();
  return validated(new ExplorerStore(connect, new ExplorerWriter(connect)));
}
