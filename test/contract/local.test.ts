import { validated } from '../../src/core/store/wrappers/validated.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { describeKvStore } from './kvStore.contract.ts';

describe('local SQLite', () => {
  let local: LocalFolder;
  let namespaces = 0;

  before(() => {
    local = localFolder();
  });
  after(() => local.dispose());

  describeKvStore('local SQLite', async () => local.source.store(`namespace-${namespaces++}`));
});

/* What tests of the domain stand on does as the stores do that it stands for. */
describeKvStore('the memory store of tests', async () => validated(new MemoryStore()));
