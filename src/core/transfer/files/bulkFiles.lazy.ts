export { BulkFile, readKeyFile } from './bulkFile.ts';
export { exportEntries } from './exportEntries.ts';
