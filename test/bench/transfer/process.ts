// Does the Work of its argument and prints what is Worked.
import { join } from 'node:path';
import { Changes } from '../../../src/core/change/changes.ts';
import { Journals } from '../../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../../src/core/change/journal/owner.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import { batchLimits } from '../../../src/core/store/batches.ts';
import { selectedEntries } from '../../../src/core/store/selection.ts';
import type { KvStore } from '../../../src/core/store/store.ts';
import { BulkFile } from '../../../src/core/transfer/files/bulkFile.ts';
import { formatOfPath } from '../../../src/core/transfer/files/bulkFormat.ts';
import { exportEntries } from '../../../src/core/transfer/files/exportEntries.ts';
import { planPut } from '../../../src/core/transfer/putPlan.ts';
import { defaultStateFolder } from '../../../src/local/stateFolder.ts';
import { localFolder } from '../../support/localFolder.ts';
import { timed } from '../figure.ts';
import { watchMemory } from './memory.ts';
import type { Work, Worked } from './work.ts';

const { direction, folder, namespace, file }: Work = JSON.parse(process.argv[2] ?? '');
const local = localFolder({ projectFolder: folder, stateFolder: defaultStateFolder(folder) });

async function imported(store: KvStore): Promise<number> {
  const bulk = await BulkFile.open(file);
  const entries = (signal: AbortSignal | undefined) => bulk.entries(signal);
  const options = { days: 7, megabytes: 100, clock: Date.now };
  const folder = join(local.folder, 'journal');
  const journals = new Journals(folder, join(local.folder, 'undo'), options, realProcesses());
  const changes = new Changes({ journals, locks: new KeyLocks(), storeOf: async () => store });
  const limits = batchLimits.local;
  const plan = await planPut(entries, store, { limits, onConflict: 'overwrite' });
  const operation = { kind: 'import', namespace: { source: local.source.id, id: namespace }, label: 'bench' } as const;
  return (await changes.run(operation, plan.steps('overwrite', undefined), { limits })).done;
}

async function exported(store: KvStore): Promise<number> {
  const entries = selectedEntries(store, { keys: [], prefixes: [''] });
  return (await exportEntries(entries, { path: file, format: formatOfPath(file) })).done;
}

try {
  const store = local.source.store(namespace);
  // As in the editor, where the view has read the first page: the thread with SQLite runs.
  await store.list({});
  const end = watchMemory();
  const { ms, result: done } = await timed(() => (direction === 'import' ? imported(store) : exported(store)));
  const worked: Worked = { ms, done, ...end() };
  console.log(JSON.stringify(worked));
} finally {
  local.dispose();
}
