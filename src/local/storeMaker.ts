import type { KvStore } from '../core/store/store.ts';
import { movedInFiles } from './explorer/comparison.ts';
import type { DevServers } from './explorer/devServers.ts';
import { ExplorerStore } from './explorer/explorerStore.ts';
import { ExplorerWriter } from './explorer/explorerWriter.ts';
import { type LinkParts, NamespaceLink } from './explorer/namespaceLink.ts';
import { witnessIn } from './explorer/witness.ts';
import { ReadsElsewhere } from './readsElsewhere.ts';
import { GuardedFiles } from './serving/guardedFiles.ts';
import type { ServedProject } from './serving/ownership.ts';
import type { Serving } from './serving/serving.ts';
import type { SqliteClient } from './sqlite/client.ts';
import type { NamespaceFiles } from './sqlite/protocol.ts';
import { SqliteStore } from './sqliteStore.ts';
import { SqliteWriter } from './sqliteWriter.ts';
import { SwitchingWriter, type Ways } from './switchingWriter.ts';

export interface StoreMakerParts {
  readonly client: SqliteClient;
  readonly servers: DevServers;
  readonly project: () => ServedProject;
  readonly serving: Serving;
  /** The database that a running dev server keeps locked. */
  readonly lock: string;
  /** Called when a dev server was found to use the state folder, or has gone. */
  readonly onDidFindOrLose: () => void;
}

/** Makes the stores of one state folder. Stores of one namespace share what is known of its dev server. */
export class StoreMaker {
  readonly #client: SqliteClient;
  readonly #parts: LinkParts;
  readonly #links = new Map<string, NamespaceLink>();

  readonly #serving: Serving;
  readonly #lock: string;

  constructor({ client, servers, project, serving, lock, onDidFindOrLose }: StoreMakerParts) {
    this.#client = client;
    this.#serving = serving;
    this.#lock = lock;
    this.#parts = { servers, project, serving, witness: witnessIn(client), onDidChange: onDidFindOrLose };
  }

  /** The store reads from the files, and writes to them or, while a dev server runs, through that. */
  make(id: string, locate: () => Promise<NamespaceFiles>, onDidWrite: (keys: readonly string[]) => void): KvStore {
    const client = this.#client;
    const link = this.#link(id, locate);
    const connect = async () => await link.connect();
    const ways: Ways = {
      files: new GuardedFiles(new SqliteWriter(client, locate), this.#serving, this.#lock),
      server: new ExplorerWriter(connect, movedInFiles(client, locate)),
      isServerFirst: () => link.isProved,
      serverClosed: () => link.forget(),
      mayOpenSoon: async () => await link.mayOpenSoon(),
      takeLeftovers: () => link.takeLeftovers(),
      keepLeftovers: (keys) => link.keepLeftovers(keys),
    };
    const writer = new SwitchingWriter(ways, this.#parts.servers.patience);
    const store = new SqliteStore({ client, locate, writer, onDidWrite });
    return new ReadsElsewhere(store, new ExplorerStore(connect, writer));
  }

  #link(id: string, locate: () => Promise<NamespaceFiles>): NamespaceLink {
    const known = this.#links.get(id);
    if (known !== undefined) return known;
    const link = new NamespaceLink(id, locate, this.#parts);
    this.#links.set(id, link);
    return link;
  }
}
