import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalProject } from '../../src/local/localSource.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';

/** A project folder of its own with the source of its local KV, in the folder of temporary files. */
export interface LocalFolder {
  readonly folder: string;
  readonly source: LocalSource;
  readonly client: SqliteClient;
  /** Removes the folder and stops the thread. */
  dispose(): void;
}

export function localFolder(project: Partial<LocalProject> = {}, parent = tmpdir()): LocalFolder {
  const folder = mkdtempSync(join(parent, 'cloudflare-kv-'));
  const client = new SqliteClient();
  const source = new LocalSource(client, {
    projectFolder: folder,
    stateFolder: defaultStateFolder(folder),
    label: 'test',
    configs: [],
    problems: [],
    titles: new Map(),
    ...project,
  });
  return {
    folder,
    source,
    client,
    dispose: () => {
      source.dispose();
      client.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
