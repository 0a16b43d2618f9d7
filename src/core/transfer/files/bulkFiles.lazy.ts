export { readKeyFile } from './bulkFile.ts';
export { BulkFileSet } from './bulkFileSet.ts';
export { exportEntries } from './exportEntries.ts';
