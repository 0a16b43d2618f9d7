import { type LocalFolder, localFolder } from '../support/localFolder.ts';
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
