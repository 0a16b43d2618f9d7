import { join } from 'node:path';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { DevServer, registryIn, writeDevProject } from '../support/devServer.ts';
import { explorerStore } from '../support/explorerStore.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { describeKvStore } from './kvStore.contract.ts';

/** Namespaces that the Worker binds, one for each store that the suites make. */
const NAMESPACES = 140;
/** The Explorer reads eight keys at once and writes 100 in a request; beside it, SQLite reads 250. */
const slow = { histories: 10, reads: 70, writes: 260 };

describe('a running wrangler dev', () => {
  let local: LocalFolder;
  let dev: DevServer;
  let servers: DevServers;
  let source: LocalSource;
  let used = 0;
  const next = (): string => `namespace-${used++}`;

  before(async () => {
    local = localFolder();
    const names = Array.from({ length: NAMESPACES }, (_, i) => [`KV_${i}`, `namespace-${i}`] as const);
    writeDevProject(local.folder, { bindings: Object.fromEntries(names) });
    dev = await DevServer.start(local.folder);
    servers = new DevServers({ ports: () => [dev.port], usualPorts: [], registry: registryIn(local.folder) });
    const configs = [await readWranglerConfig(join(local.folder, 'wrangler.jsonc'))];
    source = new LocalSource(local.client, { ...local.source.project, configs }, servers);
  });
  after(async () => {
    source?.dispose();
    servers?.dispose();
    await dev?.stop();
    local.dispose();
  });

  /* Everything over HTTP, as where the editor has no SQLite. */
  describeKvStore('the Explorer', async () => explorerStore(next(), { source, servers, client: local.client }), slow);

  describeKvStore('local SQLite beside a dev server', async () => source.store(next()), {
    ...slow,
    reads: 520,
    writes: 560,
  });
});
