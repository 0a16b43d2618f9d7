import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryFolder } from '../support/memoryFolder.ts';
import { generated } from '../vscodeHost/paths.ts';

/** What this run generates, apart from other runs in the same checkout; removed when the process ends. */
export const runFolder = join(generated, `run-${process.pid}`);

/** The folder of temporary files for what this run starts, in memory where that is possible; removed like the other. */
export const temporaryFolder = mkdtempSync(join(memoryFolder(), 'kv-'));

mkdirSync(runFolder, { recursive: true });
process.once('exit', () => {
  for (const folder of [runFolder, temporaryFolder]) rmSync(folder, { recursive: true, force: true });
});
