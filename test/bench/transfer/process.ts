// Does the Work of its argument and prints what is Worked.
import { join } from 'node:path';
import { BackupStore } from '../../../src/core/change/undo/backup.ts';
import { batchLimits } from '../../../src/core/store/batches.ts';
import { selectedEntries } from '../../../src/core/store/selection.ts';
import type { KvStore } from '../../../src/core/store/store.ts';
import { BulkFile } from '../../../src/core/transfer/files/bulkFile.ts';
import { formatOfPath } from '../../../src/core/transfer/files/bulkFormat.ts';
import { exportEntries } from '../../../src/core/transfer/files/exportEntries.ts';
import { planPut, putEntries } from '../../../src/core/transfer/putEntries.ts';
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
  const backups = new BackupStore(join(local.folder, 'backups'), { days: 7, megabytes: 100, clock: Date.now });
  const subject = { ...{ kind: 'import' as const, source: local.source.id }, namespace, label: 'bench' };
  const limits = batchLimits.local;
  const { settled } = await planPut(entries, store, backups, subject, { limits });
  return (await putEntries(entries, store, { limits, settled })).done;
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
