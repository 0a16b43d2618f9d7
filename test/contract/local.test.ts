import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { describeKvStore } from './kvStore.contract.ts';

describe('local SQLite', () => {
  let folder: string;
  let source: LocalSource;
  const client = new SqliteClient();
  let namespaces = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudflare-kv-'));
    const project = { projectFolder: folder, stateFolder: join(folder, 'state'), label: 'test', configs: [] };
    source = new LocalSource(client, { ...project, problems: [], titles: new Map() });
  });

  after(async () => {
    source.dispose();
    client.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  describeKvStore('local SQLite', async () => source.store(`namespace-${namespaces++}`));
});
