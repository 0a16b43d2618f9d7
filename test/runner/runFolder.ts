import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryFolder } from '../support/memoryFolder.ts';
import { generated } from '../vscodeHost/paths.ts';

/** The files that this run generates, separate from other runs in the same checkout; removed when the process ends. */
export const runFolder = join(generated, `run-${process.pid}`);

/** The temporary folder for what this run starts, in memory if possible; removed in the same way. */
export const temporaryFolder = mkdtempSync(join(memoryFolder(), 'kv-'));

mkdirSync(runFolder, { recursive: true });
process.once('exit', () => {
  for (const folder of [runFolder, temporaryFolder]) rmSync(folder, { recursive: true, force: true });
});
