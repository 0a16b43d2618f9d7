import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevServers, type DevServersOptions } from '../../src/local/explorer/devServers.ts';
import type { LocalProject } from '../../src/local/localProject.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { silentSystem } from '../../src/local/serving/system.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';

/** A project in its own temporary folder, with the source of its local KV. */
export interface LocalFolder {
  readonly folder: string;
  readonly source: LocalSource;
  readonly client: SqliteClient;
  /** Removes the folder and stops the thread. */
  dispose(): void;
}

/** By default, knows no ports and none of the developer's dev servers, and waits for none. */
export function localFolder(
  project: Partial<LocalProject> = {},
  parent = tmpdir(),
  options: DevServersOptions = {},
): LocalFolder {
  const folder = mkdtempSync(join(parent, 'cloudflare-kv-'));
  const client = new SqliteClient();
  const servers = new DevServers({
    usualPorts: [],
    system: silentSystem,
    registry: join(folder, 'registry'),
    patience: { singleMs: 0, bulkMs: 0 },
    ...options,
  });
  const source = new LocalSource(
    client,
    {
      projectFolder: folder,
      stateFolder: defaultStateFolder(folder),
      name: 'test',
      label: 'test',
      configs: [],
      problems: [],
      titles: new Map(),
      ...project,
    },
    servers,
  );
  return {
    folder,
    source,
    client,
    dispose: () => {
      source.dispose();
      servers.dispose();
      client.dispose();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
